"""Account numbers: which are IBANs (ISO 13616), and in which form they are kept."""

import re
from functools import lru_cache

from stdnum import iban

_BLANKS = re.compile(r"[\s\-]+")
_POLISH = re.compile(r"[0-9]{26}")
_LONGEST = 64
_COUNTRY_AND_CHECK = re.compile(r"[A-Z]{2}[0-9]{2}")
_LOCAL = re.compile(r"[0-9](?:[ ./\-]?[0-9]){3,}")
_QUOTES = "'\" "


def iban_in(text: str) -> str:
    """Return a text as an IBAN without blanks, or ``""``; a Polish number of 26 digits gets its ``PL``."""
    return _iban_in(text) if 15 <= len(text) <= _LONGEST else ""


@lru_cache(maxsize=4096)
def _iban_in(text: str) -> str:
    bare = _BLANKS.sub("", text).upper().removeprefix("IBAN")
    if _POLISH.fullmatch(bare):
        bare = f"PL{bare}"
    # The numbers' check digits and lengths; not the countries' own rules, which banks break.
    return bare if bare.isascii() and bare.isalnum() and iban.is_valid(bare, check_country=False) else ""


def account_number(text: str) -> str:
    """Return an account's own number: an IBAN without blanks where it is one, else the text as one line."""
    return iban_in(text) or " ".join(text.split())


@lru_cache(maxsize=4096)
def is_wrong_iban(number: str) -> bool:
    """Tell whether a number begins as an IBAN does, with a country and check digits, and is none."""
    bare = _BLANKS.sub("", number).upper().removeprefix("IBAN")
    return _COUNTRY_AND_CHECK.match(bare) is not None and not iban_in(number)


def with_account(party: str, text: str) -> tuple[str, str]:
    """Return the other party's name and account number: an IBAN, or a local number without letters.

    Whatever else stands where the number should stand is no number for anybody, and is kept visible behind the name.
    """
    number = iban_in(text)
    if number:
        return party, number
    said = " ".join(text.split()).strip(_QUOTES)
    if len(said) <= _LONGEST and _LOCAL.fullmatch(said):
        return party, said
    if said in party or not any(sign.isalnum() for sign in said):
        return party, ""
    return f"{party} {said}".lstrip(), ""
