"""Take files of people, and their answers to what a file leaves open: its password, its columns, its preview."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import clock, journal, sealing, tasks, vault
from onboarding.jobs import files as sealed_files
from onboarding.jobs import line
from onboarding.models import (
    Actor,
    ColumnChoice,
    EventName,
    Failure,
    FileFormat,
    Onboarding,
    Question,
    Source,
    SourceFile,
    SourceKind,
    SourceState,
)
from onboarding.models.sources import ENDED_BADLY

from .sources import NotPossible as NotPossible
from .sources import replace, require_live

MAX_OPEN = 20
"""Files that one person may have open at once."""
MAX_FILES = 200
"""Files that one person may send altogether, whatever became of them: also a file that is refused at once is kept."""
NAME_WIDTH = 200


class Outcome(StrEnum):
    """Say what became of one file of a form."""

    TAKEN = "taken"
    SEEN_BEFORE = "seen_before"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Received:
    """One file of a form, as the upload handler left it: in the vault, or refused there already."""

    name: str
    deposited: vault.Deposited | None
    is_too_large: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file. ``source`` is its own, or for ``SEEN_BEFORE`` the one that has the same content."""

    name: str
    outcome: Outcome
    source: Source | None


@dataclass(frozen=True, slots=True)
class Columns:
    """How the person says that a table is to be read; named as the columns of ``ColumnChoice``, which count from 0.

    One of ``booked_on`` and ``transaction_on`` is needed, and ``amount``, or ``debit`` or ``credit``.
    """

    encoding: str
    delimiter: str
    header_row: int | None
    date_format: str
    decimal: str
    booked_on: int | None = None
    transaction_on: int | None = None
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    balance: int | None = None
    title: int | None = None
    party: int | None = None
    party_iban: int | None = None
    currency_column: int | None = None
    number: str = ""
    currency: str = ""
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a file of a form is to become."""

    onboarding: Onboarding
    kind: SourceKind
    intent: UUID
    file: Received
    format: str
    target: str
    bank_name: str
    replaces: Source | None


class TooManyOpen(NotPossible):
    """Say that the person has as many files, open or altogether, as one can have."""


def receive_statements(
    *,
    onboarding: Onboarding,
    intent: UUID,
    files: Sequence[Received],
    target: str,
    bank_name: str,
    replaces: Source | None = None,
) -> list[Taken]:
    """Take the PDF statements of one form, each as a source of its own; return what became of each, in their order.

    ``intent`` came with the form: the same form twice gives the same sources. ``target`` is the service's name of the
    bank, ``bank_name`` what people call it. The first file that is taken replaces ``replaces``, which must have ended
    badly. A file that is empty or too large becomes a source that failed with that kind. Whatever is not taken is
    deleted. Raises ``NotPossible`` when the person was erased meanwhile or the replaced source was replaced already.
    """
    return _receive(onboarding, SourceKind.STATEMENT, intent, files, FileFormat.PDF, target, bank_name, replaces)


def receive_exports(
    *, onboarding: Onboarding, intent: UUID, files: Sequence[Received], replaces: Source | None = None
) -> list[Taken]:
    """Take the bank exports of one form, as ``receive_statements`` does."""
    return _receive(onboarding, SourceKind.UPLOAD, intent, files, "", "", "", replaces)


def _receive(
    onboarding: Onboarding,
    kind: SourceKind,
    intent: UUID,
    files: Sequence[Received],
    file_format: str,
    target: str,
    bank_name: str,
    replaces: Source | None,
) -> list[Taken]:
    taken: list[Taken] = []
    intents: set[UUID] = set()
    try:
        for number, file in enumerate(files):
            own = _own_intent(onboarding, intent, file, number)
            wish = _Wish(onboarding, kind, own, file, file_format, target[:NAME_WIDTH], bank_name, replaces)
            one = _take(wish, is_repeated=own in intents)
            intents.add(own)
            taken.append(one)
            if one.outcome == Outcome.TAKEN:
                replaces = None
    finally:
        for file in files[len(taken) :]:
            _discard(file)
    return taken


def _own_intent(onboarding: Onboarding, intent: UUID, file: Received, number: int) -> UUID:
    """Return the intent of one file: a form sent again makes no other, unless its file was removed meanwhile."""
    own = uuid5(intent, file.deposited.fingerprint if file.deposited else f"file {number}")
    while onboarding.sources.filter(intent=own, removed_at__isnull=False).exists():
        own = uuid5(own, "again")
    return own


def _take(wish: _Wish, *, is_repeated: bool) -> Taken:
    sources = wish.onboarding.sources
    name = shown_name(wish.file.name)
    found = sources.filter(intent=wish.intent).first()
    if found is None:
        try:
            return Taken(name, Outcome.TAKEN, _create(wish, name))
        except TooManyOpen:
            _discard(wish.file)
            return Taken(name, Outcome.TOO_MANY, None)
        except IntegrityError:
            # The other click of a double click was first, or another tab that has the same file.
            found = sources.filter(intent=wish.intent).first()
    _discard(wish.file)
    if found is not None and not is_repeated:
        return Taken(name, Outcome.TAKEN, found)
    return Taken(name, Outcome.SEEN_BEFORE, found or _with_content(wish))


def _with_content(wish: _Wish) -> Source | None:
    if wish.file.deposited is None:
        return None
    same = wish.onboarding.sources.filter(file_fingerprint=wish.file.deposited.fingerprint)
    return same.exclude(state__in=ENDED_BADLY).first()


def _create(wish: _Wish, name: str) -> Source:
    now = clock.now()
    until = now + settings.FILE_RETENTION
    deposited = wish.file.deposited
    refused = _refused_at_once(wish.file)
    state: dict[str, Any] = {"state": SourceState.CHECKING, "due_at": now, "give_up_at": until}
    if refused is not None:
        state = {"state": SourceState.FAILED, "failure": refused, "ended_at": now}
    with transaction.atomic():
        source = Source.objects.create(
            onboarding=wish.onboarding,
            kind=wish.kind,
            intent=wish.intent,
            state_since=now,
            file_fingerprint=deposited.fingerprint if deposited and refused is None else "",
            **state,
        )
        SourceFile.objects.create(
            source=source,
            name=name,
            format=wish.format,
            size=deposited.size if deposited else 0,
            stored_as=deposited.name if deposited and refused is None else None,
            stored_until=until if refused is None else None,
            target=wish.target,
            bank_name=shown_name(wish.bank_name),
        )
        if wish.replaces is not None:
            replace(wish.replaces, source)
        note(EventName.FILE_RECEIVED, source)
        if refused is None:
            tasks.nudge_after_commit(tasks.advance_source, source.pk)
        else:
            note(EventName.SOURCE_FAILED, source, actor=Actor.SYSTEM, detail=refused)
        require_live(wish.onboarding.pk)
        require_room(wish.onboarding)
    if refused is not None:
        _discard(wish.file)
    return source


def _refused_at_once(file: Received) -> Failure | None:
    if file.is_too_large:
        return Failure.FILE_TOO_LARGE
    if file.is_empty or file.deposited is None or not file.deposited.size:
        return Failure.FILE_EMPTY
    return None


def require_room(onboarding: Onboarding) -> None:
    """Raise ``TooManyOpen`` when the person has more files, open or altogether, than one can have."""
    files = onboarding.sources.exclude(kind=SourceKind.BANK)
    if files.open().count() > MAX_OPEN or files.count() > MAX_FILES:
        raise TooManyOpen


def _discard(file: Received) -> None:
    if file.deposited is not None:
        vault.delete(file.deposited.name)


def shown_name(name: str) -> str:
    """Return a file's or a bank's name as it can be kept and shown: printable, one line, cut to its column."""
    return "".join(letter if letter.isprintable() else " " for letter in name).strip()[:NAME_WIDTH]


def give_password(*, source: Source, password: str) -> None:
    """Have a protected file checked again with its password; raise ``NotPossible`` unless it was asked for."""
    with transaction.atomic():
        file = _asked(source, Question.PASSWORD)
        sealed = sealing.seal(password, place=sealed_files.password_place(file.pk))
        SourceFile.objects.filter(pk=file.pk).update(question="", password=sealed)
        _check_again(source, Question.PASSWORD)


def choose_columns(*, source: Source, columns: Columns) -> None:
    """Have a table read as the person says; raise ``NotPossible`` unless its columns, or its preview, were asked about.

    After the preview this is the way back: it is read again, and the preview will be another one.
    """
    with transaction.atomic():
        file = _asked(source, Question.COLUMNS, Question.PREVIEW)
        if file.format != FileFormat.CSV:
            raise NotPossible
        ColumnChoice.objects.update_or_create(file=file, defaults={**asdict(columns), "said_by_person": True})
        SourceFile.objects.filter(pk=file.pk).update(
            question="", problem="", expected="", line=None, column=None, element=""
        )
        _check_again(source, Question.COLUMNS)


def confirm(*, source: Source) -> None:
    """Send a file off as it was shown: it joins the line. Raises ``NotPossible`` unless its preview was asked about."""
    now = clock.now()
    with transaction.atomic():
        file = _asked(source, Question.PREVIEW)
        if file.payload is None or file.stored_until is None or file.stored_until <= now:
            raise NotPossible
        # What was read is whole and ready; the file itself is needed no more.
        sealed_files.delete_after_commit([file.stored_as] if file.stored_as else [])
        SourceFile.objects.filter(pk=file.pk).update(question="", stored_as=None, confirmed_at=now)
        Source.objects.filter(pk=source.pk).update(
            state=SourceState.QUEUED,
            state_since=now,
            nudged_at=None,
            **line.joining(now, stored_until=file.stored_until),
        )
        note(EventName.FILE_ANSWERED, source, detail=Question.PREVIEW)
        require_live(source.onboarding_id)
        tasks.nudge_line_after_commit()


def _asked(source: Source, *questions: Question) -> SourceFile:
    """Lock a source that asks one of these questions, and return its file."""
    asking = Source.objects.listed().filter(pk=source.pk, state=SourceState.ASKING)
    # Locked before its file is read: the other click, or another tab, comes after and finds nothing asked.
    if not list(asking.select_for_update(of=("self",)).values_list("pk")):
        raise NotPossible
    file = SourceFile.objects.get(pk=source.pk)
    if file.question not in questions:
        raise NotPossible
    return file


def _check_again(source: Source, question: Question) -> None:
    now = clock.now()
    Source.objects.filter(pk=source.pk).update(
        state=SourceState.CHECKING, state_since=now, due_at=now, attempts=0, nudged_at=None
    )
    note(EventName.FILE_ANSWERED, source, detail=question)
    require_live(source.onboarding_id)
    tasks.nudge_after_commit(tasks.advance_source, source.pk)


def note(event: EventName, source: Source, *, actor: Actor = Actor.USER, detail: str = "") -> None:
    """Write what happened to a file's source."""
    journal.record(event, onboarding_id=source.onboarding_id, actor=actor, source_uuid=source.uuid, detail=str(detail))
