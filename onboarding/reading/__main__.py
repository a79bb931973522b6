"""The child side of ``isolated.py``: takes an order and a file by stdin, answers by lines on stdout.

The readers are loaded only when they are needed, after the limits are set.
"""

import base64
import logging
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, BinaryIO

from onboarding.reading import exchange
from onboarding.reading.exchange import Died, Done, Garbled, Order, Piece, Recognised, RefusedFile, RefusedPdf, Verb
from onboarding.reading.pdf_verdict import PdfRefused
from onboarding.reading.refusals import FileRefused

PIECE_BYTES = 96 * 1024
MOST_OPEN_FILES = 64


def main() -> None:
    """Do what the order says."""
    # The libraries' warnings quote what a file holds.
    logging.disable()
    sys.excepthook = _die
    order = exchange.read(sys.stdin.buffer.readline(exchange.LONGEST_LINE))
    if not isinstance(order, Order):
        raise Garbled
    _limit(order)
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 256 * 1024)
        file.seek(0)
        _answer(_records(order, file))


def _limit(order: Order) -> None:
    """Bound this process from now on, for good: the limits are hard."""
    for kind, most in (
        (resource.RLIMIT_AS, order.most_memory),
        (resource.RLIMIT_FSIZE, order.most_bytes),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        # Of the user's processes, this one may not add any: neither children nor threads.
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    # The soft limit's signal ends the process and tells the parent why; the hard one's does not.
    resource.setrlimit(resource.RLIMIT_CPU, (order.cpu_seconds, order.cpu_seconds + 1))


def _answer(records: Iterable[Any]) -> None:
    out = sys.stdout.buffer
    last: Any = Done()
    try:
        for record in records:
            out.write(exchange.write(record))
    except FileRefused as refused:
        last = RefusedFile(refused.problem, refused.line, refused.column, refused.element, refused.expected)
    except PdfRefused as refused:
        last = RefusedPdf(refused.problem)
    out.write(exchange.write(last))
    out.flush()


def _records(order: Order, file: BinaryIO) -> Iterator[Any]:
    match order.verb:
        case Verb.INSPECT:
            from onboarding.reading import pdf

            yield pdf.inspect(file, password=order.password, most_pages=order.most_pages)
        case Verb.DECRYPT:
            from onboarding.reading import pdf

            content = pdf.without_password(file, password=order.password)
            for begin in range(0, len(content), PIECE_BYTES):
                yield Piece(base64.b64encode(content[begin : begin + PIECE_BYTES]).decode("ascii"))
        case Verb.RECOGNISE:
            from onboarding.reading.recognise import recognise

            yield Recognised(recognise(file))
        case Verb.GUESS:
            from onboarding.reading import table

            yield table.guess(file, said=order.mapping)
        case Verb.READ:
            yield from _export(order, file)


def _export(order: Order, file: BinaryIO) -> Iterator[Any]:
    from onboarding.reading.reader import read_file

    if order.format is None or order.limits is None:
        raise Garbled
    yield from read_file(file, order.format, limits=order.limits, mapping=order.mapping)


def _die(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell the parent the class of what went wrong, and nobody the rest: it may quote the file."""
    sys.stdout.buffer.write(exchange.write(Died(kind.__name__)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
