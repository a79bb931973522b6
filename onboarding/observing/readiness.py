"""Whether the site can do its work: its parts one by one, and how the vendor fares.

The vendor is told and never counted: that it fails, or that nobody has asked it for a while, is no reason to take our
own processes out of service, and a beat that is restarted because of it would help nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from onboarding import clock
from onboarding.models import Tick
from onboarding.observing import broker
from onboarding.observing.vendor import WRITE_EVERY_SECONDS

BEAT_MAY_BE_LATE = timedelta(seconds=60)
WRITE_EVERY = timedelta(seconds=WRITE_EVERY_SECONDS)
MIGRATED_REMEMBERED_SECONDS = 60.0


class VendorState(StrEnum):
    """How the vendor fares: ``failing`` when it has failed since its last answer.

    An answer is written down at most every few seconds, so it may be newer than the row says by as much.
    """

    ANSWERING = "answering"
    FAILING = "failing"
    NOT_ASKED = "not asked yet"


@dataclass(frozen=True, slots=True)
class Vendor:
    """How the vendor fares, and since when: whole seconds ago, None where it never happened."""

    state: VendorState
    answered_seconds_ago: int | None
    failed_seconds_ago: int | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found: each part, and the vendor."""

    parts: dict[str, bool]
    vendor: Vendor

    @property
    def is_ready(self) -> bool:
        """Whether every part of our own is there."""
        return all(self.parts.values())


class Migrated:
    """Remembers for a while that the database is migrated: finding out reads every migration there is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found_at: float | None = None

    def holds(self) -> bool:
        """Tell whether every migration of this code was made."""
        with self._lock:
            if self._found_at is not None and monotonic() - self._found_at < MIGRATED_REMEMBERED_SECONDS:
                return True
            executor = MigrationExecutor(connection)
            migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            self._found_at = monotonic() if migrated else None
            return migrated

    def forget(self) -> None:
        """Find out anew at the next question."""
        with self._lock:
            self._found_at = None


MIGRATED = Migrated()
"""This process's memory."""


def look() -> Readiness:
    """Look at every part: two short queries while all is well."""
    now, ticks = None, {}
    database = migrated = False
    try:
        migrated = MIGRATED.holds()
        database, now = True, clock.now()
        ticks = dict(Tick.objects.values_list("name", "at")) if migrated else {}
    except DatabaseError:
        database = migrated = False
    latest = BEAT_MAY_BE_LATE + timedelta(seconds=settings.SWEEP_SECONDS)
    swept = _ago(ticks.get(Tick.SWEEP), now)
    parts = {
        "database": database,
        "migrated": migrated,
        "broker": broker.PULSE.beats(),
        "sweep": swept is not None and swept < latest,
    }
    return Readiness(
        parts, _vendor(_ago(ticks.get(Tick.VENDOR_ANSWERED), now), _ago(ticks.get(Tick.VENDOR_FAILED), now))
    )


def _vendor(answered: timedelta | None, failed: timedelta | None) -> Vendor:
    state = VendorState.ANSWERING
    if answered is None and failed is None:
        state = VendorState.NOT_ASKED
    elif failed is not None and (answered is None or answered - failed > WRITE_EVERY):
        state = VendorState.FAILING
    return Vendor(state, _seconds(answered), _seconds(failed))


def _ago(instant: datetime | None, now: datetime | None) -> timedelta | None:
    return max(now - instant, timedelta()) if instant is not None and now is not None else None


def _seconds(span: timedelta | None) -> int | None:
    return int(span.total_seconds()) if span is not None else None
