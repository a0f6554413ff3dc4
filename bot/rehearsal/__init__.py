"""A night on loopback: a GitHub with state, a scripted model, and the real bot between them."""
