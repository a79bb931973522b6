"""How much of each limit is used up: one small row a limit and asker, shared by all processes."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import connections, models, router

MICROSECOND = timedelta(microseconds=1)


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    def take(self, digest: str, *, now_us: int, times: int, within: timedelta) -> bool:
        """Take one of ``times`` in ``within``; False when none is left just now, and then nothing is taken.

        One statement that both databases run as one: the row is locked, looked at and written by it, so that askers in
        many processes at once never get more than there is (PostgreSQL's documentation, "INSERT", on ON CONFLICT).
        """
        whole = within // MICROSECOND
        step = whole // times
        connection = connections[router.db_for_write(self.model)]
        # A count is not worth waiting for the disk: what a crash loses of it is a fraction of a second's. For this
        # statement alone, so not within a transaction that others' rows are in.
        is_alone = connection.vendor == "postgresql" and not connection.in_atomic_block
        told = "set_config('synchronous_commit', 'off', true) = 'off'" if is_alone else "true"
        table, (rows, full_at) = self.model._meta.db_table, ("digest", "full_at_us")
        sql = (
            f"INSERT INTO {table} AS held ({rows}, {full_at}) SELECT %s, %s WHERE {told} "
            f"ON CONFLICT ({rows}) DO UPDATE SET {full_at} = "
            f"CASE WHEN held.{full_at} > %s THEN held.{full_at} ELSE %s END + %s "
            f"WHERE held.{full_at} <= %s RETURNING {full_at}"
        )
        values: list[Any] = [digest, now_us + step, now_us, now_us, step, now_us + whole - step]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone() is not None

    def wait(self, digest: str, *, now_us: int, times: int, within: timedelta) -> timedelta:
        """Return how long it takes until one can be taken again."""
        whole = within // MICROSECOND
        full_at = self.filter(pk=digest).values_list("full_at_us", flat=True).first() or now_us
        return max(timedelta(0), timedelta(microseconds=full_at - now_us - whole + whole // times))


class Allowance(models.Model):
    """What one asker has used of one limit, as the instant at which all of it has come back.

    A leaky bucket in one number: each use moves ``full_at_us`` on by a step, and time brings it back (the "generic cell
    rate algorithm"). No window has an edge at which twice as many get through at once. ``digest`` is keyed: neither an
    address nor a name can be read from it or tried out.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    # Without an index on purpose: PostgreSQL writes a row anew in its place only where no index holds what changed, and
    # the table is small, since what is unused goes within a minute.
    full_at_us = models.BigIntegerField(help_text="microseconds since 1970; before now: unused")

    objects: ClassVar[AllowanceQuerySet] = AllowanceQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.digest[:8]
