"""The sign-in check: what became of a sign-in whose browser came back, or never did."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from onboarding import sealing
from onboarding.kontomatik.errors import Garbled, KontomatikError
from onboarding.kontomatik.records import SignInState, SignInStatus
from onboarding.models import BankSignIn, EventName, Failure, SourceState

from . import moves, opening, vendor, verdicts
from .moves import Held

CHECK_FIRST = timedelta(seconds=1)
CHECK_LATER = timedelta(seconds=5)
PATIENCE_AFTER_RETURN = timedelta(minutes=10)
"""How long a sign-in may stay unfinished at the vendor once its browser is back."""


def step(held: Held) -> bool:
    """Take the next step of a source that is signing in; return whether it joined the line for an import."""
    bank = held.source.bank
    if not bank.redirection_id:
        # The web process that was fetching it is gone; the person's page is waiting for the link.
        opening.step(held)
        return False
    overdue = held.source.give_up_at is not None and held.now >= held.source.give_up_at
    if bank.returned_at is None:
        if overdue:
            # Whatever the vendor says of it: without a bound return nothing is imported.
            moves.abandon(held, Failure.NOT_RETURNED)
        else:
            moves.put_back(held, after=settings.SIGNIN_DEADLINE)
        return False
    if overdue or held.now >= bank.returned_at + PATIENCE_AFTER_RETURN:
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
        return False
    try:
        status = vendor.client().signin_status(redirection_id=bank.redirection_id)
    except KontomatikError as error:
        moves.answer_error(held, error)
        return False
    return _take_status(held, status)


def _take_status(held: Held, status: SignInStatus) -> bool:
    if status.state is SignInState.SIGNED_IN:
        session_id, signature = status.session_id or "", status.session_signature or ""
        if not vendor.is_storable(session_id) or not signature.isprintable():
            moves.answer_error(held, Garbled("UnusableSession"))
            return False
        _join_line(held, status)
        return True
    if status.state is SignInState.FAILED:
        _end_badly(held, status)
    else:
        returned = held.source.bank.returned_at or held.now
        early = held.now - returned < timedelta(seconds=15)
        moves.put_back(held, after=CHECK_FIRST if early else CHECK_LATER)
    return False


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
