"""A real PostgreSQL server for the tests, from a package that carries it."""
