"""The vendor's half of an erasure: ask it to delete, then prove by reading that nothing is left."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from onboarding import clock, journal, ledger
from onboarding.kontomatik import errors, records
from onboarding.models import (
    Account,
    AccountListing,
    Actor,
    Aggregation,
    AggregationState,
    BankSignIn,
    ColumnChoice,
    CurrencyTotal,
    Erasure,
    ErasureState,
    Event,
    EventName,
    FailedCheck,
    Failure,
    ImportedAccount,
    Invitation,
    LabelTotal,
    MonthTotal,
    Onboarding,
    Person,
    PreviewAccount,
    PreviewRow,
    Snapshot,
    Source,
    SourceFile,
    SourceState,
    TableCell,
    Transaction,
)
from onboarding.models.sources import ENDED_BADLY, REPEATABLE
from onboarding.models.work import WorkQuerySet

from . import files, moves, vendor, verdicts

log = logging.getLogger(__name__)

WAIT_FOR_COMMANDS = timedelta(seconds=5)
GIVE_UP_AFTER = timedelta(hours=48)
"""Past the vendor's own retention of imported data (24 hours by default), with time to spare."""
STAFF_CAN_MEND = timedelta(minutes=5)
ENDED_UNSEEN = REPEATABLE | {
    # Said of a later start or of the wait for it; an earlier one may have taken effect behind a fault.
    Failure.SESSION_OVER,
    Failure.SERVICE_BUSY,
    Failure.OWNER_MISMATCH,
    Failure.RETURN_UNPROVEN,
}
"""Failures of a source that say nothing of an import that was asked for before."""
MAY_RUN_ON = Q(state=SourceState.IMPORTING) | Q(
    Q(state=SourceState.QUEUED) | Q(state__in=ENDED_BADLY, failure__in=ENDED_UNSEEN),
    Q(bank__start_asked_at__isnull=False) | Q(file__sent_at__isnull=False),
)
"""Sources whose import may have been started at the vendor and was not seen to end there."""


ERASED = frozenset(
    {
        Source,
        BankSignIn,
        SourceFile,
        FailedCheck,
        ColumnChoice,
        PreviewAccount,
        PreviewRow,
        TableCell,
        ImportedAccount,
        Aggregation,
        Snapshot,
        Account,
        AccountListing,
        Transaction,
        Person,
        CurrencyTotal,
        MonthTotal,
        LabelTotal,
    }
)
"""What holds a person's facts: every row of these goes."""
KEPT = frozenset({Onboarding, Erasure, Event, Invitation})
"""What stays as proof until the audit time is over: ids, instants and kinds, no fact of the person."""


