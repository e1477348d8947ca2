"""How the parts fit together, on what `bot.app` has opened."""
