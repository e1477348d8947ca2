"""A local stand-in for the provider, written from its published facts; shares no code with the bot."""
