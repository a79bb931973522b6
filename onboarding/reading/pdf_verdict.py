"""What is said of a PDF; apart from ``pdf.py`` so that nobody loads a PDF library to read the answer."""

from dataclasses import dataclass
from enum import StrEnum


class PdfProblem(StrEnum):
    """Say why a PDF is not taken."""

    EMPTY = "empty"
    NOT_A_PDF = "not_a_pdf"
    TRUNCATED = "truncated"  # Its end is missing.
    BROKEN = "broken"  # Its pages can't be found, or there are none.
    TOO_MANY_PAGES = "too_many_pages"
    NEEDS_PASSWORD = "needs_password"  # noqa: S105 - the name of a problem
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a problem
    UNSUPPORTED_ENCRYPTION = "unsupported_encryption"  # Encrypted for a certificate, or in an unknown way.


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
