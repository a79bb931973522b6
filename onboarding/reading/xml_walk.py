"""Walk through an XML file in constant memory: ``defusedxml`` parses, a walker is told of every element.

What expat would keep without bound (one endless tag or comment, every different name and prefix it ever met) is bounded
here.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from onboarding.reading.encodings import CHUNK, by_mark
from onboarding.reading.layout import Encoding
from onboarding.reading.limits import Meter
from onboarding.reading.records import Record
from onboarding.reading.refusals import Expected, FileRefused, Problem

MOST_MARKUP = 1024 * 1024
MOST_NAMES = 4096
MOST_DEPTH = 48
_START = 512
_DECLARED = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._\-]+)[\"']")
# For other names pyexpat would load whatever Python codec the document names.
_ENCODINGS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be"}
    | {
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "windows-1250",
        "windows-1252",
        "windows-1257",
        "cp1250",
        "cp1252",
        "cp1257",
    }
)
# Numbers of expat: no element at all, an unfinished piece of markup or character, a tag closed by another, CDATA.
_UNFINISHED = frozenset({3, 5, 6, 7, 20})
_UNDECLARED_ENTITY = 11
_UNKNOWN_ENCODINGS = frozenset({18, 19})


class Walker(Protocol):
    """Is told of the elements and hands out what became of them."""

    def begin(self, name: str, namespace: str, attributes: dict[str, str], line: int) -> None:
        """Take an element's beginning, its name without the namespace, which is ``""`` where there is none."""

    def end(self, text: str, line: int) -> None:
        """Take the end of the element that began last, with its own text, stripped."""

    def ready(self) -> list[Record]:
        """Hand out the records that are complete."""


def walk(file: BinaryIO, walker: Walker, meter: Meter) -> Iterator[Record]:
    """Parse a file and yield what the walker makes of it.

    Raises ``FileRefused`` for broken XML, DTDs, entities, encodings other than Europe's usual ones and anything
    beyond the limits; and whatever the walker raises.
    """
    target = _Target(walker, meter)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.expat = parser.parser
    parser.parser.StartNamespaceDeclHandler = target.declare
    fed = 0
    while chunk := file.read(CHUNK):
        if fed == 0:
            _check_encoding(chunk[:_START])
        fed += len(chunk)
        _feed(parser, chunk)
        line = parser.parser.CurrentLineNumber
        if fed - max(parser.parser.CurrentByteIndex, 0) > MOST_MARKUP:
            raise FileRefused(Problem.TOO_LONG_A_LINE, line=line, expected=Expected.A_SHORTER_TEXT)
        meter.look_now(line)
        yield from walker.ready()
    _feed(parser, None)
    yield from walker.ready()


def _feed(parser: DefusedXMLParser, chunk: bytes | None) -> None:
    """Parse a chunk, or with ``None`` say that the file ends here."""
    try:
        if chunk is None:
            parser.close()
        else:
            parser.feed(chunk)
    except DefusedXmlException:
        line, column = parser.parser.CurrentLineNumber, parser.parser.CurrentColumnNumber + 1
        refused = FileRefused(Problem.FORBIDDEN, line=line, column=column, expected=Expected.PLAIN_XML)
    except ParseError as error:
        refused = _refusal(error)
    except (ValueError, LookupError):
        # Not XML's own error: an encoding that Python can't use, for example several bytes to a character.
        refused = FileRefused(Problem.ENCODING, line=1, expected=Expected.READABLE_TEXT)
    else:
        return
    # Raised out here, so that no chain carries what the parser knew.
    raise refused


def _refusal(error: ParseError) -> FileRefused:
    line, column = error.position
    if error.code in _UNKNOWN_ENCODINGS:
        return FileRefused(Problem.ENCODING, line=line, expected=Expected.READABLE_TEXT)
    if error.code == _UNDECLARED_ENTITY:
        return FileRefused(Problem.FORBIDDEN, line=line, column=column + 1, expected=Expected.PLAIN_XML)
    expected = Expected.A_CLOSING_TAG if error.code in _UNFINISHED else Expected.PLAIN_XML
    return FileRefused(Problem.BROKEN, line=line, column=column + 1, expected=expected)


def _check_encoding(start: bytes) -> None:
    mark = by_mark(start)
    utf16 = mark in (Encoding.UTF16_LE, Encoding.UTF16_BE) or b"\0" in start
    text = start.replace(b"\0", b"").decode("latin-1") if utf16 else start.decode("latin-1")
    declared = _DECLARED.search(text)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise FileRefused(Problem.ENCODING, line=1, expected=Expected.READABLE_TEXT)


class _Target:
    """Takes the parser's calls, keeps the texts of open elements and the bounds."""

    def __init__(self, walker: Walker, meter: Meter) -> None:
        self.expat: object = None
        self._walker = walker
        self._longest = meter.limits.longest_line
        self._names: dict[str, tuple[str, str]] = {}
        self._prefixes: set[str | None] = set()
        self._texts: list[list[str]] = []
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        names = self._names.get(tag)
        if names is None:
            namespace, _, name = tag.rpartition("}")
            names = self._names[tag] = (name, namespace[1:])
        for attribute in attributes:
            self._names.setdefault(attribute, (attribute, ""))
        if len(self._names) > MOST_NAMES or len(self._texts) >= MOST_DEPTH:
            raise FileRefused(Problem.BROKEN, line=self._line(), expected=Expected.PLAIN_XML)
        if self._texts:
            # Only elements without children have texts; the blanks between many children would add up.
            self._texts[-1].clear()
        self._texts.append([])
        self._length = 0
        self._walker.begin(*names, attributes, self._line())

    def declare(self, prefix: str | None, uri: str | None) -> None:
        # expat keeps every prefix it ever met, declared again or not.
        self._prefixes.add(prefix)
        if len(self._prefixes) > MOST_NAMES:
            raise FileRefused(Problem.BROKEN, line=self._line(), expected=Expected.PLAIN_XML)

    def data(self, text: str) -> None:
        if not self._texts:
            return
        self._length += len(text)
        if self._length > self._longest:
            raise FileRefused(Problem.TOO_LONG_A_LINE, line=self._line(), expected=Expected.A_SHORTER_TEXT)
        self._texts[-1].append(text)

    def end(self, tag: str) -> None:
        texts = self._texts.pop()
        self._length = 0
        self._walker.end("".join(texts).strip(), self._line())

    def close(self) -> None:
        """Nothing is kept that would have to be handed out."""

    def _line(self) -> int:
        return int(getattr(self.expat, "CurrentLineNumber", 1))
