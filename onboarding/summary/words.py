"""Amounts and account numbers as people read them."""

from typing import NamedTuple

from onboarding.money import format_money, from_cents


class Money(NamedTuple):
    """An amount as it is shown; ``is_negative`` is for its colour, the sign is in the text."""

    text: str
    is_negative: bool


def money(cents: int, currency: str, locale: str) -> Money:
    return Money(format_money(from_cents(cents), currency, locale), cents < 0)


def money_or_none(cents: int | None, currency: str, locale: str) -> Money | None:
    return None if cents is None else money(cents, currency, locale)


def grouped(iban: str) -> str:
    """Write an account number in groups of four, as on paper."""
    return "\N{NO-BREAK SPACE}".join(iban[start : start + 4] for start in range(0, len(iban), 4))
