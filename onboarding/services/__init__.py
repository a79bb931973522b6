"""The verbs of people: start, add a bank, come back, finish, retry, remove, erase. Knows nothing of HTTP."""