def begin(onboarding_id: int, *, actor: Actor, staff: journal.Staff = None) -> bool:
    """Erase an onboarding here and ask for its erasure at the vendor; return False when that was done before.

    At once nothing can be seen any more; a worker deletes the ledger in batches and asks the vendor. An import in
    flight keeps its bare row (its slot is taken until the vendor has ended it) and goes when it ends. Where a command
    may run on that we don't watch to its end, the proof waits as long as an import may take.
    """
    now = clock.now()
    with transaction.atomic():
        sources = Source.objects.filter(onboarding_id=onboarding_id)
        aggregations = Aggregation.objects.filter(onboarding_id=onboarding_id)
        # Locked before the onboarding, as a worker's step does: the other way round the two would wait for each other.
        # No source gets a slot between our look and its deletion either.
        list(sources.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        list(aggregations.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        hidden = (
            Onboarding.objects.live()
            .filter(pk=onboarding_id)
            .update(erased_at=now, snapshot=None, aggregation=None, return_url="")
        )
        if hidden != 1:
            return False
        may_run_on = sources.filter(MAY_RUN_ON).exists()
        aggregations.update(state=AggregationState.FAILED, claim="", due_at=None)
        files.forget_sources(sources.exclude(state=SourceState.IMPORTING).values_list("pk", flat=True))
        _strip_files(onboarding_id)
        ImportedAccount.objects.filter(source__onboarding_id=onboarding_id).delete()
        BankSignIn.objects.filter(source__onboarding_id=onboarding_id).update(
            target="", official_name="", institution="", link="", return_code=""
        )
        Invitation.objects.filter(onboarding_id=onboarding_id).update(note="", return_url="")
        Erasure.objects.create(
            onboarding_id=onboarding_id,
            due_at=now,
            give_up_at=now + GIVE_UP_AFTER,
            not_before=now + settings.IMPORT_DEADLINE if may_run_on else None,
        )
        journal.record(EventName.ERASED, onboarding_id=onboarding_id, actor=actor, staff=staff)
    return True


def _strip_files(onboarding_id: int) -> None:
    """Leave of files that are being sent at this moment only what says that they are."""
    rows = SourceFile.objects.filter(source__onboarding_id=onboarding_id)
    FailedCheck.objects.filter(file__in=rows).delete()
    for pk in rows.values_list("pk", flat=True):
        files.forget(pk)
    rows.update(name="", target="", bank_name="", answer_id="", element="")


def next_due() -> list[int]:
    """Return the erasure that has waited longest, or nothing."""
    return Erasure.objects.next_due(clock.now())


def advance(pk: int) -> None:
    """Take the next step of an erasure that is due; run twice, it changes nothing more."""
    now = clock.now()
    token = Erasure.objects.claim(pk, now=now)
    if token is None:
        return
    erasure = Erasure.objects.select_related("onboarding").filter(pk=pk).first()
    if erasure is None:
        return
    try:
        with moves.back_when_the_database_fails(Erasure.objects.held(pk, token)):
            _step(erasure, token, now)
    except errors.KontomatikError as error:
        log.warning("erasure %s: %s", pk, error)
        _later(erasure, token, error)
    except errors.AggregateRefused as error:
        log.warning("erasure %s: what is left can't be read: %s", pk, error)
        _later(erasure, token, errors.Unavailable("AggregateRefused"))
    except moves.ClaimLost:
        log.info("erasure %s went to another worker", pk)


def _step(erasure: Erasure, token: str, now: datetime) -> None:
    held = Erasure.objects.held(erasure.pk, token)
    renew = moves.renewal(held)
    for snapshot in Snapshot.objects.filter(onboarding_id=erasure.onboarding_id).values_list("pk", flat=True):
        ledger.discard(snapshot, renew=renew)
    Aggregation.objects.filter(onboarding_id=erasure.onboarding_id).delete()
    owner = erasure.onboarding.owner_external_id
    vendor.client().delete_owner(owner_external_id=owner)
    Erasure.objects.filter(pk=erasure.pk, vendor_asked_at=None).update(vendor_asked_at=now)
    sources = Source.objects.filter(onboarding_id=erasure.onboarding_id)
    # A worker that was lost between the end of an import and forgetting it has left its row.
    files.forget_sources(sources.exclude(state=SourceState.IMPORTING).values_list("pk", flat=True))
    if sources.exists():
        # An import that is still running would bring data back: delete again when it has ended.
        held.update(**moves.RELEASED, due_at=clock.now() + WAIT_FOR_COMMANDS)
        return
    if erasure.not_before and now < erasure.not_before:
        # A command may still bring data back: delete once more and read only when it must have ended.
        held.update(**moves.RELEASED, due_at=erasure.not_before, attempts=0)
        return
    if _anything_left(owner, held):
        _later(erasure, token, errors.Unavailable("DataLeft"))
        return
    with transaction.atomic():
        proved = held.update(
            **moves.RELEASED, state=ErasureState.PROVED, proved_at=clock.now(), due_at=None, give_up_at=None
        )
        if proved != 1:
            raise moves.ClaimLost
        journal.record(EventName.ERASURE_PROVED, onboarding_id=erasure.onboarding_id, actor=Actor.SYSTEM)


def _anything_left(owner: str, held: WorkQuerySet[Erasure]) -> bool:
    """Read the aggregate: it must be unknown to the vendor, or hold no account and no person."""
    try:
        with vendor.client().aggregate(owner_external_id=owner, on_progress=moves.renewal(held)) as stream:
            return any(isinstance(record, records.Account | records.Person) for record in vendor.records(stream))
    except errors.NoSuchOwner:
        return False


def _later(erasure: Erasure, token: str, error: errors.KontomatikError) -> None:
    held = Erasure.objects.held(erasure.pk, token)
    if erasure.give_up_at and clock.now() >= erasure.give_up_at:
        with transaction.atomic():
            given_up = held.update(
                **moves.RELEASED, state=ErasureState.UNPROVED, due_at=None, failure_code=error.code[:200]
            )
            if given_up == 1:
                journal.record(
                    EventName.ERASURE_UNPROVED,
                    onboarding_id=erasure.onboarding_id,
                    actor=Actor.SYSTEM,
                    detail=error.code,
                )
        return
    judged = verdicts.verdict(error, attempts=erasure.attempts)
    # An erasure is never given up at the first refusal: staff may mend a key, the vendor a fault.
    wait = judged.again or STAFF_CAN_MEND
    held.update(**moves.RELEASED, due_at=clock.now() + wait, attempts=erasure.attempts + 1)
