"""Counting what the summary shows while the merged aggregate goes by, without keeping its rows.

Rules: nothing is summed across currencies; an account whose currency the bank left out is in no total; an account
without a balance adds none. A row belongs to the month of its booking date, or of its transaction date where it has no
booking date. ``in`` is the sum of the positive amounts, ``out`` the sum of the negative ones as a positive number
("money that went out"). A row with two labels counts under both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from onboarding.counting.merging import AccountComplete, AccountFound, Booked, MergedRecord
from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.records import AccountKind, Transaction
from onboarding.money import InexactAmount, to_cents, within_range

LONGEST_LABEL = 200
"""Letters of a label that tell it from others, the width of its column."""


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """One account; the text of what the bank left out is empty, the amount ``None``.

    ``origins`` are the vendor's words for where each listing of it came from.
    """

    position: int
    kind: AccountKind
    bank: str
    name: str
    iban: str
    currency: str
    balance_cents: int | None
    transaction_count: int
    first_booked_on: date | None
    last_booked_on: date | None
    partial: bool
    times_seen: int
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """All accounts of one currency; ``balance_cents`` is ``None`` when no bank said a balance of any of them."""

    currency: str
    balance_cents: int | None
    in_cents: int
    out_cents: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One month (``2026-11``) in one currency."""

    month: str
    currency: str
    in_cents: int
    out_cents: int


@dataclass(frozen=True, slots=True)
class LabelFigures:
    label: str
    currency: str
    in_cents: int
    out_cents: int
    transaction_count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything counted, in the order it is shown."""

    totals: tuple[CurrencyFigures, ...]
    accounts: tuple[AccountFigures, ...]
    months: tuple[MonthFigures, ...]
    labels: tuple[LabelFigures, ...]


@dataclass(slots=True)
class _Flow:
    incoming: int = 0
    outgoing: int = 0
    count: int = 0

    def add(self, cents: int) -> None:
        self.count += 1
        if cents > 0:
            self.incoming += cents
        else:
            self.outgoing -= cents

    def join(self, other: "_Flow") -> None:
        self.count += other.count
        self.incoming += other.incoming
        self.outgoing += other.outgoing


@dataclass(slots=True)
class _Tally:
    """One account so far. Kept apart from the others because its currency may stand behind its rows."""

    flow: _Flow = field(default_factory=_Flow)
    first: date | None = None
    last: date | None = None
    months: dict[str, _Flow] = field(default_factory=dict)
    labels: dict[str, _Flow] = field(default_factory=dict)

    def book(self, row: Transaction, cents: int) -> None:
        self.flow.add(cents)
        booked = row.booked_on
        if booked is not None:
            self.first = booked if self.first is None or booked < self.first else self.first
            self.last = booked if self.last is None or booked > self.last else self.last
        self.months.setdefault(str(day_of(row))[:7], _Flow()).add(cents)
        for label in {label[:LONGEST_LABEL] for label in row.labels}:
            self.labels.setdefault(label, _Flow()).add(cents)


def day_of(row: Transaction) -> date:
    """Return the day a row is shown and counted under.

    Raises ``AggregateRefused`` for a row without any date; the parser lets none through.
    """
    day = row.booked_on or row.transaction_on
    if day is None:
        raise AggregateRefused("a transaction without a date", where="moneyTransaction")
    return day


class FigureCounter:
    """Count merged records as they come, then say the figures."""

    def __init__(self) -> None:
        self._tallies: dict[int, _Tally] = {}
        self._complete: list[AccountComplete] = []

    def book(self, position: int, row: Transaction, cents: int) -> None:
        """Count one row of ``cents``, already read from its amount."""
        self._tallies[position].book(row, cents)

    def count(self, record: MergedRecord) -> None:
        """Count any record of the merged stream; those that are no figures change nothing."""
        if isinstance(record, Booked):
            self.book(record.position, record.transaction, to_cents(record.transaction.amount))
        elif isinstance(record, AccountFound):
            self._tallies[record.position] = _Tally()
        elif isinstance(record, AccountComplete):
            self._complete.append(record)

    def figures(self) -> Figures:
        """Sum up after the last record.

        Raises ``AggregateRefused`` when a sum is beyond what the ledger holds.
        """
        try:
            return Figures(
                self._totals(),
                tuple(self._account(one) for one in self._complete),
                tuple(
                    MonthFigures(month, currency, within_range(flow.incoming), within_range(flow.outgoing))
                    for (month, currency), flow in sorted(self._by_currency(lambda tally: tally.months).items())
                ),
                tuple(
                    LabelFigures(label, currency, within_range(flow.incoming), within_range(flow.outgoing), flow.count)
                    for (label, currency), flow in sorted(self._by_currency(lambda tally: tally.labels).items())
                ),
            )
        except InexactAmount as error:
            raise AggregateRefused("the amounts add up to more than can be stored", where="reply") from error

    def _account(self, complete: AccountComplete) -> AccountFigures:
        account, tally = complete.account, self._tallies[complete.position]
        return AccountFigures(
            position=complete.position,
            kind=account.kind,
            bank=complete.bank.name or "",
            name=account.name or "",
            iban=account.iban or "",
            currency=account.currency or "",
            balance_cents=cents_or_none(account.balance),
            transaction_count=tally.flow.count,
            first_booked_on=tally.first,
            last_booked_on=tally.last,
            partial=account.partial,
            times_seen=complete.times_seen,
            origins=tuple(listing.bank.origin or "" for listing in complete.listings),
        )

    def _totals(self) -> tuple[CurrencyFigures, ...]:
        flows: dict[str, _Flow] = {}
        balances: dict[str, int] = {}
        for complete in self._complete:
            currency = complete.account.currency
            if currency is None:
                continue
            flows.setdefault(currency, _Flow()).join(self._tallies[complete.position].flow)
            balance = cents_or_none(complete.account.balance)
            if balance is not None:
                balances[currency] = within_range(balances.get(currency, 0) + balance)
        return tuple(
            CurrencyFigures(currency, balances.get(currency), within_range(flow.incoming), within_range(flow.outgoing))
            for currency, flow in sorted(flows.items())
        )

    def _by_currency(self, named: Callable[[_Tally], dict[str, _Flow]]) -> dict[tuple[str, str], _Flow]:
        joined: dict[tuple[str, str], _Flow] = {}
        for complete in self._complete:
            currency = complete.account.currency
            if currency is not None:
                for name, flow in named(self._tallies[complete.position]).items():
                    joined.setdefault((name, currency), _Flow()).join(flow)
        return joined


def cents_or_none(amount: Decimal | None) -> int | None:
    """Turn an amount that may be missing into cents; what is missing stays missing."""
    return None if amount is None else to_cents(amount)


def figures_of(records: Iterable[MergedRecord]) -> Figures:
    """Count a whole merged stream."""
    counter = FigureCounter()
    for record in records:
        counter.count(record)
    return counter.figures()
