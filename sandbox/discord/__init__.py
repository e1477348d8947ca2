"""A local Discord: its REST interface, gateway and CDN on loopback, and people to use them."""
