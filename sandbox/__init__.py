"""A stand-in for the vendor: speaks the wire contract and plays the bank, with invented people and money."""
