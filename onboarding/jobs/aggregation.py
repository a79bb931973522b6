"""The summary's making: fetch the aggregate, store it as a snapshot, show it by one flip."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from onboarding import clock, journal, ledger
from onboarding.kontomatik import errors
from onboarding.kontomatik.records import AggregateRecord, Owner
from onboarding.models import (
    Actor,
    Aggregation,
    AggregationState,
    EventName,
    Failure,
    Onboarding,
    Snapshot,
    Source,
    SourceKind,
)
from onboarding.models.work import CLAIM_LEASE, WorkQuerySet

from . import moves, recognition, vendor, verdicts

log = logging.getLogger(__name__)

PATIENCE_WITH_MISSING_BANKS = timedelta(seconds=60)
"""How long a bank that was imported may be missing from the aggregate before the summary is shown without it."""
LOOK_AGAIN = timedelta(seconds=4)


class OwnerMismatch(Exception):
    """Say that the aggregate holds data of another owner than the one asked for."""


@dataclass(frozen=True, slots=True)
class HeldAggregation:
    """An aggregation whose claim this worker holds."""

    aggregation: Aggregation
    token: str
    now: datetime

    def row(self) -> "WorkQuerySet[Any]":
        return Aggregation.objects.held(self.aggregation.pk, self.token).filter(state=AggregationState.FETCHING)


def next_due() -> list[int]:
    """Return the aggregation that has waited longest, or nothing."""
    return Aggregation.objects.next_due(clock.now())


def advance(pk: int) -> None:
    """Make the summary of one aggregation that is due; run twice, it changes nothing more."""
    now = clock.now()
    token = Aggregation.objects.claim(pk, now=now)
    if token is None:
        return
    aggregation = Aggregation.objects.select_related("onboarding").filter(pk=pk).first()
    if aggregation is None:
        return
    held = HeldAggregation(aggregation, token, now)
    try:
        with moves.back_when_the_database_fails(held.row()):
            _step(held)
    except moves.ClaimLost:
        log.info("aggregation %s went to another worker or was erased", pk)


def _step(held: HeldAggregation) -> None:
    aggregation = held.aggregation
    if moves.lost_too_often(aggregation):
        _fail(held, Failure.SERVICE_FAULT, code="WorkerLost")
        return
    drop = partial(ledger.discard, renew=moves.renewal(held.row()))
    for leftover in aggregation.snapshots.values_list("pk", flat=True):
        drop(leftover)
    _make(held, drop)


def _make(held: HeldAggregation, drop: Callable[[int], None]) -> None:
    """Store the aggregate and show it, or ``drop`` what was stored and say what became of it."""
    aggregation = held.aggregation
    snapshot = _new_snapshot(held)
    # Listed before the aggregate is asked for: what is imported while it is read may be in it, or half of it, or not.
    imported = list(Source.objects.filter(onboarding_id=aggregation.onboarding_id).imported().with_details())
    try:
        missing = _store(held, snapshot, imported)
    except errors.NoSuchOwner as error:
        missing = [source.pk for source in imported if source.account_count]
        if missing and not _may_still_come(aggregation):
            drop(snapshot.pk)
            _fail(held, Failure.NO_DATA, code=error.code)
            return
        snapshot.generated_at = clock.now()
    except OwnerMismatch:
        drop(snapshot.pk)
        _fail(held, Failure.OWNER_MISMATCH)
        return
    except errors.AggregateRefused as error:
        drop(snapshot.pk)
        _refused(held, error)
        return
    except errors.KontomatikError as error:
        drop(snapshot.pk)
        _unanswered(held, error)
        return
    except IntegrityError as error:
        # The person's rows were erased while we were writing.
        raise moves.ClaimLost from error
    except moves.ClaimLost:
        ledger.discard(snapshot.pk)
        raise
    if missing and _may_still_come(aggregation):
        drop(snapshot.pk)
        _put_back(held, after=LOOK_AGAIN)
        return
    _show(held, snapshot, taken=[source.pk for source in imported if source.pk not in missing], missing=missing)


def _may_still_come(aggregation: Aggregation) -> bool:
    return clock.now() < aggregation.created_at + PATIENCE_WITH_MISSING_BANKS


def _new_snapshot(held: HeldAggregation) -> Snapshot:
    with transaction.atomic():
        moves.require(held.row())
        return Snapshot.objects.create(onboarding_id=held.aggregation.onboarding_id, aggregation_id=held.aggregation.pk)


def _store(held: HeldAggregation, snapshot: Snapshot, imported: list[Source]) -> list[int]:
    """Fetch and store; return those of the imported sources whose accounts the aggregate does not hold yet."""
    renew = moves.renewal(held.row())
    owner = held.aggregation.onboarding.owner_external_id
    rows = held.row()

    def renew_in_batch(rows_stored: int) -> None:
        if rows.update(claimed_until=clock.now() + CLAIM_LEASE, rows_stored=rows_stored) != 1:
            raise moves.ClaimLost

    with vendor.client().aggregate(owner_external_id=owner, on_progress=renew) as stream:
        snapshot.generated_at = clock.now()
        stored = ledger.store_aggregate(
            _of_owner(vendor.records(stream), owner), snapshot=snapshot, renew=renew_in_batch
        )
    snapshot.transaction_count = stored.transaction_count
    seen = recognition.fingerprints(stored.accounts)
    targets = {account.target for account in stored.accounts}
    return [source.pk for source in imported if _is_missing(source, seen=seen, targets=targets)]


def _is_missing(source: Source, *, seen: frozenset[str], targets: set[str | None]) -> bool:
    """Tell whether accounts that a source brought are not among those ``seen``, or its bank not among ``targets``."""
    wanted = set(source.imported_accounts.values_list("fingerprint", flat=True))
    if wanted:
        return not wanted <= seen
    # The bank that the person named for a file need not be the one the service finds in it.
    return source.kind == SourceKind.BANK and bool(source.account_count) and source.bank.target not in targets


def _of_owner(records: Iterator[AggregateRecord], owner: str) -> Iterator[AggregateRecord]:
    for record in records:
        if isinstance(record, Owner) and record.external_id not in (None, owner):
            raise OwnerMismatch
        yield record


def _show(held: HeldAggregation, snapshot: Snapshot, *, taken: list[int], missing: list[int]) -> None:
    """Flip to the new snapshot in one transaction, then delete the one shown before.

    ``taken`` and ``missing`` are the sources that the aggregate held, and those it should have held.
    """
    onboarding_id = held.aggregation.onboarding_id
    sources = Source.objects.filter(onboarding_id=onboarding_id)
    with transaction.atomic():
        # Locked first and in this order, as an erasure does: the other way round the two would wait for each other.
        list(sources.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        before = Onboarding.objects.filter(pk=onboarding_id).values_list("snapshot_id", flat=True).first()
        ended = held.row().update(
            **moves.RELEASED, state=AggregationState.READY, due_at=None, give_up_at=None, ended_at=clock.now()
        )
        if ended != 1:
            raise moves.ClaimLost
        snapshot.save(update_fields=["generated_at", "transaction_count"])
        if Onboarding.objects.live().filter(pk=onboarding_id).update(snapshot=snapshot) != 1:
            raise moves.ClaimLost
        sources.filter(pk__in=taken).update(in_snapshot=snapshot)
        sources.exclude(pk__in=missing).filter(missing_from_summary=True).update(missing_from_summary=False)
        sources.filter(pk__in=missing).update(missing_from_summary=True)
        journal.record(EventName.SUMMARY_READY, onboarding_id=onboarding_id, actor=Actor.SYSTEM)
    if before:
        ledger.discard(before)


def _put_back(held: HeldAggregation, *, after: timedelta, attempts: int = 0, unreadable: int = 0) -> None:
    due = clock.now() + after
    if held.aggregation.give_up_at and clock.now() < held.aggregation.give_up_at:
        due = min(due, held.aggregation.give_up_at)
    held.row().update(**moves.RELEASED, due_at=due, attempts=attempts, unreadable_replies=unreadable)


def _unanswered(held: HeldAggregation, error: errors.KontomatikError) -> None:
    aggregation = held.aggregation
    unreadable = isinstance(error, errors.Garbled)
    judged = verdicts.verdict(error, attempts=aggregation.unreadable_replies if unreadable else aggregation.attempts)
    log.warning("aggregation %s: %s", aggregation.pk, error)
    overdue = aggregation.give_up_at is not None and clock.now() >= aggregation.give_up_at
    if judged.again is None or overdue:
        _fail(held, judged.failure, code=error.code)
    else:
        _put_back(
            held,
            after=judged.again,
            attempts=aggregation.attempts + 1,
            unreadable=aggregation.unreadable_replies + int(unreadable),
        )


def _refused(held: HeldAggregation, error: errors.AggregateRefused) -> None:
    """Read it again a few times, then fail naming the element; the snapshot shown before stays."""
    tries = held.aggregation.unreadable_replies + 1
    log.warning("aggregation %s refused: %s", held.aggregation.pk, error)
    if tries < verdicts.POISON_TRIES:
        _put_back(held, after=verdicts.backoff(tries), unreadable=tries)
    else:
        _fail(held, Failure.UNREADABLE_AMOUNTS, code=str(error))


def _fail(held: HeldAggregation, failure: Failure, *, code: str = "") -> None:
    with transaction.atomic():
        ended = held.row().update(
            **moves.RELEASED,
            state=AggregationState.FAILED,
            due_at=None,
            give_up_at=None,
            ended_at=clock.now(),
            failure=failure,
            failure_code=code[:200],
        )
        if ended != 1:
            raise moves.ClaimLost
        for event in (EventName.SUMMARY_FAILED, *([EventName.STAFF_ALERT] if _needs_staff(failure) else [])):
            journal.record(
                event,
                onboarding_id=held.aggregation.onboarding_id,
                actor=Actor.SYSTEM,
                detail=f"{failure.value} {code}".strip(),
            )


def _needs_staff(failure: Failure) -> bool:
    return failure in verdicts.ALERTING or failure == Failure.UNREADABLE_AMOUNTS
