"""Pure rules, one fact a test."""
