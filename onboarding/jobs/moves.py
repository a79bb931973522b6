"""The moves of a source's row: each a conditional update that only the holder of the claim can make."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from onboarding import clock, journal
from onboarding.kontomatik.errors import Garbled, KontomatikError
from onboarding.models import Actor, BankSignIn, EventName, Failure, ImportedAccount, Onboarding, Source, SourceState
from onboarding.models.work import CLAIM_LEASE, LOST_CLAIMS_ALLOWED, Work, WorkQuerySet

from . import files
from .verdicts import ALERTING, READER_DIED, WORKER_LOST, verdict

log = logging.getLogger(__name__)

RELEASED = {"claim": "", "claimed_until": None, "lost_claims": 0}
RENEW_EVERY_SECONDS = 10
AFTER_A_DATABASE_FAULT = timedelta(seconds=2)
AFTER_A_DEAD_READER = timedelta(seconds=2)
DEAD_READERS_ALLOWED = 3
"""After so many readers that died over one file the file is taken for the cause, not the machine."""


class ClaimLost(Exception):
    """Say that another worker, an erasure or the end of the lease took the row away: stop quietly."""


class Erased(Exception):
    """Say that the person erased everything since the claim was taken: nothing may be asked for any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A source whose claim this worker holds, and when it took it."""

    source: Source
    token: str
    now: datetime

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline had come when the claim was taken: one last look, and no other."""
        return self.source.give_up_at is not None and self.now >= self.source.give_up_at

    def row(self) -> "WorkQuerySet[Any]":
        """The row, only while the claim holds and the source is in the state it was claimed in."""
        return Source.objects.held(self.source.pk, self.token).filter(state=self.source.state)


def hold(pk: int) -> Held | None:
    """Claim a source that is due; None when there is nothing to do or somebody else has it."""
    now = clock.now()
    # A source in the line moves by a slot alone: a message that comes late must not hold it up.
    token = Source.objects.exclude(state=SourceState.QUEUED).claim(pk, now=now)
    if token is None:
        return None
    source = Source.objects.with_details().filter(pk=pk).first()
    return Held(source, token, now) if source else None


def put_back(held: Held, *, after: timedelta, attempts: int = 0, **columns: Any) -> bool:
    """Give the claim back in the same state, due again after a while (never later than its deadline)."""
    due = clock.now() + after
    if held.source.give_up_at:
        due = min(due, held.source.give_up_at)
    columns.setdefault("unreadable_replies", 0)
    return bool(held.row().update(**RELEASED, due_at=due, attempts=attempts, **columns))


