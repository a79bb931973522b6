"""The read side of our own list of banks: the last good copy of the catalog, searched and put in order."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from onboarding.countries import COUNTRIES
from onboarding.kontomatik import values
from onboarding.models import BankSignIn, CatalogBank, CatalogCopy, CatalogKind, Onboarding, SourceState

OFTEN_CHOSEN = 6
A_LONG_LIST = 8
"""From so many banks on, those that are often chosen stand in front too; fewer are seen at one glance."""
SHOWN_AT_ONCE = 40
"""More entries than this are found by searching alone: a page of hundreds of buttons is slow on a phone."""

ACCOUNT_KINDS: dict[str, str | Promise] = {
    "personal": pgettext_lazy("kind of accounts", "personal"),
    "business": pgettext_lazy("kind of accounts", "business"),
    "savings": pgettext_lazy("kind of accounts", "savings"),
    "credit": pgettext_lazy("kind of accounts", "cards and loans"),
}
"""Words for the catalog's ``supportedAccountTypes`` [inf]; a word that is not here is not shown."""

# Letters that Unicode does not take apart into a plain one and an accent.
_WHOLE_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One bank to choose; ``choice`` is what its button sends."""

    choice: str
    name: str
    login_name: str
    kinds: tuple[str | Promise, ...]
    is_beta: bool


@dataclass(frozen=True, slots=True)
class BankList:
    """The banks of a country, or those that a search found there; ``found`` counts them, shown or not."""

    country: str
    countries: tuple[tuple[str, str | Promise], ...]
    query: str
    is_known: bool
    found: int
    often: tuple[Entry, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def left_out(self) -> int:
        return self.found - len(self.entries)


def fold(text: str) -> str:
    """Return a text as it is searched: small letters without accents, one blank between words."""
    small = text.casefold().translate(_WHOLE_LETTERS)
    apart = unicodedata.normalize("NFKD", small)
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def for_onboarding(onboarding: Onboarding, *, country: str, query: str) -> BankList:
    """Load the banks of a country (the onboarding's own if it is not one of ours).

    A search finds the entries that hold each of its words, in any order; popular banks come first.
    """
    countries = _countries(onboarding)
    country = country if country in dict(countries) else onboarding.country
    query = " ".join(values.line(query[:1000]).split())[:100]
    copy = CatalogCopy.objects.filter(kind=CatalogKind.BANKS, country=country, fetched_at__isnull=False)
    if not copy.exists():
        return BankList(country, countries, query, is_known=False, found=0)
    banks = sorted(CatalogBank.objects.banks(country), key=_in_the_alphabet)
    repeated = Counter(bank.official_name for bank in banks)
    popular = _popular(banks)
    often = () if query or len(banks) < A_LONG_LIST else _entries(popular[:OFTEN_CHOSEN], repeated)
    if query:
        words = fold(query).split()
        banks = [bank for bank in dict.fromkeys([*popular, *banks]) if all(word in bank.search_text for word in words)]
    shown = _entries(banks[:SHOWN_AT_ONCE], repeated)
    return BankList(country, countries, query, is_known=True, found=len(banks), often=often, entries=shown)


def current(*, country: str, institution: str, name: str) -> CatalogBank | None:
    """Return the entry of an institution as the last good copy has it; None when it is not there (any more).

    ``name`` chooses between several entries of one institution; alone it counts only where the vendor named no
    institution, because the vendor changes names.
    """
    entries = list(CatalogBank.objects.banks(country).filter(institution=institution))
    same = next((entry for entry in entries if entry.name == name), None)
    return same or (entries[0] if entries and institution else None)


def chosen(bank: BankSignIn, *, country: str) -> CatalogBank | None:
    """Return the entry of the bank of a sign-in, under its name of today; None when none is named or it has gone.

    ``country`` is the onboarding's: where the bank is looked for when its name is not in the catalog any more.
    """
    if not bank.target:
        return None
    same = CatalogBank.objects.filter(kind=CatalogKind.BANKS, institution=bank.institution, name=bank.target).first()
    return same or current(country=country, institution=bank.institution, name=bank.target)


def _countries(onboarding: Onboarding) -> tuple[tuple[str, str | Promise], ...]:
    codes = dict.fromkeys([*settings.KONTOMATIK_COUNTRIES, onboarding.country])
    return tuple((code, COUNTRIES.get(code, code.upper())) for code in codes)


def _in_the_alphabet(bank: CatalogBank) -> tuple[str, str, str]:
    return fold(bank.official_name), fold(bank.login_name), bank.name


def _popular(banks: list[CatalogBank]) -> list[CatalogBank]:
    """Return those that the setting names, in its order, then those that were imported here, most often first."""
    wanted = {institution: place for place, institution in enumerate(settings.POPULAR_BANKS)}
    imports = _imports(bank.institution for bank in banks)

    def place(bank: CatalogBank) -> tuple[int, int]:
        return wanted.get(bank.institution, len(wanted)), -imports.get(bank.institution, 0)

    return sorted((bank for bank in banks if place(bank) != (len(wanted), 0)), key=place)


def _imports(institutions: Iterable[str]) -> dict[str, int]:
    imported = BankSignIn.objects.filter(source__state=SourceState.IMPORTED, institution__in=set(institutions) - {""})
    return dict(imported.values_list("institution").annotate(times=Count("pk")).order_by())


def _entries(banks: list[CatalogBank], repeated: Counter[str]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            choice=urlencode({"country": bank.country, "institution": bank.institution, "name": bank.name}),
            name=bank.official_name,
            login_name=bank.login_name if repeated[bank.official_name] > 1 else "",
            kinds=tuple(ACCOUNT_KINDS[word] for word in bank.account_types.split("\n") if word in ACCOUNT_KINDS),
            is_beta=bank.beta,
        )
        for bank in banks
    )
