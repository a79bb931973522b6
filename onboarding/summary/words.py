"""Amounts and account numbers as people read them."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from onboarding.models import Account
from onboarding.money import format_money, from_cents


class Money(NamedTuple):
    """An amount as it is shown; ``is_negative`` is for its colour, the sign is in the text."""

    text: str
    is_negative: bool


def money(cents: int, currency: str, locale: str) -> Money:
    return Money(format_money(from_cents(cents), currency, locale), cents < 0)


def money_or_none(cents: int | None, currency: str, locale: str) -> Money | None:
    return None if cents is None else money(cents, currency, locale)


def account_title(account: Account) -> str:
    """Name an account so that it can be told from others: by its name, the end of its number, or its currency."""
    if account.name:
        return account.name
    if digits := account.last_digits or account.iban[-4:]:
        return _("Account ending in %(digits)s") % {"digits": digits}
    nameless = _("Account without a name")
    return f"{nameless} ({account.currency})" if account.currency else nameless


def choice_title(account: Account) -> str:
    """Name an account where nothing else stands beside it: with its currency, said once."""
    title = account_title(account)
    said = f" ({account.currency})"
    return title if not account.currency or title.endswith(said) else title + said


def grouped(iban: str) -> str:
    """Write an account number in groups of four, as on paper."""
    return "\N{NO-BREAK SPACE}".join(iban[start : start + 4] for start in range(0, len(iban), 4))
