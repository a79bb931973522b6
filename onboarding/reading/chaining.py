"""Bring the statements of one account together, wherever they stand in a file, in constant memory.

The account that comes first is passed on as it is read. The rows of the others are kept in a temporary file of this
process until the end, as the first account may come back at any time.
"""

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from onboarding.reading import exchange
from onboarding.reading.records import AccountBegun, AccountEnded, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.tally import Tally

MOST_ACCOUNTS = 1_000
IN_MEMORY = 1024 * 1024


@dataclass(slots=True)
class _Account:
    """Follow one account over its statements; ``places`` are begin and end of its rows in the temporary file."""

    begun: AccountBegun
    oldest: AccountEnded | None = None
    newest: AccountEnded | None = None
    tally: Tally = field(default_factory=Tally)
    places: "array[int]" = field(default_factory=lambda: array("q"))

    def end(self, ended: AccountEnded) -> None:
        """Take the end of one statement. Days tell which is the last, and where they don't, the order of the file."""
        if self.oldest is None or _is_before(ended, self.oldest):
            self.oldest = ended
        if self.newest is None or not _is_before(ended, self.newest):
            self.newest = ended

    def whole(self) -> AccountEnded:
        """Say the end of the account: the first statement's opening balance, the last one's closing balance."""
        if self.oldest is not None and self.newest is not None:
            self.tally.opening = self.oldest.opening
            self.tally.closing, self.tally.closing_on = self.newest.closing, self.newest.closing_on
        return self.tally.end()


def _is_before(one: AccountEnded, other: AccountEnded) -> bool:
    return one.closing_on is not None and other.closing_on is not None and one.closing_on < other.closing_on


def chained(records: Iterable[Record]) -> Iterator[Record]:
    """Yield every account once, by number and currency, in the order in which they first come.

    Raises ``FileRefused`` for more accounts than anybody has, and whatever ``records`` raises.
    """
    accounts: dict[tuple[str, str], _Account] = {}
    first: _Account | None = None
    current: _Account | None = None
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        for record in records:
            if isinstance(record, AccountBegun):
                current = _again(accounts, record)
                if first is None:
                    first = current
                    yield record
                elif current is not first:
                    current.places.append(spool.tell())
            elif current is None:
                raise ValueError("no account was begun")
            elif isinstance(record, AccountEnded):
                current.end(record)
                if current is not first:
                    current.places.append(spool.tell())
            else:
                current.tally.add(record)
                if current is first:
                    yield record
                else:
                    spool.write(exchange.write(record))
        if first is not None:
            yield first.whole()
        for account in accounts.values():
            if account is not first:
                yield account.begun
                yield from _rows(spool, account.places)
                yield account.whole()


def _again(accounts: dict[tuple[str, str], _Account], begun: AccountBegun) -> _Account:
    account = accounts.get((begun.number, begun.currency))
    if account is None:
        if len(accounts) >= MOST_ACCOUNTS:
            raise FileRefused(Problem.TOO_MANY_ROWS, expected=Expected.AN_ACCOUNT)
        account = accounts[begun.number, begun.currency] = _Account(begun)
    return account


def _rows(spool: IO[bytes], places: "array[int]") -> Iterator[Row]:
    for begin, end in zip(places[::2], places[1::2], strict=True):
        spool.seek(begin)
        while spool.tell() < end:
            row: Row = exchange.read(spool.readline())
            yield row
