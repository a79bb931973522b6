"""Small PDFs, written by hand or by pypdf: whole ones and broken ones."""

import zlib
from io import BytesIO

from pypdf import PdfWriter

CIPHERS = ("RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256")


def pdf(pages: int = 2, *, password: str | None = None, cipher: str = "AES-256", producer: str = "A Bank") -> bytes:
    """Write a PDF with blank pages; a ``password`` encrypts it, the empty one too."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.metadata = {"/Producer": producer}
    if password is not None:
        writer.encrypt(password, "the owner's password", algorithm=cipher)
    return written(writer)


def by_hand(*objects: bytes, root: int = 1, trailer: bytes = b"") -> bytes:
    """Write numbered objects with a table of where they stand."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    size = len(objects) + 1
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, start)
    return bytes(out)


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"


def tree(kids: bytes, *more: bytes, count: int = 1) -> bytes:
    """Write a PDF whose tree of pages has these kids at its root."""
    return by_hand(CATALOG, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids), *more)


def deep_tree(depth: int) -> bytes:
    """Write a PDF whose only page stands below ``depth`` inner nodes."""
    inner = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 1) for number in range(2, 2 + depth)]
    return by_hand(CATALOG, *inner, PAGE)


def active() -> bytes:
    """Write a PDF with a script, an action on opening, a program to launch and a file within."""
    return by_hand(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R /Names << /JavaScript << /Names [(a) 5 0 R] >>"
        b" /EmbeddedFiles << /Names [(b.exe) << /Type /Filespec /F (b.exe) /EF << /F 6 0 R >> >>] >> >> >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /AA << /O 4 0 R >> >>",
        b"<< /S /Launch /F (b.exe) >>",
        b"<< /S /JavaScript /JS (app.alert(1);) >>",
        b"<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream",
    )


def encrypted_for_certificate() -> bytes:
    """Write a PDF that says that it is encrypted for the holder of a certificate."""
    return by_hand(
        CATALOG,
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        PAGE,
        trailer=b"/Encrypt << /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 /Length 128 >>",
    )


def bomb(size: int) -> bytes:
    """Write a small PDF whose table of objects unpacks to ``size`` bytes."""
    packed = zlib.compress(bytes(size), 9)
    start = b"%PDF-1.7\n"
    table = b"1 0 obj\n<< /Type /XRef /Size %d /W [1 4 2] /Filter /FlateDecode /Length %d >>\n" % (
        size // 7,
        len(packed),
    )
    return start + table + b"stream\n" + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(start)


def written(writer: PdfWriter) -> bytes:
    """Return what a writer writes."""
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
