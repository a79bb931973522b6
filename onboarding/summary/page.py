"""Everything that the summary page shows apart from the transactions, in a number of queries that never grows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.counting.figures import CurrencyFigures, LabelFigures, MonthFigures
from onboarding.failures import Words
from onboarding.file_words import words_of
from onboarding.kontomatik.origins import Origin, origin_of
from onboarding.models import (
    Account,
    AccountListing,
    Onboarding,
    Person,
    Snapshot,
    Source,
    SourceKind,
    SourceState,
)

from . import origins
from .charts import Chart, MonthFlow, month_chart
from .counted import Counted, counted
from .shown import consistently
from .words import Money, account_title, grouped, money, money_or_none


@dataclass(frozen=True, slots=True)
class ShownTotal:
    """One currency; ``without_balance`` of its ``accounts`` have no balance and are not in ``balance``."""

    currency: str
    balance: Money | None
    incoming: Money
    outgoing: Money
    accounts: int
    without_balance: int


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """One account, card or deposit. ``position`` names it in the transactions' filter."""

    position: int
    kind: str
    kind_name: str
    name: str
    iban: str
    last_digits: str
    currency: str
    balance: Money | None
    available: Money | None
    credit_limit: Money | None
    due_on: date | None
    active_since: date | None
    transaction_count: int
    first_booked_on: date | None
    last_booked_on: date | None
    partial: bool
    times_seen: int
    sign_ins: int
    came_from: tuple[origins.ShownOrigin, ...]

    @property
    def came_again(self) -> bool:
        """Whether several sign-ins brought it; it is counted once."""
        return self.sign_ins > 1

    @property
    def is_mixed(self) -> bool:
        """Whether it came several times, and not by sign-ins alone."""
        return self.times_seen > 1 and self.sign_ins < self.times_seen


@dataclass(frozen=True, slots=True)
class ShownBank:
    name: str | Promise
    accounts: tuple[ShownAccount, ...]


@dataclass(frozen=True, slots=True)
class ShownPerson:
    name: str
    role: str | Promise
    bank: str


@dataclass(frozen=True, slots=True)
class ShownMonth:
    month: date
    incoming: Money
    outgoing: Money


@dataclass(frozen=True, slots=True)
class ShownMonths:
    """The months of one currency, newest first, and their chart; ``largest`` is what the tallest bar stands for."""

    currency: str
    rows: tuple[ShownMonth, ...]
    chart: Chart
    largest: Money


@dataclass(frozen=True, slots=True)
class ShownLabel:
    label: str
    incoming: Money
    outgoing: Money
    transaction_count: int


@dataclass(frozen=True, slots=True)
class ShownLabels:
    """The labels of one currency, those that move most money first."""

    currency: str
    rows: tuple[ShownLabel, ...]


@dataclass(frozen=True, slots=True)
class ShownSource:
    """One entry of the list of sources, with what became of it. ``kind_name`` says what it is, unless a bank."""

    bank: str | Promise
    kind_name: str
    state: str
    state_name: str
    failure: Words | None
    is_in_summary: bool
    repeats_earlier: bool

    @property
    def is_left_out(self) -> bool:
        """Whether it was imported, but too late for this summary or without showing up in it."""
        return self.state == SourceState.IMPORTED and not self.is_in_summary


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """The summary as one page. ``without_currency`` accounts are in no total, since nobody knows their currency.

    ``duplicates`` payments may be counted twice; all figures are without them where ``hides_duplicates``.
    """

    generated_at: datetime
    transaction_count: int
    totals: tuple[ShownTotal, ...]
    banks: tuple[ShownBank, ...]
    without_currency: int
    people: tuple[ShownPerson, ...]
    months: tuple[ShownMonths, ...]
    labels: tuple[ShownLabels, ...]
    sources: tuple[ShownSource, ...]
    duplicates: int
    hides_duplicates: bool

    @property
    def is_empty(self) -> bool:
        return not self.banks


BANK_NOT_NAMED = _("Bank not named")
OWN_FILE = _("Your own file")
UNNAMED_SOURCE: dict[SourceKind, Promise] = {
    SourceKind.BANK: BANK_NOT_NAMED,
    SourceKind.STATEMENT: _("PDF statement"),
    SourceKind.UPLOAD: OWN_FILE,
}
ROLES: dict[str, str | Promise] = {
    "OWNER": _("owner"),
    "CO_OWNER": _("co-owner"),
    "CO-OWNER": _("co-owner"),
    "COMPANY": _("company"),
}


def build(onboarding: Onboarding, *, locale: str) -> SummaryPage | None:
    """Build the page of the summary that is shown, or None when there is none. ``locale`` is a language code."""
    return consistently(onboarding.pk, lambda snapshot_pk: _of_snapshot(onboarding, snapshot_pk, locale))


