"""Where an ``owner`` element's data came from, by the vendor's word for it."""

from enum import StrEnum

from onboarding.kontomatik import wire


class Origin(StrEnum):
    """The kinds of source that an ``origin`` tells apart; ``OTHER`` is one that we do not know yet."""

    BANK = "bank"
    STATEMENT = "statement"
    UPLOAD = "upload"
    OTHER = "other"


def origin_of(word: str | None) -> Origin:
    """Read the ``origin`` attribute; without one it is a bank, as every reply was before other origins came up."""
    if not word:
        return Origin.BANK
    known = wire.ORIGINS.get(word.strip().lower().replace("-", "_").replace(" ", "_"))
    return Origin(known) if known else Origin.OTHER


def word_of(word: str | None) -> str:
    """Return our word for an ``origin`` attribute (``bank``, ``statement``, ``upload``), or the vendor's own."""
    origin = origin_of(word)
    return (word or "") if origin is Origin.OTHER else origin.value
