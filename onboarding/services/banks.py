"""Add a bank, try one again, take one off the list."""

import secrets
from contextlib import suppress
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import clock, journal, tasks
from onboarding.jobs import moves, opening
from onboarding.models import Actor, BankSignIn, EventName, Failure, Onboarding, Source, SourceState
from onboarding.models.work import CLAIM_LEASE

MAX_OPEN = 5
"""Sign-ins that one person may have open at once; each costs a call to the vendor while a page waits."""


class NotPossible(Exception):
    """Say that this is not possible for a source as it is now; the page shown next says how it is."""


class TooManyOpen(NotPossible):
    """Say that as many sign-ins are open as one person can have: finish or remove one first."""


def begin(*, onboarding: Onboarding, intent: UUID, replaces: Source | None = None) -> Source:
    """Add a bank: make its source and fetch where the person signs in.

    ``intent`` came with the form; the same intent twice is one source and one call to the vendor. A source that is
    replaced must have ended badly. On return the source has its link, or has failed with the kind that says why; the
    loser of a double click gets the source while its link may still be on its way. Raises ``NotPossible`` when the
    person was erased meanwhile, or when what is to be replaced was replaced already, and ``TooManyOpen``
    beyond ``MAX_OPEN`` sign-ins.
    """
    found = onboarding.sources.filter(intent=intent).select_related("bank").first()
    if found is None:
        found, held = _create(onboarding, intent, replaces)
        if held is not None:
            with suppress(moves.ClaimLost):
                opening.step(held)
            opened = Source.objects.select_related("bank").filter(pk=found.pk).first()
            if opened is None:
                raise NotPossible
            found = opened
    return found


def _create(onboarding: Onboarding, intent: UUID, replaces: Source | None) -> tuple[Source, moves.Held | None]:
    now = clock.now()
    token = secrets.token_hex(8)
    try:
        with transaction.atomic():
            source = Source.objects.create(
                onboarding=onboarding,
                intent=intent,
                state_since=now,
                due_at=now,
                claim=token,
                claimed_until=now + CLAIM_LEASE,
            )
            bank = BankSignIn.objects.create(source=source)
            if replaces is not None:
                _replace(replaces, source)
            journal.record(
                EventName.SIGNIN_ASKED, onboarding_id=onboarding.pk, actor=Actor.USER, source_uuid=source.uuid
            )
            _require_live(onboarding.pk)
            if onboarding.sources.filter(state=SourceState.SIGNING_IN).count() > MAX_OPEN:
                raise TooManyOpen
    except IntegrityError:
        # The other click of a double click was first.
        return onboarding.sources.select_related("bank").get(intent=intent), None
    source.bank = bank
    return source, moves.Held(source, token, now)


def _replace(old: Source, new: Source) -> None:
    replaced = Source.objects.listed().ended_badly().filter(pk=old.pk, onboarding_id=new.onboarding_id)
    if replaced.update(replaced_by=new) != 1:
        raise NotPossible


def _require_live(onboarding_id: int) -> None:
    """Hold off an erasure until this transaction ends, or give up when it was first.

    Comes last in a transaction: whoever locks the onboarding before its sources would wait for a worker that waits.
    """
    live = Onboarding.objects.live().filter(pk=onboarding_id).select_for_update(no_key=True)
    if not list(live.values_list("pk")):
        raise NotPossible


def repeat(*, source: Source, actor: Actor, staff: journal.Staff = None) -> Source:
    """Look at a failed import's command once more, as a new source that replaces the failed one.

    Raises ``NotPossible`` when only a new sign-in helps or when somebody else did it first.
    """
    if not source.is_repeatable:
        raise NotPossible
    now = clock.now()
    old = source.bank
    with transaction.atomic():
        new = Source.objects.create(
            onboarding_id=source.onboarding_id,
            kind=source.kind,
            intent=uuid4(),
            state=SourceState.QUEUED,
            state_since=now,
            queued_at=now,
            due_at=now,
            give_up_at=now + settings.QUEUE_DEADLINE,
        )
        _replace(source, new)
        BankSignIn.objects.create(
            source=new,
            returned_at=old.returned_at,
            target=old.target,
            official_name=old.official_name,
            institution=old.institution,
            start_asked_at=old.start_asked_at,
            command_id=old.command_id,
        )
        journal.record(
            EventName.RETRIED,
            onboarding_id=source.onboarding_id,
            actor=actor,
            staff=staff,
            source_uuid=new.uuid,
        )
        _require_live(source.onboarding_id)
        tasks.nudge_line_after_commit()
    return new


def remove(*, source: Source) -> None:
    """Take a source off the list that ended badly or is still signing in; its sign-in counts no more.

    Raises ``NotPossible`` when it is being imported or was imported: then erasing everything is the way.
    """
    now = clock.now()
    with transaction.atomic():
        rows = Source.objects.listed().filter(pk=source.pk)
        removed = rows.ended_badly().update(removed_at=now) or rows.filter(state=SourceState.SIGNING_IN).update(
            removed_at=now,
            state=SourceState.ABANDONED,
            state_since=now,
            ended_at=now,
            failure=Failure.CANCELLED,
            due_at=None,
            give_up_at=None,
            claim="",
        )
        if not removed:
            raise NotPossible
        moves.wipe_secrets(source.pk)
        journal.record(EventName.REMOVED, onboarding_id=source.onboarding_id, actor=Actor.USER, source_uuid=source.uuid)
