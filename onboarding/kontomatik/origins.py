"""Where an ``owner`` element's data came from, by the vendor's word for it."""

from enum import StrEnum
from typing import Final


class Origin(StrEnum):
    """The kinds of source that an ``origin`` tells apart; ``OTHER`` is one that we do not know yet."""

    BANK = "bank"
    STATEMENT = "statement"
    UPLOAD = "upload"
    OTHER = "other"


# [rec] is the first one alone; the others are [inf], each in the spellings that would not surprise.
_ORIGINS: Final = {
    "scraper": Origin.BANK,
    "psd2": Origin.BANK,
    "api": Origin.BANK,
    "statement": Origin.STATEMENT,
    "pdf": Origin.STATEMENT,
    "pdf_statement": Origin.STATEMENT,
    "parser": Origin.STATEMENT,
    "upload": Origin.UPLOAD,
    "owner_upload": Origin.UPLOAD,
    "owner": Origin.UPLOAD,
    "external": Origin.UPLOAD,
}


def origin_of(word: str | None) -> Origin:
    """Read the ``origin`` attribute; without one it is a bank, as every reply was before other origins came up."""
    if not word:
        return Origin.BANK
    return _ORIGINS.get(word.strip().lower().replace("-", "_").replace(" ", "_"), Origin.OTHER)


def word_of(word: str | None) -> str:
    """Return our word for an ``origin`` attribute (``bank``, ``statement``, ``upload``), or the vendor's own."""
    origin = origin_of(word)
    return (word or "") if origin is Origin.OTHER else origin.value