def _of_snapshot(onboarding: Onboarding, snapshot_pk: int, locale: str) -> SummaryPage | None:
    snapshot = Snapshot.objects.filter(pk=snapshot_pk).first()
    if snapshot is None:
        return None
    shown = counted(snapshot_pk, hides_duplicates=onboarding.hides_duplicates)
    accounts = shown.accounts
    return SummaryPage(
        generated_at=snapshot.generated_at or snapshot.created_at,
        transaction_count=snapshot.transaction_count,
        totals=_totals(shown.totals, accounts, locale),
        banks=_banks(shown, locale),
        without_currency=sum(not account.currency for account in accounts),
        people=tuple(
            ShownPerson(person.name, ROLES.get(person.kind, ""), person.bank)
            for person in Person.objects.filter(snapshot_id=snapshot_pk).order_by("pk")
        ),
        months=_months(shown.months, locale),
        labels=_labels(shown.labels, locale),
        sources=tuple(_source(source, snapshot_pk) for source in onboarding.sources.listed().with_details()),
        duplicates=shown.duplicates,
        hides_duplicates=shown.hidden,
    )


def _totals(rows: Iterable[CurrencyFigures], accounts: Sequence[Account], locale: str) -> tuple[ShownTotal, ...]:
    of_currency = Counter(account.currency for account in accounts)
    without = Counter(account.currency for account in accounts if account.balance_cents is None)
    return tuple(
        ShownTotal(
            currency=row.currency,
            balance=money_or_none(row.balance_cents, row.currency, locale),
            incoming=money(row.in_cents, row.currency, locale),
            outgoing=money(row.out_cents, row.currency, locale),
            accounts=of_currency[row.currency],
            without_balance=without[row.currency],
        )
        for row in rows
    )


def _banks(shown: Counted, locale: str) -> tuple[ShownBank, ...]:
    by_bank: dict[str | Promise, list[ShownAccount]] = defaultdict(list)
    for account in shown.accounts:
        name = account.bank or _unnamed(account.origin)
        by_bank[name].append(_account(account, shown.listings.get(account.pk, ()), locale))
    return tuple(ShownBank(name, tuple(listed)) for name, listed in by_bank.items())


def _unnamed(origin: str) -> Promise:
    return OWN_FILE if origin_of(origin) is Origin.UPLOAD else BANK_NOT_NAMED


def _account(account: Account, listings: Sequence[AccountListing], locale: str) -> ShownAccount:
    currency = account.currency
    return ShownAccount(
        position=account.position,
        kind=account.kind,
        kind_name=account.get_kind_display(),
        name=account_title(account),
        iban=grouped(account.iban),
        last_digits=account.last_digits,
        currency=currency,
        balance=money_or_none(account.balance_cents, currency, locale),
        available=money_or_none(account.funds_available_cents, currency, locale),
        credit_limit=money_or_none(account.credit_limit_cents, currency, locale),
        due_on=account.due_on,
        active_since=account.active_since,
        transaction_count=account.transaction_count,
        first_booked_on=account.first_booked_on,
        last_booked_on=account.last_booked_on,
        partial=account.partial,
        times_seen=len(listings),
        sign_ins=sum(origin_of(listing.origin) is Origin.BANK for listing in listings),
        came_from=origins.shown(listings),
    )


def _months(rows: Iterable[MonthFigures], locale: str) -> tuple[ShownMonths, ...]:
    shown = []
    for currency, months in groupby(sorted(rows, key=lambda row: (row.currency, row.month)), lambda row: row.currency):
        flows = [MonthFlow(date.fromisoformat(f"{row.month}-01"), row.in_cents, row.out_cents) for row in months]
        chart = month_chart(flows)
        listed = tuple(
            ShownMonth(flow.month, money(flow.in_cents, currency, locale), money(flow.out_cents, currency, locale))
            for flow in reversed(flows)
        )
        shown.append(ShownMonths(currency, listed, chart, money(chart.largest_cents, currency, locale)))
    return tuple(shown)


def _labels(rows: Iterable[LabelFigures], locale: str) -> tuple[ShownLabels, ...]:
    shown = []
    ordered = sorted(rows, key=lambda row: (row.currency, -(row.in_cents + row.out_cents), row.label))
    for currency, labels in groupby(ordered, lambda row: row.currency):
        listed = tuple(
            ShownLabel(
                row.label,
                money(row.in_cents, currency, locale),
                money(row.out_cents, currency, locale),
                row.transaction_count,
            )
            for row in labels
        )
        shown.append(ShownLabels(currency, listed))
    return tuple(shown)


def _source(source: Source, snapshot_pk: int) -> ShownSource:
    return ShownSource(
        bank=source.display_name or UNNAMED_SOURCE[SourceKind(source.kind)],
        kind_name="" if source.kind == SourceKind.BANK else source.get_kind_display(),
        state=source.state,
        state_name=source.get_state_display(),
        failure=words_of(source),
        is_in_summary=source.in_snapshot_id == snapshot_pk,
        repeats_earlier=source.repeats_earlier,
    )
