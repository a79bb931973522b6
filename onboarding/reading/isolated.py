"""Runs the readers in a child process with hard limits, so that a hostile file can't take the worker with it.

The child gets an order and the file's content by its standard input (a password never stands in its arguments or
environment) and answers line by line. It sets its own limits of memory, computing time and file size before it looks
at anything; the parent counts the time for which it has to wait, and ends the child whatever happens.
"""

import base64
import math
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from onboarding.reading import exchange
from onboarding.reading.child import Child, ReaderDied, ReaderTooSlow
from onboarding.reading.exchange import Died, Done, Garbled, Order, Piece, Recognised, RefusedFile, RefusedPdf, Verb
from onboarding.reading.layout import TableGuess, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.pdf_verdict import PdfFacts, PdfProblem, PdfRefused
from onboarding.reading.records import AccountBegun, AccountEnded, Format, Record, Row
from onboarding.reading.refusals import FileRefused

__all__ = [
    "PdfFacts",
    "PdfLimits",
    "PdfProblem",
    "PdfRefused",
    "ReaderDied",
    "ReaderTooSlow",
    "decrypted_pdf",
    "guess_table",
    "inspect_pdf",
    "read_export",
    "recognise",
]

Answer = TypeVar("Answer")
MEBIBYTE = 1024 * 1024
EXPORT_MEMORY = 768 * MEBIBYTE
MOST_BYTES = 1024 * MEBIBYTE
LOOK_SECONDS = 30.0
PROGRESS_SECONDS = 2.0
# The child's own clock also runs while nobody takes its records; the parent's does not, so that is the strict one.
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """Bound the look at one PDF: pages, seconds of waiting, bytes of memory."""

    most_pages: int = 200
    seconds: float = 30.0
    most_memory: int = 768 * MEBIBYTE


def inspect_pdf(chunks: Iterable[bytes], *, password: str = "", limits: PdfLimits) -> PdfFacts:
    """Look at a PDF; raise ``PdfRefused``, ``ReaderDied`` or ``ReaderTooSlow``."""
    order = _pdf_order(Verb.INSPECT, password, limits)
    return _one(_answers(order, chunks, seconds=limits.seconds), PdfFacts)


def decrypted_pdf(chunks: Iterable[bytes], *, password: str, limits: PdfLimits) -> bytes:
    """Return a copy of a PDF that opens without a password, or the PDF itself if it does; raise as ``inspect_pdf``."""
    order = _pdf_order(Verb.DECRYPT, password, limits)
    content = bytearray()
    with closing(_answers(order, chunks, seconds=limits.seconds)) as answers:
        for answer in answers:
            content += _content(answer)
    return bytes(content)


def recognise(chunks: Iterable[bytes]) -> Format | None:
    """Tell the format of a bank export by its content; raise ``ReaderDied`` or ``ReaderTooSlow``."""
    return _one(_answers(_order(Verb.RECOGNISE, LOOK_SECONDS), chunks, seconds=LOOK_SECONDS), Recognised).format


def guess_table(chunks: Iterable[bytes], *, said: TableMapping | None = None) -> TableGuess:
    """Guess how a table is laid out, or how it looks as a person ``said``, as ``table.guess`` does.

    Raises ``FileRefused``, ``ReaderDied`` or ``ReaderTooSlow``.
    """
    order = replace(_order(Verb.GUESS, LOOK_SECONDS), mapping=said)
    return _one(_answers(order, chunks, seconds=LOOK_SECONDS), TableGuess)


def read_export(
    chunks: Iterable[bytes],
    *,
    format: Format,
    mapping: TableMapping | None,
    limits: Limits,
    on_progress: Callable[[int], None] | None = None,
    progress_seconds: float = PROGRESS_SECONDS,
) -> Generator[Record, None, None]:
    """Yield what a bank export holds, record by record, in constant memory.

    ``on_progress`` gets the number of records so far every ``progress_seconds`` of the time that is spent here; what it
    raises ends the child and passes on. ``limits.seconds`` bounds the waiting for the child, not what the caller does
    between records. Whoever may stop early wraps this in ``contextlib.closing``. Raises ``FileRefused``, ``ReaderDied``
    or ``ReaderTooSlow`` at any point: nothing counts before the iterator has ended by itself.
    """
    order = replace(
        _order(Verb.READ, limits.seconds),
        format=format,
        mapping=mapping,
        limits=replace(limits, seconds=limits.seconds * PATIENCE),
    )
    answers = _answers(
        order, chunks, seconds=limits.seconds, on_progress=on_progress, progress_seconds=progress_seconds
    )
    with closing(answers):
        for answer in answers:
            if not isinstance(answer, (Row, AccountBegun, AccountEnded)):
                raise ReaderDied("garbled")
            yield answer


def _order(verb: Verb, seconds: float, most_memory: int = EXPORT_MEMORY) -> Order:
    return Order(verb=verb, most_memory=most_memory, cpu_seconds=math.ceil(seconds) + 1, most_bytes=MOST_BYTES)


def _pdf_order(verb: Verb, password: str, limits: PdfLimits) -> Order:
    order = _order(verb, limits.seconds, limits.most_memory)
    return replace(order, password=password, most_pages=limits.most_pages)


def _answers(
    order: Order,
    chunks: Iterable[bytes],
    *,
    seconds: float,
    on_progress: Callable[[int], None] | None = None,
    progress_seconds: float = PROGRESS_SECONDS,
) -> Generator[Any, None, None]:
    """Run one child and yield what it answers; raise what it says instead."""
    with Child(seconds=seconds, on_progress=on_progress, progress_seconds=progress_seconds) as child:
        child.feed(exchange.write(order), chunks)
        for line in child.lines():
            answer = _read(line)
            match answer:
                case Done():
                    return
                case RefusedFile():
                    raise FileRefused(
                        answer.problem,
                        line=answer.line,
                        column=answer.column,
                        element=answer.element,
                        expected=answer.expected,
                    )
                case RefusedPdf():
                    raise PdfRefused(answer.problem)
                case Died():
                    raise ReaderDied(answer.cause if answer.cause.isidentifier() else "")
            yield answer
        raise child.obituary()


def _one(answers: Generator[Any, None, None], kind: type[Answer]) -> Answer:
    with closing(answers):
        answer = next(answers, None)
    if not isinstance(answer, kind):
        raise ReaderDied("garbled")
    return answer


def _read(line: bytes) -> Any:
    try:
        return exchange.read(line)
    except Garbled:
        raise ReaderDied("garbled") from None


def _content(answer: Any) -> bytes:
    if not isinstance(answer, Piece):
        raise ReaderDied("garbled")
    try:
        return base64.b64decode(answer.base64, validate=True)
    except ValueError:
        raise ReaderDied("garbled") from None
