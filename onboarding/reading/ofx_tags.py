"""Cut OFX into tags with their texts, in constant memory; version 1 is SGML without closing tags, version 2 is XML."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from onboarding.reading.encodings import by_mark, find_encoding
from onboarding.reading.layout import Encoding
from onboarding.reading.limits import Meter
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.text_lines import chunks

_HEAD = 4096
_CHARSET = re.compile(rb"CHARSET:\s*([A-Za-z0-9_\-]+)", re.IGNORECASE)
_SAYS_UTF8 = re.compile(rb"ENCODING:\s*(?:UTF-8|UNICODE)|encoding=[\"']utf-8[\"']", re.IGNORECASE)
_CHARSETS = {
    "1250": Encoding.WINDOWS_1250,
    "CP1250": Encoding.WINDOWS_1250,
    "WINDOWS-1250": Encoding.WINDOWS_1250,
    "1252": Encoding.WINDOWS_1252,
    "CP1252": Encoding.WINDOWS_1252,
    "WINDOWS-1252": Encoding.WINDOWS_1252,
    "1257": Encoding.WINDOWS_1257,
    "CP1257": Encoding.WINDOWS_1257,
    "WINDOWS-1257": Encoding.WINDOWS_1257,
    # Windows-1252 is what programs mean when they say ISO 8859-1.
    "ISO-8859-1": Encoding.WINDOWS_1252,
    "8859-1": Encoding.WINDOWS_1252,
    "ISO-8859-2": Encoding.ISO_8859_2,
    "8859-2": Encoding.ISO_8859_2,
}
_NAME = re.compile(r"/?[A-Za-z0-9._\-]{1,64}/?")
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6}));")
_SIGNS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_CDATA = "![CDATA["


@dataclass(frozen=True, slots=True)
class Tag:
    """Hold a tag in capitals (``/NAME`` closes) with the text that follows it, stripped."""

    name: str
    text: str
    line: int


def tags(file: BinaryIO, meter: Meter) -> Iterator[Tag]:
    """Yield the tags of a seekable OFX file, without its header.

    Raises ``FileRefused`` for a document type declaration, for what is no tag, and beyond the limits.
    """
    line = 1
    held = ""
    first = True
    for number, piece in _pieces(file, meter):
        if first:
            # What stands before the first tag is version 1's header.
            first = False
            line = number
            continue
        if held or piece.startswith((_CDATA, "!--")):
            if not held:
                line = number
            held = f"{held}<{piece}" if held else piece
            end = "]]>" if held.startswith(_CDATA) else "-->"
            if end not in held:
                _check_length(held, number, meter)
                continue
            if held.startswith(_CDATA):
                yield Tag("", held[len(_CDATA) : held.index(end)].strip(), line)
            held = ""
            continue
        if piece.startswith("!"):
            raise FileRefused(Problem.FORBIDDEN, line=number, expected=Expected.PLAIN_XML)
        if piece.startswith("?"):
            continue
        name, closed, text = piece.partition(">")
        if not closed or _NAME.fullmatch(name) is None:
            raise FileRefused(Problem.BROKEN, line=number, expected=Expected.A_CLOSING_TAG)
        name = name.upper()
        if name.endswith("/"):
            name, text = name.rstrip("/"), ""
        yield Tag(name, _ENTITY.sub(_sign, text).strip(), number)
    if held:
        raise FileRefused(Problem.BROKEN, line=line, expected=Expected.A_CLOSING_TAG)


def _pieces(file: BinaryIO, meter: Meter) -> Iterator[tuple[int, str]]:
    """Cut the text before every ``<``; each piece with the line on which it begins."""
    number = 1
    rest = ""
    for text in chunks(file, _encoding(file), meter):
        pieces = (rest + text).split("<")
        rest = pieces.pop()
        for piece in pieces:
            _check_length(piece, number, meter)
            yield number, piece
            number += piece.count("\n")
        _check_length(rest, number, meter)
        meter.look_now(number)
    yield number, rest


def _check_length(text: str, line: int, meter: Meter) -> None:
    if len(text) > meter.limits.longest_line:
        raise FileRefused(Problem.TOO_LONG_A_LINE, line=line, expected=Expected.A_SHORTER_TEXT)


def _encoding(file: BinaryIO) -> Encoding:
    """Choose the encoding: UTF-8 where it is valid, else what the header says, else what the letters say."""
    file.seek(0)
    head = file.read(_HEAD)
    found = find_encoding(file).encoding
    if found in (Encoding.UTF8, Encoding.UTF16_LE, Encoding.UTF16_BE) or by_mark(head):
        return found
    if _SAYS_UTF8.search(head):
        # It says UTF-8 and is not: reading it as that refuses it with the line.
        return Encoding.UTF8
    said = _CHARSET.search(head)
    return _CHARSETS.get(said[1].decode("ascii").upper(), found) if said else found


def _sign(match: re.Match[str]) -> str:
    if match[1]:
        return _SIGNS[match[1]]
    code = int(match[2]) if match[2] else int(match[3], 16)
    return chr(code) if code <= sys.maxunicode and chr(code).isprintable() else " "