@contextmanager
def back_when_the_database_fails(rows: "WorkQuerySet[Any]") -> Iterator[None]:
    """Give a held row back when the database refuses or loses a transaction of its step; the error passes.

    ``rows`` is the held row as a queryset. The step has ended and nothing of it goes on, so nobody has to wait for the
    end of the lease, as for a worker that is lost, nor is the row to blame for it.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        with suppress(DatabaseError, InterfaceError):
            rows.update(claim="", claimed_until=None, due_at=clock.now() + AFTER_A_DATABASE_FAULT)
        raise


def move(held: Held, to: SourceState, event: EventName, *, detail: str = "", **columns: Any) -> None:
    """Move a held source to another state with its event; raise ``ClaimLost`` when it is not ours any more.

    Call it in a transaction together with what belongs to the move.
    """
    columns.setdefault("attempts", 0)
    columns.setdefault("unreadable_replies", 0)
    if held.row().update(**RELEASED, state=to, state_since=held.now, **columns) != 1:
        raise ClaimLost
    journal.record(
        event,
        onboarding_id=held.source.onboarding_id,
        actor=Actor.SYSTEM,
        source_uuid=held.source.uuid,
        detail=detail,
    )


def end(
    held: Held,
    to: SourceState,
    event: EventName,
    *,
    failure: Failure | None = None,
    code: str = "",
    words: tuple[str, ...] = (),
) -> None:
    """End a held source for good: nothing is due, its slot is free, its secrets are wiped.

    ``words`` are the vendor's for the checks that failed; they stand in the event behind the failure.
    """
    with transaction.atomic():
        move(
            held,
            to,
            event,
            detail=" ".join((failure.value, *words)) if failure else "",
            due_at=None,
            give_up_at=None,
            slot=None,
            ended_at=held.now,
            failure=failure or "",
            failure_code=code[:200],
        )
        wipe_secrets(held.source.pk)
        if failure:
            ImportedAccount.objects.filter(source_id=held.source.pk).delete()
        if failure in ALERTING or code in (WORKER_LOST, READER_DIED):
            journal.record(
                EventName.STAFF_ALERT,
                onboarding_id=held.source.onboarding_id,
                actor=Actor.SYSTEM,
                source_uuid=held.source.uuid,
                detail=f"{failure.value} {code}" if failure else code,
            )


def wipe_secrets(source_pk: int) -> None:
    """Forget what was needed only to sign in and to start the import: session, signature, password, file."""
    BankSignIn.objects.filter(pk=source_pk).update(session_id="", signature="", link="", return_code="")
    files.forget(source_pk)


def fail(held: Held, failure: Failure, *, code: str = "", words: tuple[str, ...] = ()) -> None:
    """End a held source as failed."""
    end(held, SourceState.FAILED, EventName.SOURCE_FAILED, failure=failure, code=code, words=words)


def abandon(held: Held, failure: Failure) -> None:
    """End a sign-in that was not finished."""
    end(held, SourceState.ABANDONED, EventName.SOURCE_ABANDONED, failure=failure)


def answer_error(held: Held, error: KontomatikError) -> None:
    """Put a source back for another try; fail it when the error forbids one or the deadline has come."""
    unreadable = isinstance(error, Garbled)
    tries = held.source.unreadable_replies if unreadable else held.source.attempts
    judged = verdict(error, attempts=tries)
    log.warning("source %s in %s: %s", held.source.uuid, held.source.state, error)
    if judged.again is None or held.is_overdue:
        fail(held, judged.failure, code=error.code)
    else:
        put_back(
            held,
            after=judged.again,
            attempts=held.source.attempts + 1,
            unreadable_replies=held.source.unreadable_replies + int(unreadable),
        )


def reader_died(held: Held) -> None:
    """Have a file looked at again whose reader died (by a signal, or out of memory); fail it after three times."""
    tries = held.source.attempts + 1
    log.warning("source %s: its reader died, %d of %d", held.source.uuid, tries, DEAD_READERS_ALLOWED)
    if tries < DEAD_READERS_ALLOWED:
        put_back(held, after=AFTER_A_DEAD_READER, attempts=tries)
    else:
        fail(held, Failure.FILE_DAMAGED, code=READER_DIED)


def renewal(rows: "WorkQuerySet[Any]") -> Callable[[int], None]:
    """Make a callback for long steps that renews the lease now and then and raises ``ClaimLost`` when it is gone.

    ``rows`` is the held row as a queryset; the callback's argument (bytes or rows so far) is not used.
    """
    renewed = monotonic()

    def renew(_so_far: int) -> None:
        nonlocal renewed
        if monotonic() - renewed >= RENEW_EVERY_SECONDS:
            require(rows)
            renewed = monotonic()

    return renew


def require(rows: "WorkQuerySet[Any]", *, lease: timedelta = CLAIM_LEASE) -> None:
    """Renew the lease of a held row; raise ``ClaimLost`` when it is not held any more."""
    if rows.update(claimed_until=clock.now() + lease) != 1:
        raise ClaimLost


def require_wanted(held: Held) -> None:
    """Renew the lease before something goes out that can't be taken back; raise ``ClaimLost`` or ``Erased``.

    Call it in the transaction that writes down that it goes out. The source is locked here before its onboarding is
    read, and an erasure locks in that order too: it is seen here, or it sees what was written.
    """
    require(held.row())
    if not Onboarding.objects.live().filter(pk=held.source.onboarding_id).exists():
        raise Erased


def lost_too_often(row: Work) -> bool:
    """Tell whether so many workers were lost on this row that the row is to blame."""
    return row.lost_claims >= LOST_CLAIMS_ALLOWED
