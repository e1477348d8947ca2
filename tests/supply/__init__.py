"""What the bot is made of: the lock files read, licences listed, known vulnerabilities looked up."""
