"""What goes to kie.ai and comes back, as pure functions on bytes and values. Sends nothing, logs nothing."""
