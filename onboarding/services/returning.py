"""Come back from the bank: bound to the browser that began, or proved by the code that its tab shows.

A return in another browser always weighs more than one in the browser that began: whoever sent a sign-in's link to
somebody else can open the return address too. So the rule that the rows keep is: once ``return_code_until`` is
written, ``returned_at`` is written by the right code alone.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from onboarding import clock, journal, tasks
from onboarding.jobs import moves, opening
from onboarding.models import Actor, BankSignIn, EventName, Failure, Onboarding, Source, SourceState

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letters or digits that look alike: the code is read from one screen and typed on another."""
CODE_LENGTH = 6
CODE_TRIES = 5
CODE_LIFE = timedelta(minutes=10)


class Arrival(Enum):
    """What a hit on the return address turned out to be."""

    WELCOME = auto()
    USED = auto()
    ELSEWHERE = auto()
    LATE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Return:
    """One return; the ids only when the sign-in is this browser's own."""

    arrival: Arrival
    onboarding_uuid: UUID | None = None
    source_uuid: UUID | None = None


class Proof(Enum):
    """What a code that was typed in another browser turned out to be."""

    RIGHT = auto()
    WRONG = auto()
    DEAD = auto()


def come_back(*, redirection_id: str, browser: str, state: str = "") -> Return:
    """Take a return: for the browser that began, the sign-in is checked now; for any other, nothing is imported.

    The browser that began is welcome in any case, but where another one was seen its return proves nothing.

    ``redirection_id`` and ``state`` come from the address and are anybody's word; ``browser`` is the digest of this
    browser's session secret. A sign-in whose return address was given a ``state`` knows no return without it, in
    whatever browser.
    """
    source = _find(redirection_id)
    if source is None or source.onboarding.erased_at or not _has_state(source, state):
        return Return(Arrival.UNKNOWN)
    is_own = bool(browser) and secrets.compare_digest(source.onboarding.browser, browser)
    if not is_own:
        return Return(_seen_elsewhere(source, browser))
    if source.removed_at or not _mark_returned(source, EventName.RETURNED):
        return Return(Arrival.USED, source.onboarding.uuid, source.uuid)
    return Return(Arrival.WELCOME, source.onboarding.uuid, source.uuid)


def prove(*, redirection_id: str, code: str, browser: str) -> tuple[Proof, int]:
    """Check the code typed in another browser; return the outcome and how many tries are left.

    Only the browser that came back may type it: whoever began the sign-in sees the code and could type it elsewhere.
    Five tries and ten minutes; the fifth wrong one ends the sign-in, since somebody may be guessing.
    """
    source = _find(redirection_id)
    if source is None:
        return Proof.DEAD, 0
    now = clock.now()
    # Columns of this row alone: PostgreSQL looks again at those, not at a joined table's, when two tries meet, and
    # guesses sent all at once would be more than five. A sign-in that is over has no code any more.
    alive = BankSignIn.objects.filter(
        pk=source.pk, return_browser=browser, return_code_tries__lt=CODE_TRIES, return_code_until__gt=now
    ).exclude(Q(return_code="") | Q(return_browser=""))
    if alive.update(return_code_tries=F("return_code_tries") + 1) != 1:
        return Proof.DEAD, 0
    bank = BankSignIn.objects.get(pk=source.pk)
    typed = "".join(code.upper().split()).replace("-", "")
    if bank.return_code and secrets.compare_digest(bank.return_code.encode(), typed.encode()):
        return (Proof.RIGHT if _mark_returned(source, EventName.CODE_RIGHT) else Proof.DEAD), 0
    left = CODE_TRIES - bank.return_code_tries
    _note_wrong_code(source, left)
    return (Proof.WRONG, left) if left > 0 else (Proof.DEAD, 0)


def open_onboarding_of(browser: str) -> Onboarding | None:
    """Return the newest onboarding of this browser that is not erased."""
    if not browser:
        return None
    return Onboarding.objects.of_browser(browser).live().order_by("-created_at").first()


def _find(redirection_id: str) -> Source | None:
    if not redirection_id or len(redirection_id) > 200 or "\x00" in redirection_id:
        return None
    rows = Source.objects.select_related("bank", "onboarding")
    return rows.filter(bank__redirection_id=redirection_id).first()


def _has_state(source: Source, state: str) -> bool:
    """Tell whether a return came by the very address that was given for it; sign-ins opened without one have none."""
    expected = source.bank.return_state
    return not expected or secrets.compare_digest(expected, opening.state_digest(state))


