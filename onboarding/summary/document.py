"""``summary.json``: a stable document for hosts. Keys are added to it, never renamed or taken away.

Amounts are decimal texts with two decimals, dates ``YYYY-MM-DD``, instants UTC; what is not known is ``null``.
``in`` is the money that came in, ``out`` the money that went out, both without a sign. Nothing is summed across
currencies: an account whose currency the bank did not say is in ``accounts`` alone. A total's ``balance`` sums the
balances that the banks said and is ``null`` when they said none.

``possibleDuplicates`` counts the rows that may be a payment which another source brought too. They are counted like all
others until the person hides them (``hidden``); then they are in no ``in`` and ``out`` and no count, balances stay.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

from django.db.models import Q
from django.utils import timezone

from onboarding.models import Onboarding, Snapshot, SourceState
from onboarding.money import amount_text

from . import origins
from .counted import counted
from .shown import consistently


class Flow(Protocol):
    """Money in and out in one currency, as counted or as stored."""

    @property
    def currency(self) -> str: ...
    @property
    def in_cents(self) -> int: ...
    @property
    def out_cents(self) -> int: ...


class Total(Flow, Protocol):
    @property
    def balance_cents(self) -> int | None: ...


class Month(Flow, Protocol):
    @property
    def month(self) -> str: ...


class Label(Flow, Protocol):
    @property
    def label(self) -> str: ...
    @property
    def transaction_count(self) -> int: ...


class Listed(Protocol):
    """An account, as counted or as stored."""

    @property
    def position(self) -> int: ...
    @property
    def bank(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def iban(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def balance_cents(self) -> int | None: ...
    @property
    def transaction_count(self) -> int: ...
    @property
    def first_booked_on(self) -> date | None: ...
    @property
    def last_booked_on(self) -> date | None: ...
    @property
    def partial(self) -> bool: ...


class Duplicates(NamedTuple):
    """How many rows may be counted twice, and whether the figures are without them."""

    rows: int
    hidden: bool


class SourceEntry(NamedTuple):
    """One entry of ``sources``; an empty text is not known, or none."""

    kind: str
    state: str
    bank: str
    failure: str


def document(
    *,
    owner_external_id: str | None,
    generated_at: datetime,
    sources: Iterable[SourceEntry],
    totals: Iterable[Total],
    accounts: Iterable[Listed],
    months: Iterable[Month],
    labels: Iterable[Label],
    duplicates: Duplicates,
    came_from: Mapping[int, Iterable[str]],
) -> dict[str, Any]:
    """Build the document from figures in the order in which they are to stand.

    ``came_from`` has the vendor's word for the origin of each listing by the account's position.
    """
    return {
        "ownerExternalId": owner_external_id,
        "generatedAt": generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sources": [
            {"kind": one.kind, "state": one.state, "bank": one.bank or None, "failure": one.failure or None}
            for one in sources
        ],
        "totals": [{"currency": one.currency, "balance": _amount(one.balance_cents), **_flow(one)} for one in totals],
        "accounts": [_account(one, came_from[one.position]) for one in accounts],
        "months": [{"month": one.month, "currency": one.currency, **_flow(one)} for one in months],
        "labels": [
            {"label": one.label, "currency": one.currency, **_flow(one), "count": one.transaction_count}
            for one in labels
        ],
        "possibleDuplicates": {"count": duplicates.rows, "hidden": duplicates.hidden},
    }


def build(onboarding: Onboarding) -> dict[str, Any] | None:
    """Build the document of the summary that is shown, or None when there is none."""
    return consistently(onboarding.pk, lambda snapshot_pk: _of_snapshot(onboarding, snapshot_pk))


def source_entries(onboarding: Onboarding, *, snapshot_pk: int, made: datetime) -> list[SourceEntry]:
    """List the sources that this snapshot speaks of, oldest first.

    Not those added after it was made, nor those imported without being in it: the document would claim accounts that
    it does not hold.
    """
    known = onboarding.sources.listed().filter(created_at__lte=made)
    listed = known.filter(~Q(state=SourceState.IMPORTED) | Q(in_snapshot=snapshot_pk)).with_details()
    return [
        SourceEntry(
            kind=source.kind,
            state=source.state,
            bank=source.bank_name,
            failure=source.failure,
        )
        for source in listed
    ]


def _of_snapshot(onboarding: Onboarding, snapshot_pk: int) -> dict[str, Any]:
    snapshot = Snapshot.objects.filter(pk=snapshot_pk).first()
    made = (snapshot.generated_at or snapshot.created_at) if snapshot else timezone.now()
    shown = counted(snapshot_pk, hides_duplicates=onboarding.hides_duplicates)
    return document(
        owner_external_id=onboarding.owner_external_id,
        generated_at=made,
        sources=source_entries(onboarding, snapshot_pk=snapshot_pk, made=made),
        totals=shown.totals,
        accounts=shown.accounts,
        months=shown.months,
        labels=shown.labels,
        duplicates=Duplicates(shown.duplicates, shown.hidden),
        came_from={
            account.position: [listing.origin for listing in shown.listings.get(account.pk, ())]
            for account in shown.accounts
        },
    )


def _account(one: Listed, came_from: Iterable[str]) -> dict[str, Any]:
    return {
        "bank": one.bank or None,
        "name": one.name or None,
        "iban": one.iban or None,
        "currency": one.currency or None,
        "balance": _amount(one.balance_cents),
        "transactionCount": one.transaction_count,
        "firstBookedOn": _day(one.first_booked_on),
        "lastBookedOn": _day(one.last_booked_on),
        "partial": one.partial,
        "origins": list(origins.words(came_from)),
    }


def _flow(one: Flow) -> dict[str, str]:
    return {"in": amount_text(one.in_cents), "out": amount_text(one.out_cents)}


def _amount(cents: int | None) -> str | None:
    return None if cents is None else amount_text(cents)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
