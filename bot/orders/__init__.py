"""What members give with an order: cleaned, measured, suggested, compared. Pure."""
