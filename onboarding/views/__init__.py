"""HTTP in, HTTP out: one module a group of addresses."""
