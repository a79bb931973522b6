"""How staff sign in, how long that lasts, and what is written down of it."""
