"""The read side: everything that a page, an export or the admin shows of what was imported. Writes nothing."""
