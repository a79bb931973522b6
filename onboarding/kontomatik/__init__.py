"""The only door to the vendor: client, errors, records and the streaming parser. Knows no Django."""
