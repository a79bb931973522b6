"""The transactions of the summary: searched, filtered by account or to pairs, fifty a page, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from onboarding.kontomatik import values
from onboarding.ledger import fold
from onboarding.models import Account, Onboarding, Transaction
from onboarding.models.ledger import TransactionQuerySet

from . import twins
from .shown import consistently
from .words import Money, account_title, choice_title, grouped, money, money_or_none

ROWS_A_PAGE = 50
FEW = 1_000
"""Rows found by a search that are put in order here: few stand far apart, a query for a page would read all again."""
LONGEST_QUERY = 100
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class ShownTransaction:
    """One row; ``day`` is its booking date, or the transaction date while ``is_booked`` is false.

    ``twins`` are rows of other sources that may be the same payment. ``is_counted`` is false while the person has
    left possible duplicates out of the totals and it is one.
    """

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
    twins: tuple[twins.ShownTwin, ...]
    is_counted: bool


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One entry of the filter; ``position`` is what the form sends, ``name`` has the currency with it."""

    position: int
    bank: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """One page of rows. ``total`` counts all that were found; ``number`` is this page of ``pages``, from 1.

    ``pairs`` are the payments that may be counted twice, where they are all that is asked for: each row of ``total``
    is one of a pair then.
    """

    rows: tuple[ShownTransaction, ...]
    total: int
    pairs: int | None
    number: int
    pages: int
    query: str
    account: int | None
    choices: tuple[AccountChoice, ...]
    only_duplicates: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def is_filtered(self) -> bool:
        return bool(self.query) or self.account is not None or self.only_duplicates


def build(
    onboarding: Onboarding,
    *,
    query: str = "",
    account: str = "",
    number: str = "",
    only_duplicates: bool = False,
    locale: str,
) -> TransactionsPage | None:
    """Build one page of the summary that is shown, or None when there is none.

    ``query``, ``account`` (a position) and ``number`` come as a person's address has them: every word of the query
    must be in title or party, whatever its case or accents; an account that is not there filters nothing, and a page
    beyond the ends is the nearest one. ``only_duplicates`` shows the rows that may be counted twice, each beside
    its counterpart.
    """
    asked = _Asked(
        query=" ".join(values.line(query[:LONGEST_QUERY]).split()),
        position=_whole(account),
        number=_whole(number) or 1,
        only_duplicates=only_duplicates,
        hides_duplicates=onboarding.hides_duplicates,
        locale=locale,
    )
    return consistently(onboarding.pk, lambda snapshot_pk: _of_snapshot(snapshot_pk, asked))


@dataclass(frozen=True, slots=True)
class _Asked:
    query: str
    position: int | None
    number: int
    only_duplicates: bool
    hides_duplicates: bool
    locale: str


def _of_snapshot(snapshot_pk: int, asked: _Asked) -> TransactionsPage:
    accounts = {account.pk: account for account in Account.objects.filter(snapshot_id=snapshot_pk)}
    chosen = next((account for account in accounts.values() if account.position == asked.position), None)
    found = _found(snapshot_pk, chosen, asked)
    few = _few(found) if asked.query and not asked.only_duplicates else None
    total = _total(found, accounts.values(), chosen, asked) if few is None else len(few)
    pages = max(1, -(-total // ROWS_A_PAGE))
    number = min(max(asked.number, 1), pages)
    shown = range(total)[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    if few is not None:
        found = Transaction.objects.filter(pk__in=few[shown.start : shown.stop])
        shown = range(len(shown))
    rows = [row for row in _page(found, shown, total, asked) if row.account_id in accounts]
    counterparts = twins.of_rows(snapshot_pk, rows)
    return TransactionsPage(
        rows=tuple(_shown(row, accounts[row.account_id], counterparts.get(row.pk, ()), asked) for row in rows),
        total=total,
        pairs=_pairs(snapshot_pk, chosen, asked),
        number=number,
        pages=pages,
        query=asked.query,
        account=chosen.position if chosen else None,
        choices=_choices(accounts.values(), chosen),
        only_duplicates=asked.only_duplicates,
    )


def _total(found: TransactionQuerySet, accounts: Iterable[Account], chosen: Account | None, asked: _Asked) -> int:
    """Return how many rows were found; those of whole accounts were counted while they were stored."""
    if asked.query or asked.only_duplicates:
        return found.count()
    return sum(account.transaction_count for account in accounts if chosen is None or account is chosen)


def _few(found: TransactionQuerySet) -> list[int] | None:
    """Return the ids of the rows found, newest first; None when they are not few."""
    seen = list(found.order_by().values_list("day", "pk")[: FEW + 1])
    if len(seen) > FEW:
        return None
    return [pk for _day, pk in sorted(seen, key=lambda row: (-row[0].toordinal(), row[1]))]


def _page(found: TransactionQuerySet, shown: range, total: int, asked: _Asked) -> list[Transaction]:
    """Read the rows of one page, from whichever end is nearer: the engine walks over all that stand before them."""
    if asked.only_duplicates:
        return list(_beside_each_other(found)[shown.start : shown.stop])
    if shown.start <= total - shown.stop:
        return list(found.newest_first()[shown.start : shown.stop])
    return list(found.newest_first().reverse()[total - shown.stop : total - shown.start])[::-1]


def _found(snapshot_pk: int, chosen: Account | None, asked: _Asked) -> TransactionQuerySet:
    of_snapshot = Transaction.objects.filter(snapshot_id=snapshot_pk)
    found = of_snapshot if chosen is None else Transaction.objects.filter(account_id=chosen.pk)
    if asked.only_duplicates:
        later = of_snapshot.possible_duplicates()
        # Not one condition "or" the other: both engines would read every row for that.
        found = found.filter(pk__in=later.values("pk").union(later.values("twin"), all=True))
    for word in fold(asked.query).split()[:MOST_WORDS]:
        found = found.filter(search_text__contains=word)
    return found


def _pairs(snapshot_pk: int, chosen: Account | None, asked: _Asked) -> int | None:
    """Count as the page's notice does; a search or an account may cut a pair in two, so nothing is said then."""
    if not asked.only_duplicates or asked.query or chosen:
        return None
    return Transaction.objects.filter(snapshot_id=snapshot_pk).possible_duplicates().count()


def _beside_each_other(found: TransactionQuerySet) -> TransactionQuerySet:
    """Order rows by the day of the earlier one of each pair, so that both stand together."""
    together = found.annotate(earlier=Coalesce("twin", "id", output_field=BigIntegerField()))
    days = Transaction.objects.filter(pk=OuterRef("earlier")).values("day")[:1]
    return together.annotate(pair_day=Subquery(days)).order_by("-pair_day", "earlier", "id")


def _shown(
    row: Transaction, account: Account, counterparts: tuple[twins.ShownTwin, ...], asked: _Asked
) -> ShownTransaction:
    locale = asked.locale
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
        account_name=account_title(account),
        bank=account.bank,
        twins=counterparts,
        is_counted=row.twin is None or not asked.hides_duplicates,
    )


def _choices(accounts: Iterable[Account], chosen: Account | None) -> tuple[AccountChoice, ...]:
    return tuple(
        AccountChoice(account.position, account.bank, choice_title(account), account is chosen) for account in accounts
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
