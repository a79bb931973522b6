"""Looks whether a PDF can be sent: what it is, whether it is whole, how many pages, whether it needs a password.

Only the structure and the tree of pages are read. Scripts, actions, embedded files, pictures and texts are never opened.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO


class PdfProblem(StrEnum):
    """Say why a PDF is not taken."""

    EMPTY = "empty"
    NOT_A_PDF = "not_a_pdf"
    TRUNCATED = "truncated"
    BROKEN = "broken"
    TOO_MANY_PAGES = "too_many_pages"
    NEEDS_PASSWORD = "needs_password"  # noqa: S105 - the name of a problem
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a problem
    UNSUPPORTED_ENCRYPTION = "unsupported_encryption"


class PdfRefused(Exception):
    """Refuse a file as a PDF; carries the problem alone."""

    def __init__(self, problem: PdfProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """Say what a readable PDF is. ``opened_without_password`` is true for a plain one and for an empty password."""

    pages: int
    is_encrypted: bool
    opened_without_password: bool


def inspect(file: BinaryIO, *, password: str, most_pages: int) -> PdfFacts:
    """Look at a seekable file; raise ``PdfRefused``."""
    raise NotImplementedError


def without_password(file: BinaryIO, *, password: str) -> bytes:
    """Return a copy that needs no password; raise ``PdfRefused``."""
    raise NotImplementedError
