"""The figures as they are shown: as counted, or without what may have come twice if the person wants it so.

Possible duplicates are left out of money in and out, of months, of labels and of how many payments an account has. They
are worked out from the rows themselves (a partial index holds them alone); balances are what the banks say and stay.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet, Sum

from onboarding.counting.figures import LONGEST_LABEL, CurrencyFigures, LabelFigures, MonthFigures
from onboarding.models import Account, AccountListing, CurrencyTotal, LabelTotal, MonthTotal, Transaction


@dataclass(frozen=True, slots=True)
class Counted:
    """What is shown of one snapshot. ``duplicates`` rows may be counted twice, unless they are ``hidden``.

    An account's ``transaction_count`` is without those that are hidden. ``listings`` are by the account's number.
    """

    totals: tuple[CurrencyFigures, ...]
    accounts: tuple[Account, ...]
    months: tuple[MonthFigures, ...]
    labels: tuple[LabelFigures, ...]
    listings: dict[int, tuple[AccountListing, ...]]
    duplicates: int
    hidden: bool


@dataclass(slots=True)
class _Flow:
    incoming: int = 0
    outgoing: int = 0
    count: int = 0

    def add(self, incoming: int, outgoing: int, count: int) -> None:
        self.incoming += incoming
        self.outgoing += outgoing
        self.count += count


@dataclass(slots=True)
class _LeftOut:
    """What the possible duplicates of a snapshot add up to."""

    count: int = 0
    by_account: Counter[int] = field(default_factory=Counter)
    by_currency: dict[str, _Flow] = field(default_factory=lambda: defaultdict(_Flow))
    by_month: dict[tuple[str, str], _Flow] = field(default_factory=lambda: defaultdict(_Flow))
    by_label: dict[tuple[str, str], _Flow] = field(default_factory=lambda: defaultdict(_Flow))


def counted(snapshot_pk: int, *, hides_duplicates: bool) -> Counted:
    """Read the figures of a snapshot, in a number of queries that never grows."""
    accounts = tuple(Account.objects.filter(snapshot_id=snapshot_pk))
    listings: dict[int, list[AccountListing]] = defaultdict(list)
    for listing in AccountListing.objects.filter(snapshot_id=snapshot_pk):
        listings[listing.account_id].append(listing)
    left_out = _left_out(snapshot_pk, accounts) if hides_duplicates else _LeftOut()
    for account in accounts:
        account.transaction_count -= left_out.by_account[account.pk]
    return Counted(
        totals=tuple(_totals(CurrencyTotal.objects.filter(snapshot_id=snapshot_pk), left_out)),
        accounts=accounts,
        months=tuple(_months(MonthTotal.objects.filter(snapshot_id=snapshot_pk), left_out)),
        labels=tuple(_labels(LabelTotal.objects.filter(snapshot_id=snapshot_pk), left_out)),
        listings={pk: tuple(ordered) for pk, ordered in listings.items()},
        duplicates=left_out.count if hides_duplicates else _twins(snapshot_pk).count(),
        hidden=hides_duplicates,
    )


def _twins(snapshot_pk: int) -> QuerySet[Transaction]:
    return Transaction.objects.filter(snapshot_id=snapshot_pk).possible_duplicates()


def _left_out(snapshot_pk: int, accounts: Sequence[Account]) -> _LeftOut:
    """Add up the possible duplicates. Days and labels are folded here: a database has its own ideas of both."""
    currencies = {account.pk: account.currency for account in accounts}
    found = (
        _twins(snapshot_pk)
        .values_list("account_id", "day", "labels")
        .annotate(
            incoming=Sum("amount_cents", filter=Q(amount_cents__gt=0), default=0),
            outgoing=Sum("amount_cents", filter=Q(amount_cents__lt=0), default=0),
            count=Count("pk"),
        )
        .order_by()
    )
    left_out = _LeftOut()
    for account_pk, day, labels, incoming, outgoing, count in found.iterator():
        left_out.count += count
        left_out.by_account[account_pk] += count
        if currency := currencies[account_pk]:
            flow = int(incoming), -int(outgoing), count
            left_out.by_currency[currency].add(*flow)
            left_out.by_month[day.isoformat()[:7], currency].add(*flow)
            for label in {label[:LONGEST_LABEL] for label in labels.split("\n") if label}:
                left_out.by_label[label, currency].add(*flow)
    return left_out


def _totals(rows: Iterable[CurrencyTotal], left_out: _LeftOut) -> Iterable[CurrencyFigures]:
    for row in rows:
        flow = left_out.by_currency[row.currency]
        yield CurrencyFigures(
            row.currency, row.balance_cents, row.in_cents - flow.incoming, row.out_cents - flow.outgoing
        )


def _months(rows: Iterable[MonthTotal], left_out: _LeftOut) -> Iterable[MonthFigures]:
    """Leave out a month of which nothing is left."""
    for row in rows:
        flow = left_out.by_month[row.month, row.currency]
        incoming, outgoing = row.in_cents - flow.incoming, row.out_cents - flow.outgoing
        if not flow.count or incoming or outgoing:
            yield MonthFigures(row.month, row.currency, incoming, outgoing)


def _labels(rows: Iterable[LabelTotal], left_out: _LeftOut) -> Iterable[LabelFigures]:
    """Leave out a label of which nothing is left."""
    for row in rows:
        flow = left_out.by_label[row.label, row.currency]
        count = row.transaction_count - flow.count
        if count:
            yield LabelFigures(
                row.label, row.currency, row.in_cents - flow.incoming, row.out_cents - flow.outgoing, count
            )
