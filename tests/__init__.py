"""Tests: unit, contract, integration, acceptance and meta."""
