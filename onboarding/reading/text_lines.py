"""Read a text line by line in constant memory, with line numbers that hold for every kind of line end."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from onboarding.reading.layout import Encoding
from onboarding.reading.limits import Meter
from onboarding.reading.refusals import Expected, FileRefused, Problem

CHUNK = 64 * 1024
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# Neither a database nor a page takes a zero, and no bank writes the others.
_NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
# Old programs end a message or a file with one of these.
_END_MARKS = "\x03\x1a"
_WITHOUT_END_MARKS = str.maketrans("", "", _END_MARKS)


def lines(file: BinaryIO, encoding: Encoding, meter: Meter) -> Iterator[tuple[int, str]]:
    """Yield every line with its number from 1, without its end; a byte order mark is taken off.

    Raises ``FileRefused`` for bytes that are no text in ``encoding``, for control characters (but tabs and line ends),
    for a line beyond ``Limits.longest_line`` and when the time is over.
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
    """Yield the text piece by piece with ``\\n`` as the only line end; raise ``FileRefused`` as ``lines`` does.

    Every reader of text reads through here, so that none has to look for signs that are no text.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    sieve = _Sieve()
    first = True
    while True:
        raw = file.read(CHUNK)
        refused: FileRefused | None = None
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            refused = _no_text(sieve.line + error.object[: error.start].count(b"\n"))
        if refused is not None:
            # Raised out here: the decoder's error holds bytes of the file.
            raise refused
        clean = sieve.pass_on(text)
        yield clean.removeprefix(_MARK) if first else clean
        first = first and not text
        if not raw:
            return


@dataclass(slots=True)
class _Sieve:
    """Refuse signs that are no text; take off the marks at a file's end, behind which nothing may follow."""

    line: int = 1
    end_mark_on: int | None = None

    def pass_on(self, text: str) -> str:
        """Return a piece of text as it is read; raise ``FileRefused``."""
        body = text.rstrip(f"{_END_MARKS} \n")
        if body and self.end_mark_on is not None:
            raise _no_text(self.end_mark_on)
        found = _NO_TEXT.search(body)
        if found is not None:
            raise _no_text(self.line + body.count("\n", 0, found.start()))
        behind = text[len(body) :]
        clean = behind.translate(_WITHOUT_END_MARKS)
        if len(clean) < len(behind) and self.end_mark_on is None:
            mark = min(behind.index(sign) for sign in _END_MARKS if sign in behind)
            self.end_mark_on = self.line + text.count("\n", 0, len(body) + mark)
        self.line += text.count("\n")
        return body + clean


def _no_text(line: int) -> FileRefused:
    return FileRefused(Problem.ENCODING, line=line, expected=Expected.READABLE_TEXT)


def _refuse_long(line: int) -> None:
    raise FileRefused(Problem.TOO_LONG_A_LINE, line=line, expected=Expected.A_SHORTER_TEXT)
