"""Looks whether a PDF can be sent: what it is, whether it is whole, how many pages, whether it needs a password.

Only the structure and the tree of pages are read. Scripts, actions, embedded files, pictures and texts stay unopened.
Meant to run in the child process of ``isolated.py``: what a hostile file costs is bounded there.
"""

import logging
import re
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, TypeVar

from pypdf import PdfReader, PdfWriter, apply_configuration
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from onboarding.reading.pdf_verdict import PdfFacts, PdfProblem, PdfRefused

__all__ = ["PdfFacts", "PdfProblem", "PdfRefused", "inspect", "without_password"]

Outcome = TypeVar("Outcome")
# The library's warnings quote the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
# Readers look for both marks in this many bytes only (Adobe's implementation notes to PDF 1.7, H.3).
HEADER_WITHIN = 1024
END_WITHIN = 2048
# Every inner node of an honest tree of pages has several pages below it.
NODES_BEYOND_PAGES = 1_000
# pypdf says of itself that broken files can cause any of Python's usual errors, not only its own.
UNREADABLE = (
    PyPdfError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    zlib.error,
)


def inspect(file: BinaryIO, *, password: str, most_pages: int) -> PdfFacts:
    """Look at a PDF from its beginning; ``password`` is tried only if the file does not open without one.

    Raises ``PdfRefused``.
    """
    content = _whole(file)

    def look() -> PdfFacts:
        reader = PdfReader(BytesIO(content))
        opened_without_password = _open(reader, password)
        return PdfFacts(
            pages=_count_pages(reader, most_pages),
            is_encrypted=reader.is_encrypted,
            opened_without_password=opened_without_password,
        )

    return _or_refused(content, look)


def without_password(file: BinaryIO, *, password: str) -> bytes:
    """Return a copy that opens without a password; the file itself, byte for byte, if it needs none.

    A file that needs none is left alone because writing it anew would break the bank's signature in it. Raises
    ``PdfRefused``.
    """
    content = _whole(file)

    def copy() -> bytes:
        reader = PdfReader(BytesIO(content))
        if _open(reader, password):
            return content
        writer = PdfWriter(clone_from=reader)
        if reader.metadata is not None:
            # pypdf would write its own name over that of the bank's software, which the service looks at.
            writer.metadata = reader.metadata
        written = BytesIO()
        writer.write(written)
        return written.getvalue()

    return _or_refused(content, copy)


def _whole(file: BinaryIO) -> bytes:
    """Read a file that begins and ends like a PDF."""
    file.seek(0)
    content = file.read()
    if not content.strip(b"\0\t\n\f\r "):
        raise PdfRefused(PdfProblem.EMPTY)
    if b"%PDF-" not in content[:HEADER_WITHIN]:
        raise PdfRefused(PdfProblem.NOT_A_PDF)
    # Some senders fill the file up with zeros or blanks.
    if b"%%EOF" not in content.rstrip(b"\0\t\n\f\r ")[-END_WITHIN:]:
        raise PdfRefused(PdfProblem.TRUNCATED)
    return content


def _or_refused(content: bytes, work: Callable[[], Outcome]) -> Outcome:
    """Do the work; turn what the library says of a file into a refusal."""
    try:
        with apply_configuration(jbig2dec_binary=None):
            return work()
    except NotImplementedError:
        problem = PdfProblem.UNSUPPORTED_ENCRYPTION if b"/Encrypt" in content else PdfProblem.BROKEN
    except UNREADABLE:
        problem = PdfProblem.TRUNCATED if _points_beyond(content) else PdfProblem.BROKEN
    # Outside of ``except``: the library's errors quote the file and must not hang on ours.
    raise PdfRefused(problem)


def _points_beyond(content: bytes) -> bool:
    """Tell whether the file's table of contents should stand after its end: something in between is missing."""
    pointers = re.findall(rb"startxref\s+(\d{1,15})\s", content[-END_WITHIN:])
    return bool(pointers) and int(pointers[-1]) >= len(content)


def _open(reader: PdfReader, password: str) -> bool:
    """Decrypt what is encrypted; tell whether that needed no password."""
    # The empty password opens what a bank encrypted only to forbid copying or printing: nobody has to type anything.
    if not reader.is_encrypted or reader.decrypt(""):
        return True
    if not password:
        raise PdfRefused(PdfProblem.NEEDS_PASSWORD)
    if not reader.decrypt(password):
        raise PdfRefused(PdfProblem.WRONG_PASSWORD)
    return False


def _count_pages(reader: PdfReader, most_pages: int) -> int:
    """Count the leaves of the tree of pages; its own ``/Count`` is only a claim."""
    pages = 0
    inner_seen: set[int] = set()
    waiting: list[PdfObject | None] = [reader.root_object.raw_get("/Pages")]
    while waiting:
        reference = waiting.pop()
        node = reference.get_object() if reference is not None else None
        if not isinstance(node, DictionaryObject) or isinstance(node, StreamObject):
            raise PdfRefused(PdfProblem.BROKEN)
        # Some software forgets the type; a dictionary that was cut by damage has neither.
        if "/Kids" not in node and (node.get("/Type") == "/Page" or ("/Type" not in node and "/Parent" in node)):
            pages += 1
        else:
            _enter(reference, inner_seen, most_pages)
            kids = node["/Kids"]
            if not isinstance(kids, ArrayObject):
                raise PdfRefused(PdfProblem.BROKEN)
            waiting += list(kids)
        # What still waits has at least one page each, or the file is refused anyway.
        if pages + len(waiting) > most_pages + NODES_BEYOND_PAGES or pages > most_pages:
            raise PdfRefused(PdfProblem.TOO_MANY_PAGES)
    if not pages:
        raise PdfRefused(PdfProblem.BROKEN)
    return pages


def _enter(reference: PdfObject | None, seen: set[int], most_pages: int) -> None:
    """Remember an inner node; refuse a tree that bites its own tail or grows without pages."""
    number = reference.idnum if isinstance(reference, IndirectObject) else -len(seen) - 1
    if number in seen or len(seen) > most_pages + NODES_BEYOND_PAGES:
        raise PdfRefused(PdfProblem.BROKEN)
    seen.add(number)
