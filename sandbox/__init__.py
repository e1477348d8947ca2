"""A local Discord and a local provider, to try and to test everything without an account."""
