"""Why something is not done; facts only, as in `bot.errors`, whose tree these are branches of."""
