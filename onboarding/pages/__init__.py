"""The read side of the pages of the way: what each shows, worked out from rows."""
