"""Pure stages over the vendor's records: accounts that came more than once, figures, payments that may be one."""
