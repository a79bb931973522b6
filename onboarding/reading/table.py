"""Guess how a table of payments (CSV) is laid out, and read it as a person confirmed it."""

from collections.abc import Iterator
from typing import BinaryIO

from onboarding.reading.layout import Columns, DateFormat, Encoding, TableGuess, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.records import Record

__all__ = ["Columns", "DateFormat", "Encoding", "TableGuess", "TableMapping", "guess", "read"]


def guess(file: BinaryIO) -> TableGuess:
    """Guess from the first 256 KiB how a table is laid out; leave the file at its beginning."""
    raise NotImplementedError


def read(file: BinaryIO, *, mapping: TableMapping, limits: Limits) -> Iterator[Record]:
    """Read a table as ``mapping`` says."""
    raise NotImplementedError
