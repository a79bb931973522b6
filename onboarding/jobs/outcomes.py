"""How what was asked of the vendor ends: imported, refused, or unanswered and watched for in the aggregate."""

import logging
from datetime import timedelta

from django.db import transaction

from onboarding import journal
from onboarding.kontomatik import errors
from onboarding.models import Actor, BankSignIn, EventName, Failure, Source, SourceFile, SourceKind, SourceState

from . import appearance, moves, recognition, vendor, verdicts
from .moves import Held

log = logging.getLogger(__name__)

FIRST_LOOK = timedelta(seconds=5)
WATCH_EVERY = timedelta(seconds=10)


def settle_imported(held: Held, accounts: frozenset[str], account_count: int | None) -> None:
    """End an import well: remember its accounts' fingerprints and whether they all came before."""
    with transaction.atomic():
        moves.end(held, SourceState.IMPORTED, EventName.IMPORTED)
        recognition.remember(held.source, accounts)
        Source.objects.filter(pk=held.source.pk).update(
            account_count=account_count, repeats_earlier=recognition.came_before(held.source, accounts)
        )


def keep_watching(held: Held, error: errors.KontomatikError) -> None:
    """Go on without an answer: what was asked for may have taken effect, and its data will show it.

    It is never asked for again, so what was needed to ask is forgotten.
    """
    log.warning("source %s: unanswered: %s", held.source.uuid, error)
    with transaction.atomic():
        if not moves.put_back(held, after=FIRST_LOOK):
            raise moves.ClaimLost
        moves.wipe_secrets(held.source.pk)
        journal.record(
            EventName.START_UNANSWERED,
            onboarding_id=held.source.onboarding_id,
            actor=Actor.SYSTEM,
            source_uuid=held.source.uuid,
            detail=error.code,
        )


def watch(held: Held) -> bool:
    """Look whether a source has appeared in the aggregate; return whether its slot was given back."""
    renew = moves.renewal(held.row())
    failure, code = Failure.TIMED_OUT, ""
    try:
        found = appearance.look_for(held.source, is_last_look=held.is_overdue, renew=renew)
    except errors.NoSuchOwner:
        found = None
    except errors.KontomatikError as error:
        log.warning("source %s: watching the aggregate: %s", held.source.uuid, error)
        found = None
        code = error.code
        if held.source.kind == SourceKind.BANK:
            # Of a file another failure would say that it was not taken, and that is not known.
            failure = verdicts.verdict(error, attempts=held.source.attempts).failure
    except errors.AggregateRefused as error:
        log.warning("source %s: watching the aggregate: %s", held.source.uuid, error)
        found = None
    if found is None and held.is_overdue:
        moves.fail(held, failure, code=code)
        return True
    if found is None:
        moves.put_back(held, after=WATCH_EVERY)
        return False
    _name_bank(held.source, found)
    settle_imported(held, found.accounts, found.account_count)
    return True


def _name_bank(source: Source, found: appearance.Appeared) -> None:
    target, official_name = vendor.name(found.target), vendor.name(found.official_name)
    if source.kind == SourceKind.BANK:
        BankSignIn.objects.filter(pk=source.pk, target="").update(target=target)
        BankSignIn.objects.filter(pk=source.pk, official_name="").update(official_name=official_name)
    else:
        SourceFile.objects.filter(pk=source.pk, bank_name="").update(bank_name=official_name)
