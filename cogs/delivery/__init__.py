"""Telling people in Discord: the delivery ladder, its rungs, and what Discord's errors mean on them."""
