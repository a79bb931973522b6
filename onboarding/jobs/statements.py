"""A PDF statement: look whether it can be sent, ask for its password where it needs one, send it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from onboarding import sealing, vault
from onboarding.kontomatik.records import StatementForm
from onboarding.models import EventName, Failure, Question, SourceFile, SourceState
from onboarding.reading import isolated
from onboarding.reading.isolated import PdfFacts, PdfLimits, PdfProblem, PdfRefused, ReaderDied, ReaderTooSlow

from . import files, line, moves, recognition, sending, vendor
from .moves import Held
from .sending import Delivered, NotSendable

log = logging.getLogger(__name__)

PASSWORD_TRIES = 5
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
    except PdfRefused as error:
        _refused(held, error.problem)
    except ReaderDied:
        moves.fail(held, Failure.FILE_DAMAGED, code="ReaderDied")
    except ReaderTooSlow:
        moves.fail(held, Failure.FILE_TOO_SLOW)
    except vault.Gone:
        moves.fail(held, Failure.FILE_EXPIRED)
    except sealing.SealBroken as error:
        log.error("source %s: %s", held.source.uuid, error)
        moves.fail(held, Failure.FILE_DAMAGED, code="SealBroken")
    else:
        _join_line(held, facts)
        return True
    return False


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


def _join_line(held: Held, facts: PdfFacts) -> None:
    file = held.source.file
    columns = line.joining(held.now, stored_until=file.stored_until)
    with transaction.atomic():
        moves.move(held, SourceState.QUEUED, EventName.FILE_CHECKED, **columns)
        rows = SourceFile.objects.filter(pk=file.pk)
        rows.update(pages=facts.pages)
        if facts.opened_without_password:
            rows.update(**files.WITHOUT_PASSWORD)


def step(held: Held) -> bool:
    """Take the next step of a statement that has its slot; return whether the slot was given back."""
    return sending.step(held, _prepare)


@contextmanager
def _prepare(held: Held) -> Iterator[Callable[[], Delivered]]:
    """Make the file ready to be sent.

    The JSON forms take a password; for the XML form a protected file is sent as a copy that needs none.
    """
    file = held.source.file
    if file.stored_as is None:
        raise NotSendable(Failure.FILE_EXPIRED)
    form = StatementForm(settings.KONTOMATIK_STATEMENT_FORM)
    password = _password(file)
    chunks = vault.chunks(file.stored_as)
    if password and form is StatementForm.XML:
        pdf, password = _decrypted(chunks, password), ""
    else:
        pdf = b"".join(chunks)

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


def _decrypted(chunks: Iterator[bytes], password: str) -> bytes:
    try:
        return isolated.decrypted_pdf(chunks, password=password, limits=_limits())
    except PdfRefused as error:
        raise NotSendable(FAILURES[error.problem], error.problem) from error
    except ReaderDied as error:
        raise NotSendable(Failure.FILE_DAMAGED, "ReaderDied") from error
    except ReaderTooSlow as error:
        raise NotSendable(Failure.FILE_TOO_SLOW) from error
