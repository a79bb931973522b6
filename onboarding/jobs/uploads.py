"""Own data: recognise a bank export, ask what its columns hold, read it whole into what will be sent, send that."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from django.db import transaction

from onboarding import sealing, vault
from onboarding.models import ColumnChoice, EventName, Failure, FileFormat, Question, SourceFile, SourceState
from onboarding.reading import isolated
from onboarding.reading.isolated import ReaderDied, ReaderTooSlow
from onboarding.reading.layout import TableMapping
from onboarding.reading.refusals import Expected, FileRefused, Problem

from . import exports, files, moves, recognition, sending, tables, vendor
from .moves import Held
from .sending import Delivered, NotSendable

log = logging.getLogger(__name__)

IN_MEMORY = 1024 * 1024
FAILURES = {
    Problem.EMPTY: Failure.FILE_EMPTY,
    Problem.UNKNOWN_FORMAT: Failure.FILE_FORMAT_UNKNOWN,
    Problem.TOO_MANY_ROWS: Failure.FILE_TOO_LONG,
    Problem.TOO_SLOW: Failure.FILE_TOO_SLOW,
    Problem.NO_ROWS: Failure.FILE_WITHOUT_ROWS,
}
"""The failures of refusals; any other problem makes a file wrong at its place."""
CHOSEN_WRONGLY = frozenset(
    {
        Problem.WRONG_VALUE,
        Problem.MISSING,
        Problem.BROKEN,
        Problem.ENCODING,
        Problem.TOO_LONG_A_LINE,
        Problem.NO_ROWS,
        Problem.MIXED_CURRENCIES,
        Problem.TOO_EXACT,
    }
)
"""Problems of a table that another choice of columns may mend."""


def check(held: Held) -> bool:
    """Look at an export that came in, or came back with its columns; it never joins the line here: the person confirms.

    A table is always asked about once, whatever was guessed; then, and for other formats at once, the whole file is
    read, and the person is shown what will be sent.
    """
    file = held.source.file
    if held.is_overdue or file.stored_as is None:
        moves.fail(held, Failure.FILE_EXPIRED)
        return False
    try:
        _look(held, file.stored_as)
    except FileRefused as error:
        _refused(held, error)
    except ReaderDied:
        moves.reader_died(held)
    except ReaderTooSlow:
        moves.fail(held, Failure.FILE_TOO_SLOW)
    except vault.TooLarge:
        moves.fail(held, Failure.FILE_TOO_LONG)
    except vault.Gone:
        moves.fail(held, Failure.FILE_EXPIRED)
    except sealing.SealBroken as error:
        log.error("source %s: %s", held.source.uuid, error)
        moves.fail(held, Failure.FILE_DAMAGED, code="SealBroken")
    return False


def _look(held: Held, stored_as: str) -> None:
    file = held.source.file
    if not file.format:
        found = isolated.recognise(vault.chunks(stored_as))
        if found is None:
            raise FileRefused(Problem.UNKNOWN_FORMAT)
        file.format = FileFormat(found.value)
        with transaction.atomic():
            moves.require(held.row())
            SourceFile.objects.filter(pk=file.pk).update(format=file.format)
    if file.format != FileFormat.CSV:
        _read(held, stored_as, None)
        return
    said = ColumnChoice.objects.filter(file=file, said_by_person=True).first()
    guess = isolated.guess_table(vault.chunks(stored_as))
    if said is not None:
        _read_as_said(held, stored_as, tables.mapping(said, guess))
        return
    if not guess.first_rows:
        raise FileRefused(Problem.NO_ROWS, expected=Expected.A_PAYMENT)
    with transaction.atomic():
        _ask(held, Question.COLUMNS)
        tables.keep_guess(file, guess)


def _read_as_said(held: Held, stored_as: str, mapping: TableMapping) -> None:
    """Read a table, and ask about its columns anew, cut as the person said, where they may be what is wrong."""
    try:
        _read(held, stored_as, mapping)
        return
    except FileRefused as error:
        if error.problem not in CHOSEN_WRONGLY:
            raise
        refused = error
    cut = isolated.guess_table(vault.chunks(stored_as), said=mapping)
    with transaction.atomic():
        _ask(held, Question.COLUMNS)
        tables.keep_cells(held.source.file, cut)
        _keep_place(held, refused)


def _read(held: Held, stored_as: str, mapping: TableMapping | None) -> None:
    """Read the whole file into the payload that will be sent, and ask whether its preview is right."""
    export = exports.read(held, stored_as, mapping)
    with transaction.atomic(), exports.handing_over(export):
        _ask(held, Question.PREVIEW, account_count=export.account_count)
        files.delete_after_commit([held.source.file.payload] if held.source.file.payload else [])
        exports.keep_preview(held.source, export)


def _ask(held: Held, question: Question, **columns: object) -> None:
    deadline = held.source.give_up_at
    moves.move(held, SourceState.ASKING, EventName.FILE_ASKED, detail=question, due_at=deadline, **columns)
    SourceFile.objects.filter(pk=held.source.pk).update(question=question)


def _refused(held: Held, error: FileRefused) -> None:
    with transaction.atomic():
        moves.fail(held, FAILURES.get(error.problem, Failure.FILE_WRONG), code=error.problem)
        _keep_place(held, error)


def _keep_place(held: Held, error: FileRefused) -> None:
    SourceFile.objects.filter(pk=held.source.pk).update(
        problem=error.problem,
        expected=error.expected,
        line=error.line,
        column=error.column,
        element=error.element[:200],
    )


def step(held: Held) -> bool:
    """Take the next step of own data that has its slot; return whether the slot was given back."""
    return sending.step(held, _prepare)


@contextmanager
def _prepare(held: Held) -> Iterator[Callable[[], Delivered]]:
    """Bring the payload out of the vault whole before anything of it is sent."""
    file = held.source.file
    if file.payload is None:
        raise NotSendable(Failure.FILE_EXPIRED)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        for chunk in vault.chunks(file.payload):
            spool.write(chunk)
        size = spool.tell()
        spool.seek(0)

        def send() -> Delivered:
            answer = vendor.client().upload_owner(payload=cast(BinaryIO, spool), size=size)
            return Delivered(
                answer_id=answer.request_id or "",
                owner_external_id=None,
                bank_name="",
                accounts=recognition.remembered(held.source),
                account_count=held.source.account_count,
            )

        yield send
