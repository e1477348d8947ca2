"""Clips made on the spot, each with the truth of how it was made."""
