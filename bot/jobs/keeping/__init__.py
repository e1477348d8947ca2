"""What is stored about people and servers: how long, and how it goes."""