def _mark_returned(source: Source, event: EventName) -> bool:
    """Let the sign-in check begin; False when this sign-in is over. A second return changes nothing.

    Nor does a return that is not proved, once one was seen in another browser.
    """
    now = clock.now()
    with transaction.atomic():
        signing_in = Source.objects.filter(pk=source.pk, state=SourceState.SIGNING_IN, removed_at=None)
        # Locked before its bank row, in the order of a worker that ends it at this moment.
        if not list(signing_in.select_for_update().values_list("pk")):
            return False
        waiting = BankSignIn.objects.filter(pk=source.pk, returned_at=None)
        if event != EventName.CODE_RIGHT:
            waiting = waiting.filter(return_code_until=None)
        first = waiting.update(returned_at=now, return_code="", seen_unfinished=False, finished_seen_at=None)
        if first and signing_in.update(due_at=now) == 1:
            _note(event, source)
            tasks.nudge_after_commit(tasks.advance_source, source.pk)
    return True


def _seen_elsewhere(source: Source, browser: str) -> Arrival:
    """Let only the code count from now on: withdraw what the own browser said, or end what waits in the line."""
    now = clock.now()
    with transaction.atomic():
        before_import = Source.objects.filter(
            pk=source.pk, state__in=(SourceState.SIGNING_IN, SourceState.QUEUED), removed_at=None
        )
        state = before_import.select_for_update().values_list("state", flat=True).first()
        if state is None:
            return Arrival.LATE
        bank = BankSignIn.objects.get(pk=source.pk)
        is_proved = bank.returned_at is not None and bank.return_code_until is not None
        if is_proved and not bank.seen_unfinished:
            # Whoever typed the right code went back to the page that asked for it.
            return Arrival.LATE
        is_third = bank.return_code_until is not None and bank.return_browser != browser
        if is_proved or is_third or state == SourceState.QUEUED:
            # A code counts once and in one browser, and a source never goes back a state.
            _end_unproven(source, SourceState(state), because=EventName.RETURNED_ELSEWHERE)
            return Arrival.LATE
        if bank.return_code_until is None:
            _ask_for_code(source, bank, browser)
        bank.refresh_from_db()
    in_time = bank.return_code_until is not None and bank.return_code_until > now
    return Arrival.ELSEWHERE if in_time and bank.return_code_tries < CODE_TRIES else Arrival.LATE


def _ask_for_code(source: Source, bank: BankSignIn, browser: str) -> None:
    """Make the code that the waiting tab will show, once; a return that was taken already counts no more."""
    if bank.returned_at is not None:
        signing_in = Source.objects.filter(pk=source.pk, state=SourceState.SIGNING_IN)
        # Without its claim, a worker that asks the vendor at this moment can't let the source join the line.
        if signing_in.update(due_at=F("give_up_at"), claim="", claimed_until=None) != 1:
            return
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    fresh = BankSignIn.objects.filter(pk=source.pk, return_code="", return_code_until=None)
    made = fresh.update(
        return_code=code,
        return_browser=browser,
        return_code_until=clock.now() + CODE_LIFE,
        returned_at=None,
        seen_unfinished=False,
        finished_seen_at=None,
    )
    if made == 1:
        _note(EventName.RETURNED_ELSEWHERE, source)


def _note_wrong_code(source: Source, left: int) -> None:
    with transaction.atomic():
        if left > 0 or not _end_unproven(source, SourceState.SIGNING_IN, because=EventName.CODE_WRONG):
            _note(EventName.CODE_WRONG, source)


def _end_unproven(source: Source, state: SourceState, *, because: EventName) -> bool:
    """End a source that is still in this state; False when a worker took it further first."""
    now = clock.now()
    ended = Source.objects.filter(pk=source.pk, state=state).update(
        state=SourceState.ABANDONED,
        failure=Failure.RETURN_UNPROVEN,
        state_since=now,
        ended_at=now,
        due_at=None,
        give_up_at=None,
        claim="",
        claimed_until=None,
    )
    if ended:
        moves.wipe_secrets(source.pk)
        _note(because, source)
        journal.record(
            EventName.SOURCE_ABANDONED,
            onboarding_id=source.onboarding_id,
            actor=Actor.SYSTEM,
            source_uuid=source.uuid,
            detail=Failure.RETURN_UNPROVEN,
        )
    return ended == 1


def _note(event: EventName, source: Source) -> None:
    journal.record(event, onboarding_id=source.onboarding_id, actor=Actor.USER, source_uuid=source.uuid)
