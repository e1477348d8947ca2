"""Carrying jobs through: what people may ask, what the machine does, and when."""
