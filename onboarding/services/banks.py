"""Add a bank, try one again, take one off the list (see ``sources``)."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import bank_list, clock, journal, tasks
from onboarding.jobs import moves, opening
from onboarding.models import Actor, BankSignIn, CatalogBank, EventName, Onboarding, Source, SourceKind, SourceState

from .sources import NotPossible as NotPossible
from .sources import remove as remove
from .sources import replace, require_live

MAX_OPEN = 5
"""Sign-ins that one person may have open at once; each costs a call to the vendor while a page waits."""


class TooManyOpen(NotPossible):
    """Say that as many sign-ins are open as one person can have: finish or remove one first."""


class UnknownBank(NotPossible):
    """Say that the bank that was chosen is not in the catalog (any more): choose again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A bank chosen from our own list; ``name`` only tells several entries of one institution apart."""

    country: str
    institution: str
    name: str


def begin(
    *, onboarding: Onboarding, intent: UUID, replaces: Source | None = None, choice: Choice | None = None
) -> Source:
    """Add a bank: make its source and open its sign-in, at the service's pages or in a form on ours.

    A ``choice`` is looked up in the last good copy of the catalog, since the vendor's names change; without one the
    person chooses at the service (a replaced source's choice is kept). Raises ``UnknownBank`` when it is not there.

    ``intent`` came with the form; the same intent twice is one source and one call to the vendor. A source that is
    replaced must have ended badly. On return the source has its link, or has failed with the kind that says why; the
    loser of a double click gets the source while its link may still be on its way. Raises ``NotPossible`` when the
    person was erased meanwhile, or when what is to be replaced was replaced already, and ``TooManyOpen``
    beyond ``MAX_OPEN`` sign-ins.
    """
    found = onboarding.sources.filter(intent=intent).select_related("bank").first()
    if found is None:
        found, held = _create(onboarding, intent, replaces, _entry(onboarding, choice, replaces))
        if held is not None:
            with suppress(moves.ClaimLost):
                opening.step(held)
            opened = Source.objects.select_related("bank").filter(pk=found.pk).first()
            if opened is None:
                raise NotPossible
            found = opened
    return found


def _entry(onboarding: Onboarding, choice: Choice | None, replaces: Source | None) -> CatalogBank | None:
    if choice is not None:
        found = bank_list.current(country=choice.country, institution=choice.institution, name=choice.name)
        if found is None:
            raise UnknownBank
        return found
    if settings.BANK_LIST and replaces is not None and replaces.kind == SourceKind.BANK:
        return bank_list.chosen(replaces.bank, country=onboarding.country)
    return None


def _create(
    onboarding: Onboarding, intent: UUID, replaces: Source | None, entry: CatalogBank | None
) -> tuple[Source, moves.Held | None]:
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
                claimed_until=now + opening.PAGE_LEASE,
            )
            bank = BankSignIn.objects.create(
                source=source,
                way=settings.KONTOMATIK_SIGNIN,
                target=entry.name if entry else "",
                official_name=entry.official_name if entry else "",
                institution=entry.institution if entry else "",
            )
            if replaces is not None:
                replace(replaces, source)
            journal.record(
                EventName.SIGNIN_ASKED, onboarding_id=onboarding.pk, actor=Actor.USER, source_uuid=source.uuid
            )
            require_live(onboarding.pk)
            if onboarding.sources.filter(state=SourceState.SIGNING_IN).count() > MAX_OPEN:
                raise TooManyOpen
    except IntegrityError:
        # The other click of a double click was first.
        return onboarding.sources.select_related("bank").get(intent=intent), None
    source.bank = bank
    return source, moves.Held(source, token, now)


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
        replace(source, new)
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
        require_live(source.onboarding_id)
        tasks.nudge_line_after_commit()
    return new
