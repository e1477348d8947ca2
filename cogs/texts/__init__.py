"""Every sentence a person reads: what is told in messages, and what is answered to commands."""
