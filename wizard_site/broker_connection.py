"""Celery's connection to the broker, but for how long it waits between two tries to get it back.

kombu waits longer each time, up to 30 s, and its callers in Celery pass nothing else: after an outage of some minutes
everybody's work would stand for up to half a minute more.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection

LONGEST_WAIT_SECONDS = 4


class PromptConnection(Connection):
    """Asks for a broker that is away every few seconds."""

    def ensure_connection(self, *args: Any, **named: Any) -> Any:
        """Connect, as kombu does, with the longest wait between two tries in seconds of our own."""
        named.setdefault("interval_max", LONGEST_WAIT_SECONDS)
        return super().ensure_connection(*args, **named)  # type: ignore[no-untyped-call]


class Messages(AMQP):  # type: ignore[misc]  # Celery has no types
    """Celery's way to the broker, over these connections."""

    Connection = PromptConnection
