"""Log lines without what opens a door or names a person: Django and gunicorn log addresses, and some are secrets."""

import logging
import re

MASK = "***"
_INVITATION = re.compile(r"(/start/)[^/\s?#\"'<>]+")
_IDS = re.compile(r"((?:redirectionId|ownerExternalId)(?:=|%3D))[^&\s\"'<>#]*", re.IGNORECASE)


def masked(line: str) -> str:
    """Return a line in which invitation tokens, redirection ids and owner ids of addresses are masked."""
    return _IDS.sub(rf"\1{MASK}", _INVITATION.sub(rf"\1{MASK}", line))


class MaskingFormatter(logging.Formatter):
    """Mask the finished line: message, arguments, exception and stack alike.

    A formatter and not a filter, because a filter sees the parts alone and would have to change a record that other
    handlers share.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, masked."""
        return masked(super().format(record))
