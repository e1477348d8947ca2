"""Tests of the maps: what must agree with what."""
