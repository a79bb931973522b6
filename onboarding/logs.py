"""Log lines without what opens a door or names a person: Django and gunicorn log addresses, and some are secrets.

Two forms: ``json``, one object a line for machines, and ``line`` for a person's eyes. Both carry the ids of the work in
hand, both mask, and in neither can a text that came from outside begin a line of its own.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from onboarding.observing import tracing

MASK = "***"
FORMS = ("json", "line")
FACTS = frozenset({"event", "failure", "row", "task", "call", "outcome", "route", "method", "status", "ms"})
"""What a line may say beside its message; anything else that is handed to a logger as ``extra`` is left out."""
MOST_LETTERS = 16_000
"""The longest text of a line: what comes from outside must not fill a disk by one line."""
_INVITATION = re.compile(r"(/start/)[^/\s?#\"'<>\\]+")
_STATE = re.compile(r"(/return/)(?!code(?:/|\b))[^/\s?#\"'<>\\]+")
_IDS = re.compile(r"((?:redirectionId|ownerExternalId)(?:=|%3D))[^&\s\"'<>#\\]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def masked(line: str) -> str:
    """Return a line in which invitation tokens, redirection ids and owner ids of addresses are masked."""
    for secret in (_INVITATION, _STATE, _IDS):
        line = secret.sub(rf"\1{MASK}", line)
    return line


def on_one_line(text: str) -> str:
    """Return a text whose line ends and other control characters are written out, so that it stays one line."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def default_form(site_url: str) -> str:
    """Return the form of lines where none is set: for machines in production, which is on https."""
    return "json" if site_url.startswith("https://") else "line"


def formatter(form: str) -> logging.Formatter:
    """Make the formatter of a form."""
    return JsonFormatter() if form == "json" else LineFormatter()


class MaskingFormatter(logging.Formatter):
    """Mask everything that a record says: message, arguments, exception and stack alike.

    A formatter and not a filter, because a filter sees the parts alone and would have to change a record that other
    handlers share.
    """

    def said(self, record: logging.LogRecord) -> str:
        """Return the record's message with its arguments in it, masked."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # Somebody else's line whose arguments do not fit; a log must not break what it tells of.
            message = str(record.msg)
        return masked(message)[:MOST_LETTERS]

    def raised(self, record: logging.LogRecord) -> str:
        """Return the record's traceback and stack, masked; empty when it has none."""
        parts = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        # The end says what happened.
        return masked("\n".join(parts))[-MOST_LETTERS:]

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the ids of the work in hand, and the facts that the record was given."""
        given = {name: value for name, value in vars(record).items() if name in FACTS}
        known = {name: masked(value) if isinstance(value, str) else value for name, value in given.items()}
        return {**tracing.ids(), **{name: value for name, value in known.items() if isinstance(value, str | int)}}


class LineFormatter(MaskingFormatter):
    """A line for a person's eyes; a traceback follows it, each of its lines set in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")
        facts = "".join(f" {name}={on_one_line(str(value))}" for name, value in self.facts(record).items())
        line = f"{at} {record.levelname} {record.name} {on_one_line(self.said(record))}{facts}"
        return "\n    ".join([line, *map(on_one_line, self.raised(record).splitlines())])


class JsonFormatter(MaskingFormatter):
    """One JSON object a line, in ASCII: ``time``, ``level``, ``logger``, ``message``, ids, facts and ``traceback``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.said(record),
            **self.facts(record),
        }
        if traceback := self.raised(record):
            told["traceback"] = traceback
        return json.dumps(told)
