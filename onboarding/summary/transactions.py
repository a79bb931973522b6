"""The transactions of the summary: searched, filtered by account, fifty a page, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from onboarding.ledger import fold
from onboarding.models import Account, Onboarding, Transaction

from .shown import consistently
from .words import Money, grouped, money, money_or_none

ROWS_A_PAGE = 50
LONGEST_QUERY = 100
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class ShownTransaction:
    """One row; ``day`` is its booking date, or the transaction date while ``is_booked`` is false."""

    day: date
    is_booked: bool
    transaction_on: date | None
    title: str
    party: str
    party_iban: str
    kind: str
    labels: tuple[str, ...]
    amount: Money
    balance_after: Money | None
    account_name: str
    bank: str


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One entry of the filter; ``position`` is what the form sends."""

    position: int
    bank: str
    name: str
    currency: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """One page of rows. ``total`` counts all that were found; ``number`` is this page of ``pages``, from 1."""

    rows: tuple[ShownTransaction, ...]
    total: int
    number: int
    pages: int
    query: str
    account: int | None
    choices: tuple[AccountChoice, ...]

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def is_filtered(self) -> bool:
        return bool(self.query) or self.account is not None


def build(
    onboarding: Onboarding, *, query: str = "", account: str = "", number: str = "", locale: str
) -> TransactionsPage | None:
    """Build one page of the summary that is shown, or None when there is none.

    ``query``, ``account`` (a position) and ``number`` come as a person's address has them: every word of the query
    must be in title or party, whatever its case or accents; an account that is not there filters nothing, and a page
    beyond the ends is the nearest one.
    """
    query = " ".join(query[:LONGEST_QUERY].split())
    return consistently(
        onboarding.pk,
        lambda snapshot_pk: _of_snapshot(snapshot_pk, query, _whole(account), _whole(number) or 1, locale),
    )


def _of_snapshot(snapshot_pk: int, query: str, position: int | None, number: int, locale: str) -> TransactionsPage:
    accounts = {account.pk: account for account in Account.objects.filter(snapshot_id=snapshot_pk)}
    chosen = next((account for account in accounts.values() if account.position == position), None)
    found = Transaction.objects.filter(snapshot_id=snapshot_pk)
    if chosen is not None:
        found = Transaction.objects.filter(account_id=chosen.pk)
    for word in fold(query).split()[:MOST_WORDS]:
        found = found.filter(search_text__contains=word)
    total = found.count()
    pages = max(1, -(-total // ROWS_A_PAGE))
    number = min(max(number, 1), pages)
    rows = found.newest_first()[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    return TransactionsPage(
        rows=tuple(_shown(row, accounts[row.account_id], locale) for row in rows if row.account_id in accounts),
        total=total,
        number=number,
        pages=pages,
        query=query,
        account=chosen.position if chosen else None,
        choices=_choices(accounts.values(), chosen),
    )


def _shown(row: Transaction, account: Account, locale: str) -> ShownTransaction:
    return ShownTransaction(
        day=row.day,
        is_booked=row.booked_on is not None,
        transaction_on=row.transaction_on,
        title=row.title,
        party=row.party,
        party_iban=grouped(row.party_iban),
        kind=row.kind,
        labels=tuple(row.labels.split("\n")) if row.labels else (),
        amount=money(row.amount_cents, account.currency, locale),
        balance_after=money_or_none(row.balance_cents, account.currency, locale),
        account_name=account.name,
        bank=account.bank,
    )


def _choices(accounts: Iterable[Account], chosen: Account | None) -> tuple[AccountChoice, ...]:
    return tuple(
        AccountChoice(account.position, account.bank, account.name, account.currency, account is chosen)
        for account in accounts
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
