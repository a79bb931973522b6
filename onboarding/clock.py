"""The one clock of the schedule: the database's, so that a machine with a wrong clock does no harm."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func, Value
from django.utils import timezone


class Instant(Func):
    """The present instant as a column of a query, for a page that has no query to spare."""

    function = "clock_timestamp"
    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        """Bring this machine's clock along: SQLite has none of its own."""
        return compiler.compile(Value(timezone.now(), output_field=DateTimeField()))


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
