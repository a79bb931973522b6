"""Amounts and days as the formats write them: exact, or refused."""

import re
from datetime import date
from decimal import Decimal
from typing import Literal

MOST_DIGITS = 15
"""Digits before the decimal sign; more could not be kept as cents."""

_PLAIN = {signs: re.compile(rf"([+-]?)([0-9]+)(?:[{signs}]([0-9]*))?") for signs in (".", ".,")}
_CURRENCY = re.compile(r"[A-Z]{3}")


class NoAmount(ValueError):
    """Say that a text is no amount. Holds no text."""


class TooExact(ValueError):
    """Say that an amount has a fraction of a cent. Holds no amount."""


def plain_amount(text: str, signs: Literal[".", ".,"] = ".,") -> Decimal:
    """Turn digits with at most one decimal sign (one of ``signs``) and a leading sign into an amount.

    Raises ``NoAmount`` for anything else, ``TooExact`` for a fraction of a cent that is not zero.
    """
    match = _PLAIN[signs].fullmatch(text)
    if match is None:
        raise NoAmount
    sign, whole, fraction = match.groups()
    return from_parts(sign == "-", whole, fraction or "")


def may_be_thousands(whole: str, fraction: str) -> bool:
    """Tell whether the only sign of an amount, between these digits, may as well set thousands apart."""
    return len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def from_parts(negative: bool, whole: str, fraction: str) -> Decimal:
    """Turn digits before and after the decimal sign into an amount with two decimals; raises as ``plain_amount``."""
    whole = whole.lstrip("0") or "0"
    if len(whole) > MOST_DIGITS:
        raise NoAmount
    if len(fraction) > 2:
        if fraction[2:].strip("0"):
            raise TooExact
        fraction = fraction[:2]
    # Never "-0.00".
    minus = "-" if negative and (whole != "0" or fraction.strip("0")) else ""
    return Decimal(f"{minus}{whole}.{fraction:0<2}")


def is_currency(text: str) -> bool:
    """Tell whether a text is three capital letters."""
    return _CURRENCY.fullmatch(text) is not None


def day(year: str, month: str, day_of_month: str) -> date:
    """Make a day of ASCII digits; raises ``ValueError`` for one that does not exist or is not of this age."""
    if not (year + month + day_of_month).isascii():
        raise ValueError("no digits")
    made = date(int(year), int(month), int(day_of_month))
    if not 1970 <= made.year < 2100:
        raise ValueError("not of this age")
    return made
