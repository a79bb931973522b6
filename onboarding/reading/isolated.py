"""Runs the readers in a child process with hard limits, so that a hostile file can't take the worker with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from onboarding.reading.layout import TableGuess, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.pdf import PdfFacts
from onboarding.reading.records import Format, Record

MEBIBYTE = 1024 * 1024


class ReaderDied(Exception):
    """Say that the child ended without an answer: a crash, too much memory, a full disk."""


class ReaderTooSlow(Exception):
    """Say that the child needed more time than it was given."""


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """Bound the look at one PDF: pages, seconds on the wall, bytes of memory."""

    most_pages: int = 200
    seconds: float = 30.0
    most_memory: int = 768 * MEBIBYTE


def inspect_pdf(chunks: Iterable[bytes], *, password: str = "", limits: PdfLimits) -> PdfFacts:
    """Look at a PDF; raise ``PdfRefused``, ``ReaderDied`` or ``ReaderTooSlow``."""
    raise NotImplementedError


def decrypted_pdf(chunks: Iterable[bytes], *, password: str, limits: PdfLimits) -> bytes:
    """Return a copy of a PDF that needs no password; raise as ``inspect_pdf`` does."""
    raise NotImplementedError


def recognise(chunks: Iterable[bytes]) -> Format | None:
    """Tell the format of a bank export by its content; raise ``ReaderDied`` or ``ReaderTooSlow``."""
    raise NotImplementedError


def guess_table(chunks: Iterable[bytes]) -> TableGuess:
    """Guess how a table is laid out; raise ``FileRefused``, ``ReaderDied`` or ``ReaderTooSlow``."""
    raise NotImplementedError


def read_export(
    chunks: Iterable[bytes],
    *,
    format: Format,
    mapping: TableMapping | None,
    limits: Limits,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Record]:
    """Yield what a bank export holds, record by record, in constant memory.

    ``on_progress`` gets the number of records so far at least every two seconds while the caller waits; what it raises
    ends the child and passes on. Whoever may stop early wraps this in ``contextlib.closing``. Raises ``FileRefused``,
    ``ReaderDied`` or ``ReaderTooSlow``, at any point: nothing counts before the iterator has ended by itself.
    """
    raise NotImplementedError
