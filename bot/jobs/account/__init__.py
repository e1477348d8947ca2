"""The account at the provider, and who is told how it stands."""
