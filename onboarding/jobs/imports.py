"""The import of one bank: start it once, watch its command, or watch the aggregate when the answer was lost."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from onboarding import journal, sealing
from onboarding.kontomatik import errors
from onboarding.kontomatik.records import CommandState, CommandStatus, StartedImport
from onboarding.models import Actor, BankSignIn, EventName, Failure

from . import line, moves, outcomes, recognition, vendor, verdicts
from .moves import Held
from .signin import signature_place

log = logging.getLogger(__name__)

POLL_FIRST = timedelta(seconds=2)
POLL_LATEST = timedelta(seconds=5)
POLL_SHARE = 20
"""A look comes late by a twentieth of what the import took at most, within the 2 to 5 s that the contract asks for."""


def step(held: Held) -> bool:
    """Take the next step of a source that is importing; return whether its slot was given back."""
    bank = held.source.bank
    if held.source.onboarding.erased_at and not bank.start_asked_at:
        return _end_erased(held)
    if bank.command_id:
        return _poll(held)
    # Too late for a start, but not for one last look whether an earlier one took effect.
    if bank.start_asked_at and (held.is_overdue or not bank.signature):
        return outcomes.watch(held)
    if held.is_overdue:
        moves.fail(held, Failure.TIMED_OUT)
        return True
    return _start(held)


def _start(held: Held) -> bool:
    bank = held.source.bank
    try:
        signature = sealing.unseal(bank.signature, place=signature_place(bank.pk))
    except sealing.SealBroken as error:
        log.error("source %s: %s", held.source.uuid, error)
        moves.fail(held, Failure.SESSION_OVER, code="SealBroken")
        return True
    try:
        with transaction.atomic():
            moves.require_wanted(held)
            BankSignIn.objects.filter(pk=bank.pk, start_asked_at=None).update(start_asked_at=held.now)
    except moves.Erased:
        return _end_erased(held)
    try:
        started = vendor.client().start_import(
            session_id=bank.session_id,
            session_signature=signature,
            since=(held.now - timedelta(days=settings.KONTOMATIK_HISTORY_DAYS)).date(),
        )
    except (errors.OutcomeUnknown, errors.AlreadyStarted) as error:
        outcomes.keep_watching(held, error)
        return False
    except errors.KontomatikError as error:
        _start_refused(held, error)
        return True
    return _take_command(held, started)


def _end_erased(held: Held) -> bool:
    """End what nobody wants any more, or watch for it when an earlier worker may have started it."""
    if held.source.bank.start_asked_at:
        return outcomes.watch(held)
    moves.abandon(held, Failure.CANCELLED)
    return True


def _start_refused(held: Held, error: errors.KontomatikError) -> None:
    """Go back to the line when a later start may work, fail otherwise."""
    refused_for_quota = isinstance(error, errors.QuotaExceeded)
    tries = held.source.quota_refusals if refused_for_quota else held.source.attempts
    judged = verdicts.verdict(error, attempts=tries)
    log.warning("source %s: import not started: %s", held.source.uuid, error)
    if judged.again is None:
        moves.fail(held, judged.failure, code=error.code)
        return
    with transaction.atomic():
        line.step_aside(held, after_refusal=refused_for_quota, wait=judged.again)
        if isinstance(error, errors.LeftAlone):
            # It was not asked for after all: there is nothing to be watched for later.
            BankSignIn.objects.filter(pk=held.source.pk, start_asked_at=held.now).update(start_asked_at=None)


def _take_command(held: Held, started: StartedImport) -> bool:
    if started.owner_external_id != held.source.onboarding.owner_external_id:
        moves.fail(held, Failure.OWNER_MISMATCH)
        return True
    if not vendor.is_storable(started.command_id):
        outcomes.keep_watching(held, errors.OutcomeUnknown("UnusableCommandId"))
        return False
    with transaction.atomic():
        if not moves.put_back(held, after=POLL_FIRST):
            raise moves.ClaimLost
        moves.wipe_secrets(held.source.pk)
        BankSignIn.objects.filter(pk=held.source.pk).update(command_id=started.command_id)
        journal.record(
            EventName.IMPORT_STARTED,
            onboarding_id=held.source.onboarding_id,
            actor=Actor.SYSTEM,
            source_uuid=held.source.uuid,
        )
    return False


def _poll(held: Held) -> bool:
    try:
        status = vendor.client().command(command_id=held.source.bank.command_id)
    except errors.NoSuchCommand:
        BankSignIn.objects.filter(pk=held.source.pk).update(command_id="")
        if held.is_overdue:
            return outcomes.watch(held)
        moves.put_back(held, after=POLL_FIRST)
        return False
    except errors.KontomatikError as error:
        moves.answer_error(held, error)
        return True
    if status.state is CommandState.RUNNING and held.is_overdue:
        moves.fail(held, Failure.TIMED_OUT)
        return True
    if status.state is CommandState.RUNNING:
        moves.put_back(held, after=_next_look(held.now - held.source.state_since))
        return False
    if status.state is CommandState.FAILED:
        # It is over at the vendor: to look at it once more would only bring the same answer.
        BankSignIn.objects.filter(pk=held.source.pk).update(command_id="")
        moves.fail(held, verdicts.failure_of(status.failure or ""), code=status.failure or "")
    else:
        _imported(held, status)
    return True


def _next_look(taken: timedelta) -> timedelta:
    """Return how long to leave a command alone that has taken this long so far."""
    return min(POLL_LATEST, max(POLL_FIRST, taken / POLL_SHARE))


def _imported(held: Held, status: CommandStatus) -> None:
    BankSignIn.objects.filter(pk=held.source.pk, target="").update(target=(status.target or "")[:200])
    if status.institution:
        BankSignIn.objects.filter(pk=held.source.pk).update(institution=status.institution[:200])
    outcomes.settle_imported(held, recognition.fingerprints(status.accounts), len(status.accounts))
