"""What the operator watches and decides: the account, the figures, what holds for the whole bot. Pure."""
