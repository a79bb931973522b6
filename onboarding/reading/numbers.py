"""Account numbers: which are IBANs (ISO 13616), and in which form they are kept."""

import re
from functools import lru_cache

from stdnum import iban

_BLANKS = re.compile(r"[\s\-]+")
_POLISH = re.compile(r"[0-9]{26}")
_LONGEST = 64


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
