"""kie.ai: its wire format, a client that sends it, and one module per model."""
