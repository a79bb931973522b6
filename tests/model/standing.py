"""What must always hold, looked at after every step: the rows against each other and against the vendor's truth."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from onboarding.models import (
    Account,
    Aggregation,
    AggregationState,
    CurrencyTotal,
    Erasure,
    ErasureState,
    MonthTotal,
    Onboarding,
    Source,
    SourceKind,
    SourceState,
    Transaction,
)
from onboarding.models.sources import ENDED_BADLY, OPEN_STATES

from . import wire
from .vendor import VendorModel

NEXT = {
    SourceState.SIGNING_IN: {SourceState.QUEUED, *ENDED_BADLY},
    SourceState.QUEUED: {SourceState.IMPORTING, SourceState.IMPORTED, *ENDED_BADLY},
    SourceState.IMPORTING: {SourceState.QUEUED, SourceState.IMPORTED, *ENDED_BADLY},
}
"""The states that one step may lead to; several steps may lie between two looks, so the line may be passed."""
PASSED = {SourceState.SIGNING_IN: {SourceState.IMPORTING, SourceState.IMPORTED}}


class Standing:
    """The checks, with what they remember from one look to the next."""

    def __init__(self, vendor: VendorModel, *, limit: int) -> None:
        self._vendor = vendor
        self._limit = limit
        self._states: dict[UUID, SourceState] = {}
        self._verified: set[int] = set()

    def check(self) -> None:
        """Raise ``AssertionError`` naming every rule that does not hold."""
        sources = list(Source.objects.with_details())
        broken = [
            *self._vendor.violations,
            *self._starts(),
            *self._slots(sources),
            *(wrong for source in sources for wrong in self._source(source)),
            *self._moves(sources),
            *self._snapshots(),
            *self._summaries(),
            *self._erasures(),
        ]
        assert not broken, broken

    def forget(self) -> None:
        """Look at summaries again that were found right before."""
        self._verified.clear()

    def _starts(self) -> Iterator[str]:
        if any(len(session.commands) > 1 for session in self._vendor.sessions.values()):
            yield "a session's import started twice"
        if any(times > 1 for times in self._vendor.upload_bodies.values()):
            yield "the same content was taken twice"
        if len(self._vendor.in_flight()) > self._limit:
            yield "more commands are in flight than the limit"

    def _slots(self, sources: list[Source]) -> Iterator[str]:
        taken = [source.slot for source in sources if source.slot is not None]
        if len(set(taken)) != len(taken) or any(not 1 <= slot <= self._limit for slot in taken):
            yield f"slots {taken} are not numbers from 1 to {self._limit}, each once"
        if any((source.state == SourceState.IMPORTING) != (source.slot is not None) for source in sources):
            yield "a slot without an import, or an import without a slot"

    def _source(self, source: Source) -> Iterator[str]:
        is_open = source.state in OPEN_STATES
        if is_open and source.due_at is None:
            yield f"{source} in {source.state} waits for nothing"
        if not is_open and (source.due_at is not None or source.claim):
            yield f"{source} ended and something is due"
        if (source.state in ENDED_BADLY) != bool(source.failure):
            yield f"{source} in {source.state} with failure {source.failure!r}"
        if source.removed_at and is_open:
            yield f"{source} was removed and goes on"
        yield from self._secrets(source, is_open=is_open)

    def _secrets(self, source: Source, *, is_open: bool) -> Iterator[str]:
        if source.kind != SourceKind.BANK:
            if not is_open and (source.file.stored_as or source.file.payload or source.file.password):
                yield f"{source} ended and its file is kept"
            return
        bank = source.bank
        if not is_open and (bank.session_id or bank.signature or bank.link or bank.return_code):
            yield f"{source} ended and keeps secrets"
        if bank.command_id and (bank.signature or bank.session_id):
            yield f"{source} was started and keeps its session"

    def _moves(self, sources: list[Source]) -> Iterator[str]:
        for source in sources:
            now = SourceState(source.state)
            before = self._states.get(source.uuid, now)
            if before != now and now not in NEXT.get(before, set()) | PASSED.get(before, set()):
                yield f"{source} went from {before} to {now}"
            self._states[source.uuid] = now

    def _snapshots(self) -> Iterator[str]:
        for onboarding in Onboarding.objects.exclude(snapshot=None).select_related("snapshot"):
            shown = onboarding.snapshot
            if shown is None or shown.pk in self._verified:
                continue
            rows = rows_of(shown.pk)
            answers = [
                served
                for served in self._vendor.served
                if served.owner == onboarding.owner_external_id and served.at <= (shown.generated_at or served.at)
            ]
            if not any(not one.is_foreign and wire.expected(one.held) == rows for one in answers):
                yield f"what is shown of {onboarding} is no answer of the vendor's: {rows}"
            if shown.transaction_count != sum(map(Counter.total, rows.values())):
                yield f"the number of rows shown of {onboarding} is not right"
            yield from _sums(shown.pk, rows)
            self._verified.add(shown.pk)

    def _summaries(self) -> Iterator[str]:
        for aggregation in Aggregation.objects.select_related("onboarding"):
            is_open = aggregation.state == AggregationState.FETCHING
            if is_open != (aggregation.due_at is not None):
                yield f"{aggregation} and what is due of it do not agree"

    def _erasures(self) -> Iterator[str]:
        erased = Onboarding.objects.exclude(erased_at=None).select_related("erasure")
        for onboarding in erased:
            if onboarding.snapshot_id or onboarding.aggregation_id or onboarding.return_url:
                yield f"something is shown of {onboarding}, which was erased"
            if onboarding.erasure.state == ErasureState.ASKED and onboarding.erasure.due_at is None:
                yield f"the erasure of {onboarding} waits for nothing"
            if onboarding.erasure.state == ErasureState.PROVED:
                yield from self._proved(onboarding)

    def _proved(self, onboarding: Onboarding) -> Iterator[str]:
        owner = onboarding.owner_external_id
        if self._vendor.held(owner):
            yield f"the vendor holds data of {onboarding}, whose erasure was proved"
        if any(one.delivery for one in self._vendor.in_flight(owner)):
            yield f"an import brings data of {onboarding}, whose erasure was proved"
        if onboarding.sources.exists() or onboarding.snapshots.exists():
            yield f"rows are left of {onboarding}, whose erasure was proved"


def rows_of(snapshot_pk: int) -> dict[str, wire.Rows]:
    """Read what a snapshot says: the rows of each account by its number."""
    numbers = list(Account.objects.filter(snapshot_id=snapshot_pk).values_list("iban", flat=True))
    found: dict[str, wire.Rows] = {number: Counter() for number in numbers}
    if len(found) != len(numbers):
        return {}
    rows = Transaction.objects.filter(snapshot_id=snapshot_pk)
    for number, on, cents, title in rows.values_list("account__iban", "booked_on", "amount_cents", "title"):
        found[number][(on.isoformat(), cents, title)] += 1
    return found


def _sums(snapshot_pk: int, rows: dict[str, wire.Rows]) -> Iterator[str]:
    amounts = [cents for account in rows.values() for _, cents, _ in account.elements()]
    right = (sum(one for one in amounts if one > 0), -sum(one for one in amounts if one < 0))
    for model in (CurrencyTotal, MonthTotal):
        sums = model._default_manager.filter(snapshot_id=snapshot_pk).values_list("in_cents", "out_cents")
        if (sum(one for one, _ in sums), sum(one for _, one in sums)) != right:
            yield f"the sums of {model.__name__} are not right"


def open_work() -> list[Source | Aggregation | Erasure]:
    """Return whatever has not ended yet."""
    return [
        *Source.objects.open(),
        *Aggregation.objects.filter(state=AggregationState.FETCHING),
        *Erasure.objects.filter(state=ErasureState.ASKED),
    ]
