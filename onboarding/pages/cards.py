"""The read side of one source: its card as the person sees it, worked out from the rows that are there already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.failures import REFUSALS, Words
from onboarding.file_words import words_of
from onboarding.models import BankSignIn, Failure, FileFormat, SignInWay, Source, SourceKind, SourceState
from onboarding.models.sources import OPEN_STATES, REMOVABLE_STATES

_WAITING = _("Waiting")
_DONE = _("Done")
TRACKS: Mapping[str, tuple[str | Promise, ...]] = {
    SourceKind.BANK: (_("Sign-in"), _WAITING, _("Import"), _DONE),
    SourceKind.STATEMENT: (_("Check"), _WAITING, _("Reading"), _DONE),
    SourceKind.UPLOAD: (_("Reading"), _("Confirm"), _("Sending"), _DONE),
}
"""The stages that each kind goes through."""

_AT_FIRST = {SourceState.SIGNING_IN: 0, SourceState.CHECKING: 0, SourceState.IMPORTED: 4}
_REACHED: Mapping[str, Mapping[SourceState, int]] = {
    SourceKind.BANK: {**_AT_FIRST, SourceState.ASKING: 0, SourceState.QUEUED: 1, SourceState.IMPORTING: 2},
    SourceKind.STATEMENT: {**_AT_FIRST, SourceState.ASKING: 0, SourceState.QUEUED: 1, SourceState.IMPORTING: 2},
    SourceKind.UPLOAD: {**_AT_FIRST, SourceState.ASKING: 1, SourceState.QUEUED: 2, SourceState.IMPORTING: 2},
}

SLOW_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a card's track; ``status`` is ``done``, ``now`` or ``todo``."""

    name: str | Promise
    status: str


@dataclass(frozen=True, slots=True)
class Card:
    """One source as the person sees it.

    ``kind`` is ``bank``, ``statement`` or ``upload``; ``bank_name`` is told apart from the title for files only.
    ``question`` is what a file waits for: ``password``, ``columns``, ``preview`` or nothing; ``password_tries``
    are the wrong passwords so far, ``was_unreadable`` says that it could not be read as its columns were said to be.
    ``was_refused`` says that the failure lies in the file. ``changes_at`` is the next instant at which time alone
    changes what is shown, but for the elapsed time, which the page counts by itself.
    """

    uuid: UUID
    kind: str
    state: str
    title: str | Promise
    bank_name: str
    question: str
    password_tries: int
    was_unreadable: bool
    stages: tuple[Stage, ...]
    since: datetime
    elapsed: timedelta
    people_ahead: int
    is_slow: bool
    returned: bool
    can_continue: bool
    code: str
    failure: Words | None
    was_refused: bool
    can_retry: bool
    can_sign_in_again: bool
    can_choose_again: bool
    can_remove: bool
    repeats_earlier: bool
    account_count: int | None
    missing_from_summary: bool
    changes_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_asking(self) -> bool:
        return self.state == SourceState.ASKING

    @property
    def waits_for_person(self) -> bool:
        """Tell whether it stands still until the person does something: answers a question, or signs in."""
        return self.is_asking or self.can_continue

    @property
    def is_file(self) -> bool:
        return self.kind != SourceKind.BANK

    @property
    def has_actions(self) -> bool:
        return (
            bool(self.question)
            or self.can_continue
            or self.can_retry
            or self.can_sign_in_again
            or self.can_choose_again
            or self.can_remove
        )


def card(source: Source, number: int, now: datetime, *, chosen_anew: Sequence[str] = ()) -> Card:
    """Make the card of a source loaded ``with_details``; ``number`` counts the banks, or the files, from 1.

    ``chosen_anew`` are the kinds of files that can be chosen once more.
    """
    failed = source.ended_in_failure
    is_bank = source.kind == SourceKind.BANK
    ours = source.failure == Failure.OWNER_MISMATCH
    retry = failed and source.is_repeatable
    bank = source.bank if is_bank else None
    code_alive = bank is not None and bank.return_code_until is not None and bank.return_code_until > now
    return Card(
        uuid=source.uuid,
        kind=source.kind,
        state=source.state,
        title=_title(source, number),
        bank_name="" if is_bank or source.file.bank_name == source.display_name else source.file.bank_name,
        question="" if is_bank or source.state != SourceState.ASKING else source.file.question,
        password_tries=0 if is_bank else source.file.password_tries,
        was_unreadable=not is_bank and bool(source.file.problem),
        stages=() if failed else _stages(source),
        since=source.state_since,
        elapsed=max(timedelta(0), now - source.state_since),
        people_ahead=getattr(source, "people_ahead", 0) if source.state == SourceState.QUEUED else 0,
        is_slow=source.state == SourceState.IMPORTING and now - source.state_since >= SLOW_AFTER,
        returned=bank is not None and bank.returned_at is not None,
        can_continue=bank is not None and source.state == SourceState.SIGNING_IN and _has_way(bank),
        code=f"{bank.return_code[:3]} {bank.return_code[3:]}" if bank and bank.return_code and code_alive else "",
        failure=words_of(source),
        was_refused=source.failure in REFUSALS,
        can_retry=retry,
        can_sign_in_again=failed and is_bank and not retry and not ours,
        can_choose_again=failed and source.kind in chosen_anew and not ours and not _is_pushed(source),
        can_remove=failed or source.state in REMOVABLE_STATES or (not is_bank and source.state == SourceState.QUEUED),
        repeats_earlier=source.repeats_earlier,
        account_count=source.account_count,
        missing_from_summary=source.missing_from_summary,
        changes_at=_changes_at(source, bank if code_alive else None, now),
    )


def _changes_at(source: Source, shows_code: BankSignIn | None, now: datetime) -> datetime | None:
    """Return when a code that is shown dies, or when an import will be called slow."""
    if shows_code is not None:
        return shows_code.return_code_until
    slow_at = source.state_since + SLOW_AFTER
    return slow_at if source.state == SourceState.IMPORTING and slow_at > now else None


def _has_way(bank: BankSignIn) -> bool:
    """Tell whether there is somewhere to go on signing in: the form on our page, or a link not come back from yet."""
    return bank.way == SignInWay.WIDGET or (bool(bank.link) and bank.returned_at is None)


def _title(source: Source, number: int) -> str | Promise:
    if name := source.display_name:
        return name
    if source.kind == SourceKind.BANK:
        return _("Bank %(number)d") % {"number": number}
    if _is_pushed(source):
        return _("What was sent for you")
    return _("File %(number)d") % {"number": number}


def _is_pushed(source: Source) -> bool:
    return source.kind == SourceKind.UPLOAD and source.file.format == FileFormat.PUSHED


def _stages(source: Source) -> tuple[Stage, ...]:
    reached = _REACHED[source.kind][SourceState(source.state)]
    return tuple(
        Stage(name, "done" if index < reached else "now" if index == reached else "todo")
        for index, name in enumerate(TRACKS[source.kind])
    )
