"""The sign-in check: what became of a sign-in whose browser came back, or never did."""

import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from onboarding import clock, sealing
from onboarding.kontomatik.errors import Garbled, KontomatikError
from onboarding.kontomatik.records import SignInState, SignInStatus
from onboarding.models import BankSignIn, EventName, Failure, SignInWay, Source, SourceState
from onboarding.models.work import CLAIM_LEASE

from . import moves, opening, vendor, verdicts
from .moves import Held

log = logging.getLogger(__name__)

CHECK_FIRST = timedelta(seconds=1)
CHECK_LATER = timedelta(seconds=5)
PATIENCE_AFTER_RETURN = timedelta(minutes=10)
"""How long a sign-in may stay unfinished at the vendor once its browser is back."""
LONGEST_SIGNATURE = 4000
GRACE = timedelta(seconds=15)
"""How long another browser has to come back and object, counted from when the sign-in was seen finished."""


def step(held: Held) -> bool:
    """Take the next step of a source that is signing in; return whether it joined the line for an import."""
    bank = held.source.bank
    if bank.way == SignInWay.WIDGET:
        _wait_for_widget(held)
        return False
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


def _wait_for_widget(held: Held) -> None:
    """The form is in the person's page and says by itself what became of it; here only its time ends."""
    if held.source.give_up_at is None:
        opening.step(held)
    elif held.is_overdue:
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
    else:
        moves.put_back(held, after=settings.SIGNIN_DEADLINE)


def seize(pk: int) -> Held:
    """Take a source from its open form for what the person's page says; raise ``ClaimLost`` when it has left the form.

    Call it in the transaction that moves the source on. A worker that holds it at this moment only looks whether its
    time is over; without its claim it changes nothing any more.
    """
    now, token = clock.now(), secrets.token_hex(8)
    signing_in = Source.objects.filter(pk=pk, state=SourceState.SIGNING_IN, removed_at=None)
    # Written before the way is read: whoever turns to the redirection comes through here too.
    if signing_in.update(claim=token, claimed_until=now + CLAIM_LEASE) != 1:
        raise moves.ClaimLost
    source = Source.objects.with_details().get(pk=pk)
    if source.bank.way != SignInWay.WIDGET:
        raise moves.ClaimLost
    return Held(source, token, now)


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
        if not is_usable(status):
            _take_error(held, Garbled("UnusableSession"), returned_at=returned_at)
            return False
        if _must_wait(held, returned_at):
            _wait_for_others(held)
            return False
        join_line(held, status)
        return True
    if status.state is SignInState.FAILED:
        end_badly(held, status)
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


def is_usable(status: SignInStatus) -> bool:
    """Tell whether the session of a sign-in can be kept as it is."""
    session_id, signature = status.session_id or "", status.session_signature or ""
    if not session_id or not signature or len(signature) > LONGEST_SIGNATURE:
        return False
    return vendor.is_storable(session_id) and signature.isprintable()


def end_badly(held: Held, status: SignInStatus) -> None:
    """End a sign-in that failed by the vendor's word for it."""
    word = status.failure or ""
    lower = word.lower()
    BankSignIn.objects.filter(pk=held.source.pk).update(**_bank_named(held, status))
    if word not in verdicts.FAILURE_BY_CODE and ("cancel" in lower or "abandon" in lower):
        moves.abandon(held, Failure.CANCELLED)
    elif word not in verdicts.FAILURE_BY_CODE and "expired" in lower:
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
    else:
        moves.fail(held, verdicts.failure_of(word), code=word)


def join_line(held: Held, status: SignInStatus) -> None:
    """Put a source that is signed in into the line, its signature sealed."""
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
            **_bank_named(held, status),
        )


def _bank_named(held: Held, status: SignInStatus) -> dict[str, str]:
    """Return the columns of the bank that was signed in at: as it was named now, else as it was chosen before."""
    chosen = held.source.bank
    target = vendor.name(status.target) or chosen.target
    if target == chosen.target:
        return {"target": target, "official_name": vendor.name(status.official_name) or chosen.official_name}
    return {"target": target, "official_name": vendor.name(status.official_name), "institution": ""}


def signature_place(source_pk: int) -> str:
    """Name where a sealed signature stands, so that it opens nowhere else."""
    return f"onboarding_banksignin.signature.{source_pk}"
