"""Clips: what is accepted, how it is measured, how it is fetched."""
