"""The import of one bank: start it once, watch its command, or watch the aggregate when the answer was lost."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from onboarding import journal, sealing
from onboarding.kontomatik import errors
from onboarding.kontomatik.records import CommandState, CommandStatus, StartedImport
from onboarding.models import Actor, BankSignIn, EventName, Failure, Source, SourceState

from . import appearance, line, moves, recognition, vendor, verdicts
from .moves import Held
from .signin import signature_place

log = logging.getLogger(__name__)

POLL_FIRST = timedelta(seconds=2)
POLL_LATER = timedelta(seconds=5)
WATCH_EVERY = timedelta(seconds=10)


def step(held: Held) -> bool:
    """Take the next step of a source that is importing; return whether its slot was given back."""
    bank = held.source.bank
    if held.source.onboarding.erased_at and not bank.start_asked_at:
        moves.abandon(held, Failure.CANCELLED)
        return True
    if bank.command_id:
        return _poll(held)
    # Too late for a start, but not for one last look whether an earlier one took effect.
    if bank.start_asked_at and (held.is_overdue or not bank.signature):
        return _watch(held)
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
    BankSignIn.objects.filter(pk=bank.pk, start_asked_at=None).update(start_asked_at=held.now)
    try:
        started = vendor.client().start_import(
            session_id=bank.session_id,
            session_signature=signature,
            since=(held.now - timedelta(days=settings.KONTOMATIK_HISTORY_DAYS)).date(),
        )
    except (errors.OutcomeUnknown, errors.AlreadyStarted) as error:
        _keep_watching(held, error)
        return False
    except errors.KontomatikError as error:
        _start_refused(held, error)
        return True
    return _take_command(held, started)


def _start_refused(held: Held, error: errors.KontomatikError) -> None:
    """Go back to the line when a later start may work, fail otherwise."""
    refused_for_quota = isinstance(error, errors.QuotaExceeded)
    tries = held.source.quota_refusals if refused_for_quota else held.source.attempts
    judged = verdicts.verdict(error, attempts=tries)
    log.warning("source %s: import not started: %s", held.source.uuid, error)
    if judged.again is None:
        moves.fail(held, judged.failure, code=error.code)
    else:
        line.step_aside(held, after_refusal=refused_for_quota, wait=judged.again)


def _keep_watching(held: Held, error: errors.KontomatikError) -> None:
    """Go on without the command's id: the start may have taken effect, and its data will show it."""
    log.warning("source %s: start unanswered: %s", held.source.uuid, error)
    with transaction.atomic():
        if not moves.put_back(held, after=POLL_LATER):
            raise moves.ClaimLost
        moves.wipe_secrets(held.source.pk)
        journal.record(
            EventName.START_UNANSWERED,
            onboarding_id=held.source.onboarding_id,
            actor=Actor.SYSTEM,
            source_uuid=held.source.uuid,
            detail=error.code,
        )


def _take_command(held: Held, started: StartedImport) -> bool:
    if started.owner_external_id != held.source.onboarding.owner_external_id:
        moves.fail(held, Failure.OWNER_MISMATCH)
        return True
    if not vendor.is_storable(started.command_id):
        _keep_watching(held, errors.OutcomeUnknown("UnusableCommandId"))
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
            return _watch(held)
        moves.put_back(held, after=POLL_FIRST)
        return False
    except errors.KontomatikError as error:
        moves.answer_error(held, error)
        return True
    if status.state is CommandState.RUNNING and held.is_overdue:
        moves.fail(held, Failure.TIMED_OUT)
        return True
    if status.state is CommandState.RUNNING:
        early = held.now - held.source.state_since < timedelta(seconds=30)
        moves.put_back(held, after=POLL_FIRST if early else POLL_LATER)
        return False
    if status.state is CommandState.FAILED:
        # It is over at the vendor: to look at it once more would only bring the same answer.
        BankSignIn.objects.filter(pk=held.source.pk).update(command_id="")
        moves.fail(held, verdicts.failure_of(status.failure or ""), code=status.failure or "")
    else:
        _imported(held, status)
    return True


def _imported(held: Held, status: CommandStatus) -> None:
    BankSignIn.objects.filter(pk=held.source.pk, target="").update(target=(status.target or "")[:200])
    BankSignIn.objects.filter(pk=held.source.pk).update(institution=(status.institution or "")[:200])
    settle_imported(held, recognition.fingerprints(status.accounts), len(status.accounts))


def settle_imported(held: Held, accounts: frozenset[str], account_count: int) -> None:
    """End an import well: remember its accounts' fingerprints and whether they all came before."""
    with transaction.atomic():
        moves.end(held, SourceState.IMPORTED, EventName.IMPORTED)
        recognition.remember(held.source, accounts)
        Source.objects.filter(pk=held.source.pk).update(
            account_count=account_count, repeats_earlier=recognition.came_before(held.source, accounts)
        )


def _watch(held: Held) -> bool:
    """Look whether the bank has appeared in the aggregate; its command's outcome is unknown."""
    renew = moves.renewal(held.row())
    failure, code = Failure.TIMED_OUT, ""
    try:
        found = appearance.look_for(held.source, renew=renew)
    except errors.NoSuchOwner:
        found = None
    except errors.KontomatikError as error:
        log.warning("source %s: watching the aggregate: %s", held.source.uuid, error)
        found = None
        failure, code = verdicts.verdict(error, attempts=held.source.attempts).failure, error.code
    except errors.AggregateRefused as error:
        log.warning("source %s: watching the aggregate: %s", held.source.uuid, error)
        found = None
    if found is None and held.is_overdue:
        moves.fail(held, failure, code=code)
        return True
    if found is None:
        moves.put_back(held, after=WATCH_EVERY)
        return False
    BankSignIn.objects.filter(pk=held.source.pk, target="").update(target=found.target[:200])
    BankSignIn.objects.filter(pk=held.source.pk, official_name="").update(official_name=found.official_name[:200])
    settle_imported(held, found.accounts, found.account_count)
    return True
