"""The ways to an order: a command, a form, a message; and the choices about a clip."""
