"""What the vendor's door tells of each call: counted, and remembered in rows when it last answered and last failed."""

import logging
from threading import Lock
from time import monotonic

from django.db import DatabaseError, transaction

from onboarding import clock
from onboarding.kontomatik.errors import (
    Garbled,
    KontomatikError,
    LeftAlone,
    Misconfigured,
    OutcomeUnknown,
    Unavailable,
    VendorFault,
)
from onboarding.kontomatik.observed import Asked
from onboarding.models import Tick
from onboarding.observing import meters

log = logging.getLogger(__name__)

FAILINGS = (Unavailable, OutcomeUnknown, Garbled, VendorFault, Misconfigured)
"""What is the vendor's failure, or ours towards it; any other refusal is an answer: it says something of a person."""
WRITE_EVERY_SECONDS = 5.0


class Remembered:
    """Writes into a tick when something last happened, at most every few seconds from one process."""

    def __init__(self) -> None:
        self._written: dict[str, float] = {}
        self._lock = Lock()

    def note(self, name: str) -> None:
        """Write down that it happened now; a database that does not take it changes nothing for the caller."""
        with self._lock:
            last = self._written.get(name)
            if last is not None and monotonic() - last < WRITE_EVERY_SECONDS:
                return
            self._written[name] = monotonic()
        try:
            with transaction.atomic():
                Tick.objects.update_or_create(name=name, defaults={"at": clock.now()})
        except DatabaseError as error:
            log.warning("%s could not be written down: %s", name, type(error).__name__)

    def forget(self) -> None:
        """Write again at the next time."""
        with self._lock:
            self._written.clear()


REMEMBERED = Remembered()
"""This process's."""


def told(asked: Asked) -> None:
    """Count a call of the vendor and remember that it answered or failed; one that was not made is only counted."""
    meters.VENDOR_CALLS.labels(asked.call, outcome(asked.error)).inc()
    if isinstance(asked.error, LeftAlone):
        return
    meters.VENDOR_SECONDS.labels(asked.call).observe(asked.seconds)
    log.debug("asked", extra={"call": asked.call, "outcome": outcome(asked.error), "ms": round(asked.seconds * 1000)})
    REMEMBERED.note(Tick.VENDOR_FAILED if isinstance(asked.error, FAILINGS) else Tick.VENDOR_ANSWERED)


def outcome(error: KontomatikError | None) -> str:
    """Return what came of a call in one word of a closed list: the name of the error's class, or ok."""
    return type(error).__name__ if error is not None else "ok"
