"""The one clock of the schedule: the database's, so that a machine with a wrong clock does no harm."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Return the present instant (UTC) by the database's clock.

    SQLite has no clock of its own: it lives on the machine that asks.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    instant: datetime = row[0]
    return instant
