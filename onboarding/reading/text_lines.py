"""Read a text line by line in constant memory, with line numbers that hold for every kind of line end."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from onboarding.reading.layout import Encoding
from onboarding.reading.limits import Meter
from onboarding.reading.refusals import Expected, FileRefused, Problem

CHUNK = 64 * 1024
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def lines(file: BinaryIO, encoding: Encoding, meter: Meter) -> Iterator[tuple[int, str]]:
    """Yield every line with its number from 1, without its end; a byte order mark is taken off.

    Raises ``FileRefused`` for bytes that are no text in ``encoding``, for a line beyond ``Limits.longest_line`` and
    when the time is over.
    """
    longest = meter.limits.longest_line
    number = 0
    rest = ""
    for text in chunks(file, encoding, meter):
        pieces = (rest + text).split("\n")
        rest = pieces.pop()
        for piece in pieces:
            number += 1
            if len(piece) > longest:
                _refuse_long(number)
            yield number, piece
        if len(rest) > longest:
            _refuse_long(number + 1)
        meter.look_now(number)
    if rest:
        yield number + 1, rest


def chunks(file: BinaryIO, encoding: Encoding, meter: Meter) -> Iterator[str]:
    """Yield the text piece by piece with ``\\n`` as the only line end; raise ``FileRefused`` as ``lines`` does."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    ends = 0
    first = True
    while True:
        raw = file.read(CHUNK)
        refused: FileRefused | None = None
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            line = ends + error.object[: error.start].count(b"\n") + 1
            refused = FileRefused(Problem.ENCODING, line=line, expected=Expected.READABLE_TEXT)
        if refused is not None:
            # Raised out here: the decoder's error holds bytes of the file.
            raise refused
        ends += text.count("\n")
        yield text.removeprefix(_MARK) if first else text
        first = first and not text
        if not raw:
            return


def _refuse_long(line: int) -> None:
    raise FileRefused(Problem.TOO_LONG_A_LINE, line=line, expected=Expected.A_SHORTER_TEXT)
