"""`/characters-op`: what the operator looks at and decides, and who that is."""
