"""Send a file's content: once, and never again unless it surely had no effect."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.db import transaction

from onboarding import journal, vault
from onboarding.kontomatik import errors
from onboarding.models import Actor, EventName, FailedCheck, Failure, SourceFile
from onboarding.sealing import SealBroken

from . import line, moves, outcomes, vendor, verdicts
from .moves import Held

log = logging.getLogger(__name__)

NOT_NOW = frozenset({425, 429, 503})
"""Statuses that say by themselves that nothing was taken. Any other fault may have come after the content was."""


class NotSendable(Exception):
    """Say that the content can't be made ready; ``failure`` says why."""

    def __init__(self, failure: Failure, code: str = "") -> None:
        super().__init__(failure)
        self.failure = failure
        self.code = code


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the service said of content that it took; the accounts as fingerprints."""

    answer_id: str
    owner_external_id: str | None
    bank_name: str
    accounts: frozenset[str]
    account_count: int | None
    failed_checks: tuple[str, ...] = ()


Prepare = Callable[[Held], AbstractContextManager[Callable[[], Delivered]]]
"""Makes the content of a held source ready and gives the one call that sends it; may raise ``NotSendable``."""


def step(held: Held, prepare: Prepare) -> bool:
    """Take the next step of a file that has its slot; return whether the slot was given back.

    ``sent_at`` is written before the content goes out. Found written, the content is never sent again: the answer, or
    the worker that waited for it, was lost, and only the aggregate can tell.
    """
    file = held.source.file
    if file.sent_at is not None:
        return outcomes.watch(held)
    if held.source.onboarding.erased_at:
        moves.abandon(held, Failure.CANCELLED)
        return True
    if held.is_overdue:
        moves.fail(held, Failure.TIMED_OUT)
        return True
    try:
        return _send(held, prepare)
    except moves.Erased:
        moves.abandon(held, Failure.CANCELLED)
    except NotSendable as error:
        moves.fail(held, error.failure, code=error.code)
    except vault.Gone:
        moves.fail(held, Failure.FILE_EXPIRED)
    except SealBroken as error:
        log.error("source %s: %s", held.source.uuid, error)
        moves.fail(held, Failure.FILE_DAMAGED, code="SealBroken")
    return True


def _send(held: Held, prepare: Prepare) -> bool:
    with prepare(held) as send:
        _note_begun(held)
        try:
            delivered = send()
        except errors.KontomatikError as error:
            return _unanswered_or_refused(held, error)
    return _take(held, delivered)


def _note_begun(held: Held) -> None:
    with transaction.atomic():
        # Renewed too: from here the lease must last for the whole call.
        moves.require_wanted(held)
        if SourceFile.objects.filter(pk=held.source.pk, sent_at=None).update(sent_at=held.now) != 1:
            raise moves.ClaimLost


def _unanswered_or_refused(held: Held, error: errors.KontomatikError) -> bool:
    if not _surely_without_effect(error):
        outcomes.keep_watching(held, error)
        return False
    refused_for_quota = isinstance(error, errors.QuotaExceeded)
    tries = held.source.quota_refusals if refused_for_quota else held.source.attempts
    judged = verdicts.verdict(error, attempts=tries)
    log.warning("source %s: not taken: %s", held.source.uuid, error)
    with transaction.atomic():
        if judged.again is not None:
            line.step_aside(held, after_refusal=refused_for_quota, wait=judged.again)
            SourceFile.objects.filter(pk=held.source.pk).update(sent_at=None)
            return True
        _refuse(held, error, judged.failure)
    return True


def _surely_without_effect(error: errors.KontomatikError) -> bool:
    """Tell whether nothing was taken: it never left, it was refused, or the service said by a known word "not now"."""
    if isinstance(error, errors.Unavailable):
        return error.status is None or error.status in NOT_NOW or error.code in verdicts.FAILURE_BY_CODE
    return not isinstance(error, errors.OutcomeUnknown)


def _refuse(held: Held, error: errors.KontomatikError, failure: Failure) -> None:
    checks: tuple[str, ...] = ()
    code = error.code
    if isinstance(error, errors.StatementRefused):
        checks = error.failed_verifications
    if isinstance(error, errors.UploadRefused):
        code = " ".join((error.code, *error.places))
    _note_sent(held)
    moves.fail(held, failure, code=code, words=checks)
    _keep_checks(held, checks)


def _take(held: Held, delivered: Delivered) -> bool:
    owner = held.source.onboarding.owner_external_id
    if delivered.owner_external_id not in (None, owner):
        with transaction.atomic():
            _note_sent(held)
            moves.fail(held, Failure.OWNER_MISMATCH)
        return True
    with transaction.atomic():
        _note_sent(held)
        outcomes.settle_imported(held, delivered.accounts, delivered.account_count)
        rows = SourceFile.objects.filter(pk=held.source.pk)
        rows.update(answer_id=delivered.answer_id if vendor.is_storable(delivered.answer_id) else "")
        if name := vendor.name(delivered.bank_name):
            # The service read it in the file; what the person chose may have been a slip.
            rows.update(bank_name=name)
        _keep_checks(held, delivered.failed_checks)
    return True


def _note_sent(held: Held) -> None:
    journal.record(
        EventName.FILE_SENT,
        onboarding_id=held.source.onboarding_id,
        actor=Actor.SYSTEM,
        source_uuid=held.source.uuid,
    )


def _keep_checks(held: Held, names: tuple[str, ...]) -> None:
    checks = [FailedCheck(file_id=held.source.pk, name=name) for name in dict.fromkeys(one[:64] for one in names)]
    FailedCheck.objects.bulk_create(checks, ignore_conflicts=True)
