"""What moderators are asked, by the bot and by members, and what they answer."""
