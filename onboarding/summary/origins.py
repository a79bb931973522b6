"""Where an account or a row came from, in a few words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from onboarding.kontomatik.origins import Origin, origin_of, word_of
from onboarding.models import AccountListing


@dataclass(frozen=True, slots=True)
class ShownOrigin:
    """One place an account came from, and how many of its payments that one brought."""

    name: str
    transaction_count: int


def name_of(origin: str, bank: str) -> str:
    """Name a source as the person knows it; ``origin`` is the vendor's word, ``bank`` may be empty."""
    match origin_of(origin):
        case Origin.BANK:
            return _("%(bank)s sign-in") % {"bank": bank} if bank else _("bank sign-in")
        case Origin.STATEMENT:
            return _("statement of %(bank)s") % {"bank": bank} if bank else _("PDF statement")
        case Origin.UPLOAD:
            return _("your own file")
        case Origin.OTHER:
            return bank or _("another source")


def shown(listings: Iterable[AccountListing]) -> tuple[ShownOrigin, ...]:
    """Name the sources of one account in the order in which they came, those of one name together."""
    counts: dict[str, int] = {}
    for listing in listings:
        name = name_of(listing.origin, listing.bank)
        counts[name] = counts.get(name, 0) + listing.transaction_count
    return tuple(ShownOrigin(name, count) for name, count in counts.items())


def words(origins: Iterable[str]) -> tuple[str, ...]:
    """Return our words for the vendor's, each once, in order: what documents for software say."""
    return tuple(dict.fromkeys(word_of(origin) for origin in origins))
