"""A job's whole life: the bot as a subprocess against the sandbox."""
