"""Store 10 accounts of 20,000 rows in an SQLite file of its own, and tell what it took.

The database is the one of ``DATABASE_URL``, migrated. Prints ``ready`` when it begins.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from onboarding import ledger  # noqa: E402
from onboarding.kontomatik.records import AccountOpened, AggregateRecord, Owner, Target  # noqa: E402
from tests import memory  # noqa: E402
from tests.ledger.aggregates import FACTS, FIRST_DAY, ROW, held, new_snapshot  # noqa: E402

ACCOUNTS, ROWS = 10, 20_000


class Commits:
    """Count the rows of each commit as SQLite itself counts them."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.largest = 0
        self._database = database
        self._seen = database.total_changes
        database.set_trace_callback(self._before_a_statement)

    def close(self) -> None:
        self._database.set_trace_callback(None)
        self._count()

    def _before_a_statement(self, statement: str) -> None:
        # While no transaction is open, all that was changed since the last such moment has been committed.
        if not self._database.in_transaction:
            self._count()

    def _count(self) -> None:
        self.largest = max(self.largest, self._database.total_changes - self._seen)
        self._seen = self._database.total_changes


def records() -> Iterator[AggregateRecord]:
    """Yield the aggregate record by record; it is never held."""
    yield Owner("owner-1", "scraper")
    for account in range(ACCOUNTS):
        iban = f"PL{account:026d}"
        yield Target(f"Bank{account}", f"Bank {account}", f"Bank{account}")
        yield AccountOpened(FACTS.kind, iban, FACTS.currency)
        for number in range(ROWS):
            yield replace(
                ROW,
                amount=Decimal(-number).scaleb(-2),
                booked_on=FIRST_DAY + timedelta(days=number % 300),
                title=f"Payment {number} of account {account}" + " for goods and services" * 4,
            )
        yield replace(FACTS, iban=iban)


def store() -> dict[str, Any]:
    snapshot = new_snapshot()
    commits = Commits(connection.connection)
    print("ready", flush=True)  # noqa: T201
    stored = ledger.store_aggregate(records(), snapshot=snapshot, renew=held)
    commits.close()
    return {
        "stored": stored.transaction_count,
        "rows": snapshot.transactions.count(),
        "largest_commit": commits.largest,
    }


if __name__ == "__main__":
    memory.tell_growth(store)
