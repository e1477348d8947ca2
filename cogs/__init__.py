"""Discord: one file per feature, and the words, cards, delivery and guards they share."""
