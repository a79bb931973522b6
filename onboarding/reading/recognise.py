"""Tell the format of a bank export by its content alone."""

import re
from typing import BinaryIO

from onboarding.reading import camt
from onboarding.reading.encodings import find_encoding
from onboarding.reading.layout import Encoding
from onboarding.reading.records import Format
from onboarding.reading.table import looks_like_table

_SAMPLE = 64 * 1024
_BINARY = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z",
)
_UTF16 = (Encoding.UTF16_LE, Encoding.UTF16_BE)
_MT940 = re.compile(r"^(?:\{[1-5]:.*)?:20:", re.MULTILINE)
_MT940_FIELD = re.compile(r"^:(?:25P?|28C?|60[FM]|61):", re.MULTILINE)
_ENVELOPE = re.compile(r"\{1:F01[A-Z0-9]+\}\s*\{2:[IO]94[02]")
_MOST_BEFORE_MT940 = 1024
_MESSAGES = (camt.MESSAGE, *camt.OTHER_MESSAGES)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def recognise(file: BinaryIO) -> Format | None:
    """Tell the format of a seekable file, or ``None`` for anything that is not read; leave it at its beginning.

    Related messages that are no statements (camt.052, pain.001, MT942) are given to the reader, which refuses them
    by name.
    """
    encoding = find_encoding(file).encoding
    sample = file.read(_SAMPLE)
    file.seek(0)
    if sample.lstrip().startswith(_BINARY) or (b"\0" in sample and encoding not in _UTF16):
        return None
    text = sample.decode(encoding, errors="replace").lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n")
    if not text:
        return None
    if text.startswith("<"):
        return _marked_up(text)
    if text[:9].upper() == "OFXHEADER":
        return Format.OFX
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_mt940(text):
        return Format.MT940
    return Format.CSV if looks_like_table(file) else None


def _marked_up(text: str) -> Format | None:
    if _PAGE.match(text):
        return None
    if any(message in text for message in _MESSAGES):
        return Format.CAMT053
    upper = text.upper()
    return Format.OFX if "<OFX>" in upper or "<?OFX " in upper else None


def _is_mt940(text: str) -> bool:
    start = _MT940.search(text)
    if _ENVELOPE.match(text):
        return True
    return start is not None and start.start() < _MOST_BEFORE_MT940 and _MT940_FIELD.search(text) is not None
