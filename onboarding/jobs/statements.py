"""A PDF statement: look whether it can be sent, ask for its password where it needs one, send it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from onboarding import sealing, vault
from onboarding.kontomatik.records import StatementForm
from onboarding.models import EventName, Failure, Question, SourceFile, SourceState
from onboarding.models.files import PASSWORD_TRIES
from onboarding.reading import isolated
from onboarding.reading.isolated import PdfFacts, PdfLimits, PdfProblem, PdfRefused, ReaderDied, ReaderTooSlow

from . import files, line, moves, recognition, sending, vendor
from .moves import Held
from .sending import Delivered, NotSendable

log = logging.getLogger(__name__)

COPY_GROWTH = 2
"""How many times the largest file a copy without a password may be: not all are packed as tightly."""
FAILURES = {
    PdfProblem.EMPTY: Failure.FILE_EMPTY,
    PdfProblem.NOT_A_PDF: Failure.FILE_NOT_PDF,
    PdfProblem.TRUNCATED: Failure.FILE_DAMAGED,
    PdfProblem.BROKEN: Failure.FILE_DAMAGED,
    PdfProblem.TOO_MANY_PAGES: Failure.FILE_TOO_LONG,
    PdfProblem.NEEDS_PASSWORD: Failure.FILE_PROTECTED,
    PdfProblem.WRONG_PASSWORD: Failure.FILE_PROTECTED,
    PdfProblem.UNSUPPORTED_ENCRYPTION: Failure.FILE_PROTECTED,
}


def check(held: Held) -> bool:
    """Look at a statement that came in, or came back with its password; return whether it joined the line."""
    file = held.source.file
    if held.is_overdue or file.stored_as is None:
        moves.fail(held, Failure.FILE_EXPIRED)
        return False
    try:
        facts = isolated.inspect_pdf(vault.chunks(file.stored_as), password=_password(file), limits=_limits())
        opened = _opened_copy(file, file.stored_as, facts)
    except PdfRefused as error:
        _refused(held, error.problem)
    except ReaderDied:
        moves.reader_died(held)
    except ReaderTooSlow:
        moves.fail(held, Failure.FILE_TOO_SLOW)
    except vault.TooLarge:
        moves.fail(held, Failure.FILE_TOO_LARGE)
    except vault.Gone:
        moves.fail(held, Failure.FILE_EXPIRED)
    except sealing.SealBroken as error:
        log.error("source %s: %s", held.source.uuid, error)
        moves.fail(held, Failure.FILE_DAMAGED, code="SealBroken")
    else:
        _join_line(held, facts, opened)
        return True
    return False


def _opened_copy(file: SourceFile, stored_as: str, facts: PdfFacts) -> str | None:
    """Put a copy that needs no password into the vault where one must be sent; return its name.

    The XML form takes no password. It is made here, before the line: in its slot a file keeps others from theirs.
    """
    if facts.opened_without_password or settings.KONTOMATIK_STATEMENT_FORM != StatementForm.XML:
        return None
    pdf = isolated.decrypted_pdf(vault.chunks(stored_as), password=_password(file), limits=_limits())
    with vault.begin(most_bytes=settings.STATEMENT_MAX_BYTES * COPY_GROWTH) as deposit:
        deposit.write(pdf)
        return deposit.keep().name


def _password(file: SourceFile) -> str:
    return sealing.unseal(file.password, place=files.password_place(file.pk)) if file.password else ""


def _limits() -> PdfLimits:
    return PdfLimits(most_pages=settings.STATEMENT_MAX_PAGES)


def _refused(held: Held, problem: PdfProblem) -> None:
    """Ask for the password, a few times; anything else ends the file."""
    tries = held.source.file.password_tries + int(problem is PdfProblem.WRONG_PASSWORD)
    asks = problem in (PdfProblem.NEEDS_PASSWORD, PdfProblem.WRONG_PASSWORD) and tries < PASSWORD_TRIES
    with transaction.atomic():
        if asks:
            deadline = held.source.give_up_at
            moves.move(held, SourceState.ASKING, EventName.FILE_ASKED, detail=Question.PASSWORD, due_at=deadline)
        else:
            moves.fail(held, FAILURES[problem], code=problem)
        SourceFile.objects.filter(pk=held.source.pk).update(
            question=Question.PASSWORD if asks else "", password_tries=tries, **files.WITHOUT_PASSWORD
        )


def _join_line(held: Held, facts: PdfFacts, opened: str | None) -> None:
    file = held.source.file
    columns = line.joining(held.now, stored_until=file.stored_until)
    try:
        with transaction.atomic():
            moves.move(held, SourceState.QUEUED, EventName.FILE_CHECKED, **columns)
            rows = SourceFile.objects.filter(pk=file.pk)
            rows.update(pages=facts.pages)
            if opened:
                rows.update(stored_as=opened)
                files.delete_after_commit([file.stored_as] if file.stored_as else [])
            if opened or facts.opened_without_password:
                rows.update(**files.WITHOUT_PASSWORD)
    except moves.ClaimLost:
        if opened:
            vault.delete(opened)
        raise


def step(held: Held) -> bool:
    """Take the next step of a statement that has its slot; return whether the slot was given back."""
    return sending.step(held, _prepare)


@contextmanager
def _prepare(held: Held) -> Iterator[Callable[[], Delivered]]:
    """Bring the file out of the vault whole, with its password where it still needs one (the JSON forms take it)."""
    file = held.source.file
    if file.stored_as is None:
        raise NotSendable(Failure.FILE_EXPIRED)
    form = StatementForm(settings.KONTOMATIK_STATEMENT_FORM)
    password = _password(file)
    pdf = b"".join(vault.chunks(file.stored_as))

    def send() -> Delivered:
        answer = vendor.client().send_statement(
            pdf=pdf,
            owner_external_id=held.source.onboarding.owner_external_id,
            form=form,
            password=password,
        )
        return Delivered(
            answer_id=answer.statement_id or "",
            owner_external_id=answer.owner_external_id,
            bank_name=answer.bank or "",
            accounts=recognition.fingerprints(answer.accounts),
            # The XML form need not name the accounts: none named is not none there.
            account_count=len(answer.accounts) or None,
            failed_checks=answer.failed_verifications,
        )

    yield send
