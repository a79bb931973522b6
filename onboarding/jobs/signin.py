"""The sign-in check: what became of a sign-in whose browser came back, or never did."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from onboarding import sealing
from onboarding.kontomatik.errors import Garbled, KontomatikError
from onboarding.kontomatik.records import SignInState, SignInStatus
from onboarding.models import BankSignIn, EventName, Failure, SourceState

from . import moves, opening, vendor, verdicts
from .moves import Held

log = logging.getLogger(__name__)

CHECK_FIRST = timedelta(seconds=1)
CHECK_LATER = timedelta(seconds=5)
PATIENCE_AFTER_RETURN = timedelta(minutes=10)
"""How long a sign-in may stay unfinished at the vendor once its browser is back."""
GRACE = timedelta(seconds=15)
"""How long another browser has to come back and object, counted from when the sign-in was seen finished."""


def step(held: Held) -> bool:
    """Take the next step of a source that is signing in; return whether it joined the line for an import."""
    bank = held.source.bank
    if not bank.redirection_id:
        # The web process that was fetching it is gone; the person's page is waiting for the link.
        opening.step(held)
        return False
    if bank.returned_at is None:
        if _is_over_at(held, held.source.give_up_at):
            # Whatever the vendor says of it: without a bound return nothing is imported.
            moves.abandon(held, Failure.NOT_RETURNED)
        else:
            moves.put_back(held, after=settings.SIGNIN_DEADLINE)
        return False
    # Asked before any deadline is looked at: workers that paused must not throw away what was finished in time.
    try:
        status = vendor.client().signin_status(redirection_id=bank.redirection_id)
    except KontomatikError as error:
        _take_error(held, error, returned_at=bank.returned_at)
        return False
    return _take_status(held, status, returned_at=bank.returned_at)


def _is_over_at(held: Held, deadline: datetime | None) -> bool:
    return deadline is not None and held.now >= deadline


def _is_overdue(held: Held, returned_at: datetime) -> bool:
    return _is_over_at(held, held.source.give_up_at) or _is_over_at(held, returned_at + PATIENCE_AFTER_RETURN)


def _take_error(held: Held, error: KontomatikError, *, returned_at: datetime) -> None:
    if not _is_overdue(held, returned_at):
        moves.answer_error(held, error)
        return
    log.warning("source %s: no answer by its deadline: %s", held.source.uuid, error)
    moves.fail(held, verdicts.verdict(error, attempts=verdicts.POISON_TRIES).failure, code=error.code)


def _take_status(held: Held, status: SignInStatus, *, returned_at: datetime) -> bool:
    if status.state is SignInState.SIGNED_IN:
        session_id, signature = status.session_id or "", status.session_signature or ""
        if not vendor.is_storable(session_id) or not signature.isprintable():
            _take_error(held, Garbled("UnusableSession"), returned_at=returned_at)
            return False
        if _must_wait(held, returned_at):
            _wait_for_others(held)
            return False
        _join_line(held, status)
        return True
    if status.state is SignInState.FAILED:
        _end_badly(held, status)
    elif _is_overdue(held, returned_at):
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
    else:
        _wait_for_finish(held, returned_at)
    return False


def _must_wait(held: Held, returned_at: datetime) -> bool:
    """Tell whether the return may have been there before the sign-in was finished, and others had no time to show up.

    Whoever finishes at the bank is sent back at once. A return from before that may be somebody else's.
    """
    bank = held.source.bank
    if not bank.seen_unfinished and not _is_over_at(held, returned_at + GRACE):
        return False
    return bank.finished_seen_at is None or not _is_over_at(held, bank.finished_seen_at + GRACE)


def _wait_for_others(held: Held) -> None:
    """Give the browser of whoever finished the sign-in time to come back; then the vendor is asked once more."""
    finished = held.source.bank.finished_seen_at or held.now
    due = finished + GRACE
    deadline = max(held.source.give_up_at or due, due)
    with transaction.atomic():
        if not held.row().update(**moves.RELEASED, due_at=due, give_up_at=deadline, attempts=0, unreadable_replies=0):
            raise moves.ClaimLost
        BankSignIn.objects.filter(pk=held.source.pk).update(finished_seen_at=finished)


def _wait_for_finish(held: Held, returned_at: datetime) -> None:
    early = held.now - returned_at < timedelta(seconds=15)
    with transaction.atomic():
        if not moves.put_back(held, after=CHECK_FIRST if early else CHECK_LATER):
            raise moves.ClaimLost
        BankSignIn.objects.filter(pk=held.source.pk).update(seen_unfinished=True, finished_seen_at=None)


def _end_badly(held: Held, status: SignInStatus) -> None:
    word = status.failure or ""
    lower = word.lower()
    BankSignIn.objects.filter(pk=held.source.pk).update(**_bank_named(status))
    if word not in verdicts.FAILURE_BY_CODE and ("cancel" in lower or "abandon" in lower):
        moves.abandon(held, Failure.CANCELLED)
    elif word not in verdicts.FAILURE_BY_CODE and "expired" in lower:
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
    else:
        moves.fail(held, verdicts.failure_of(word), code=word)


def _join_line(held: Held, status: SignInStatus) -> None:
    with transaction.atomic():
        moves.move(
            held,
            SourceState.QUEUED,
            EventName.SIGNED_IN,
            queued_at=held.now,
            due_at=held.now,
            give_up_at=held.now + settings.QUEUE_DEADLINE,
        )
        BankSignIn.objects.filter(pk=held.source.pk).update(
            session_id=status.session_id or "",
            signature=sealing.seal(status.session_signature or "", place=signature_place(held.source.pk)),
            link="",
            return_code="",
            **_bank_named(status),
        )


def _bank_named(status: SignInStatus) -> dict[str, str]:
    return {"target": vendor.name(status.target), "official_name": vendor.name(status.official_name)}


def signature_place(source_pk: int) -> str:
    """Name where a sealed signature stands, so that it opens nowhere else."""
    return f"onboarding_banksignin.signature.{source_pk}"
