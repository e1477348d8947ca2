"""In-memory stand-ins for the ports; each has to pass the contract suite of the real thing."""
