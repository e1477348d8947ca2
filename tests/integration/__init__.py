"""Real parts over real sockets and files."""
