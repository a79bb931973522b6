"""Amounts: exact integers of 1/100 in the ledger, ``Decimal`` beside a currency everywhere else.

A database may sum decimals as floats; integers it sums exactly. The wire has two decimals in every amount
(wire contract, "Conventions"), whatever the currency.
"""

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

LARGEST_CENTS = 2**63 - 1
"""The largest number of cents that a column of the ledger can hold."""

_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])
_HUNDRED = Decimal(100)
_MINUS = "\N{MINUS SIGN}"
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# Babel's plain "pt" is Brazilian; the banks here are Portuguese.
_LOCALE_FOR = {"pt": "pt_PT"}


class InexactAmount(ValueError):
    """Say that an amount is no whole number of cents, or is too large for the ledger. Holds no amount itself."""


def to_cents(amount: Decimal) -> int:
    """Turn an amount into whole cents.

    Raises ``InexactAmount`` for a fraction of a cent, for what is no finite number, and beyond ``LARGEST_CENTS``:
    an amount is never rounded.
    """
    try:
        cents = int(_EXACT.to_integral_exact(_EXACT.multiply(amount, _HUNDRED)))
    except (DecimalException, ValueError, OverflowError) as error:
        raise InexactAmount("an amount is no whole number of cents") from error
    return within_range(cents)


def within_range(cents: int) -> int:
    """Return the same cents, or raise ``InexactAmount`` when a column of the ledger could not hold them."""
    if not -LARGEST_CENTS <= cents <= LARGEST_CENTS:
        raise InexactAmount("an amount is too large")
    return cents


def from_cents(cents: int) -> Decimal:
    """Turn whole cents into an amount with exactly two decimals."""
    return Decimal(cents).scaleb(-2, context=_EXACT)


def amount_text(cents: int) -> str:
    """Write cents as a decimal text with two decimals (``-149.50``), the form of amounts in JSON."""
    return str(from_cents(cents))


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """Write an amount for people: their locale's order and separators, always two decimals.

    The minus is a real minus sign and no blank in it can break a line. ``currency`` may be unknown (its letters
    are shown) or empty (only the number is shown); ``locale`` is a language code like ``pl`` or ``pt-br``.
    """
    text: str = format_currency(
        abs(amount),
        currency,
        locale=_babel_locale(locale),
        # Every amount has two decimals on the wire: rounding yen to whole ones would show another amount.
        currency_digits=False,
    )
    text = _LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", text.strip()).replace(" ", "\N{NO-BREAK SPACE}")
    return f"{_MINUS}{text}" if amount < 0 else text


@lru_cache(maxsize=64)
def _babel_locale(code: str) -> Locale:
    try:
        return Locale.parse(_LOCALE_FOR.get(code, code).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
