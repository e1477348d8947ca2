"""AI providers, one folder per vendor."""
