"""The summary of a saved aggregated reply, counted straight from the file, without the site's database."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onboarding.counting import likeness
from onboarding.counting.figures import FigureCounter, day_of
from onboarding.counting.merging import AccountComplete, Booked, merged
from onboarding.kontomatik.origins import Origin, origin_of
from onboarding.kontomatik.records import AggregateRecord, Owner, Target
from onboarding.ledger import fold
from onboarding.models import SourceKind, SourceState
from onboarding.money import to_cents

from .document import Duplicates, SourceEntry, document

KINDS = {Origin.STATEMENT: SourceKind.STATEMENT, Origin.UPLOAD: SourceKind.UPLOAD}
"""What a source of each origin is; any other is taken for a bank."""

ROWS_AT_ONCE = 1000


def document_of_reply(records: Iterable[AggregateRecord], *, now: datetime) -> dict[str, Any]:
    """Build ``summary.json`` from the records of one aggregated reply.

    Each ``target`` element of a bank stands as one imported source, each ``owner`` element of another origin as one
    file. ``generatedAt`` is the reply's own instant, or ``now`` for a reply without one. Nobody has hidden anything.
    Raises ``AggregateRefused`` like the parser that the records come from.
    """
    reply = _Reply()
    counter = FigureCounter()
    duplicates = 0
    with closing(_Rows()) as rows:
        for record in merged(reply.noting(records)):
            counter.count(record)
            if isinstance(record, Booked):
                rows.add(record)
            elif isinstance(record, AccountComplete) and record.came_from_several:
                duplicates += rows.possible_duplicates(record)
    counted = counter.figures()
    return document(
        owner_external_id=reply.first.external_id,
        generated_at=reply.first.replied_at or now,
        sources=reply.sources,
        totals=counted.totals,
        accounts=counted.accounts,
        months=counted.months,
        labels=counted.labels,
        duplicates=Duplicates(duplicates, hidden=False),
        came_from={account.position: account.origins for account in counted.accounts},
    )


@dataclass(slots=True)
class _Reply:
    """Whose reply it is, and the sources that its elements stand for."""

    first: Owner = field(default_factory=lambda: Owner(None, None))
    sources: list[SourceEntry] = field(default_factory=list)

    def noting(self, records: Iterable[AggregateRecord]) -> Iterator[AggregateRecord]:
        """Pass the records on and remember what they say of themselves."""
        owners = 0
        kind = SourceKind.BANK
        for record in records:
            if isinstance(record, Owner):
                owners += 1
                self.first = record if owners == 1 else self.first
                kind = KINDS.get(origin_of(record.origin), SourceKind.BANK)
                if kind != SourceKind.BANK:
                    self.sources.append(_imported(kind, ""))
            elif isinstance(record, Target):
                name = record.official_name or record.name or ""
                if kind == SourceKind.BANK:
                    self.sources.append(_imported(kind, name))
                elif not self.sources[-1].bank:
                    self.sources[-1] = _imported(kind, name)
            yield record


def _imported(kind: SourceKind, bank: str) -> SourceEntry:
    return SourceEntry(kind.value, SourceState.IMPORTED.value, bank, "")


class _Rows:
    """The rows in a temporary file of their own, which nobody else can open, in the order that ``likeness`` wants."""

    def __init__(self) -> None:
        # An empty name is a private file of SQLite's that is gone when it is closed.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("CREATE TABLE row (account INT, amount INT, day INT, text TEXT, listing INT)")
        self._file.execute("BEGIN")
        self._waiting: list[tuple[int, int, int, str, int]] = []

    def close(self) -> None:
        self._file.close()

    def add(self, booked: Booked) -> None:
        row = booked.transaction
        text = fold(f"{row.title or ''} {row.party or ''}")
        amount, day = to_cents(row.amount), day_of(row).toordinal()
        self._waiting.append((booked.position, amount, day, text, booked.listing))
        if len(self._waiting) == ROWS_AT_ONCE:
            self._write()

    def possible_duplicates(self, account: AccountComplete) -> int:
        """Count the rows of an account that may be a payment which an earlier source brought too."""
        self._write()
        sources = {listing.number: listing.source for listing in account.listings}
        found = self._file.execute(
            "SELECT amount, day, text, listing, rowid FROM row WHERE account = ? ORDER BY amount, day, text, rowid",
            [account.position],
        )
        rows = (likeness.Row(amount, day, text, sources[one], pk) for amount, day, text, one, pk in found)
        return sum(1 for _ in likeness.possible_duplicates(rows))

    def _write(self) -> None:
        self._file.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()
