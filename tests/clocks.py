"""Time that stands still until a test moves it: Python's clock and, apart from it, the database's.

On PostgreSQL the database's clock is a function of its own, so a schema with another one goes before it in the search
path: nothing of ours is patched, and a worker's clock can differ from the database's. On SQLite both are one.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection

from onboarding import tasks
from onboarding.alarm import Alarm, Call
from onboarding.jobs import vendor
from onboarding.kontomatik.breaker import Breaker

from . import nudges

SCHEMA = "moved_clock"
CREATE = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE OR REPLACE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT current_setting('{SCHEMA}.now')::timestamptz $$;
"""


class SilentAlarm(Alarm):
    """An alarm that never rings: whoever sets it must be able to do without, and time stands still."""

    def after(self, seconds: float, call: Call, *, about: Hashable) -> None:
        pass


class MovedClock:
    """The instant that it is, for Python and for the database of this connection."""

    def __init__(self, traveller: time_machine.Traveller, instant: datetime) -> None:
        self._traveller = traveller
        self._instant = instant
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """Return the instant by the database's clock."""
        return self._instant

    def forward(self, **span: float) -> None:
        """Let time pass, such as ``forward(seconds=5)``."""
        self.move_to(self._instant + timedelta(**span))

    def move_to(self, instant: datetime) -> None:
        """Let it be another instant; backwards as well."""
        self._instant = instant
        self._set()

    def skew_machine(self, **span: float) -> None:
        """Let this machine's clock differ from the database's; on SQLite, which has none of its own, both jump."""
        self._skew = timedelta(**span)
        self._set()

    def _set(self) -> None:
        self._traveller.move_to(self._instant + self._skew, tick=False)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [f"{SCHEMA}.now", self._instant.isoformat()])


@contextmanager
def stopped(at: datetime) -> Iterator[MovedClock]:
    """Stop all clocks at an instant; the test moves them from there."""
    on_postgresql = connection.vendor == "postgresql"
    if on_postgresql:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
            cursor.execute(f"SET search_path = {SCHEMA}, public, pg_catalog")
    try:
        with time_machine.travel(at, tick=False) as traveller, pytest.MonkeyPatch.context() as patch:
            # Its thread would send messages of its own accord, in the middle of an act or of the next test.
            patch.setattr(tasks, "_alarm", SilentAlarm())
            moved = MovedClock(traveller, at)
            # Its own clock is one that only counts upwards; here it goes with the others.
            patch.setattr(vendor, "BREAKER", Breaker(clock=lambda: moved.now().timestamp()))
            moved.move_to(at)
            nudges.forget()
            yield moved
    finally:
        nudges.forget()
        if on_postgresql:
            with connection.cursor() as cursor:
                cursor.execute("RESET search_path")
