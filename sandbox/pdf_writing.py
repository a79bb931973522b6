"""Write plain PDF documents: lines of text in Helvetica, with the letters of Polish, over as many pages as it takes.

The same lines always give the same bytes. Follows ISO 32000-1 (PDF 1.7); the encoding is Windows-1250, told to
readers as differences to WinAnsiEncoding.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

LINES_A_PAGE = 52
# The bytes at which Windows-1250 has other letters than Windows-1252, with the names that fonts have for them.
_GLYPHS = {
    "Ś": "Sacute", "Ź": "Zacute", "ś": "sacute", "ź": "zacute", "Ł": "Lslash", "Ą": "Aogonek", "Ż": "Zdotaccent",
    "ł": "lslash", "ą": "aogonek", "ż": "zdotaccent", "Ć": "Cacute", "Ę": "Eogonek", "Ń": "Nacute", "ć": "cacute",
    "ę": "eogonek", "ń": "nacute",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What is different from a plain document: the program's name, the font of the rows, a script at opening."""

    producer: str
    font: str = "Helvetica"
    script: str = ""


def document(lines: Sequence[str], look: Look) -> bytes:
    """Return a PDF with these lines; the first one is the title, in bold."""
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    first_page = 7
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    action = f" /OpenAction << /S /JavaScript /JS ({_escaped(look.script)}) >>" if look.script else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R{action} >>".encode("cp1250"),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        f"<< /Producer ({_escaped(look.producer)}) /Title (Statement) >>".encode("cp1250"),
        _font(look.font),
        _font("Helvetica-Bold"),
        _encoding(),
    ]
    for number, page in enumerate(pages):
        objects += [_page(first_page + 2 * number + 1), _content(page, titled=not number)]
    return _file(objects)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding 6 0 R >>".encode()


def _encoding() -> bytes:
    differences = " ".join(f"{letter.encode('cp1250')[0]} /{glyph}" for letter, glyph in _GLYPHS.items())
    return f"<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [{differences}] >>".encode()


def _page(content: int) -> bytes:
    fonts = "/Font << /F1 4 0 R /F2 5 0 R >>"
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << {fonts} >> /Contents {content} 0 R >>"
    ).encode()


def _content(lines: Sequence[str], *, titled: bool) -> bytes:
    drawn = ["BT", "14 TL", "50 790 Td"]
    for number, line in enumerate(lines):
        drawn.append("/F2 14 Tf" if titled and not number else "/F1 9 Tf")
        drawn.append(f"({_escaped(line)}) Tj T*")
    drawn.append("ET")
    text = "\n".join(drawn).encode("cp1250", "replace")
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)


def _file(objects: list[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    positions = []
    for number, inside in enumerate(objects, start=1):
        positions.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    table_at = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % position for position in positions)
    name = hashlib.sha256(written).hexdigest()[:32].encode()
    written += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R /ID [<%s> <%s>] >>\n" % (len(objects) + 1, name, name)
    written += b"startxref\n%d\n%%%%EOF\n" % table_at
    return bytes(written)
