"""The look at a PDF statement before anything is sent: taken, asked for its password, or refused."""

import sys
from datetime import timedelta
from io import BytesIO

import pytest
import responses
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import sealing, vault
from onboarding.jobs import moves, sources, statements
from onboarding.jobs.files import password_place
from onboarding.models import EventName, Failure, Onboarding, Question, Source, SourceState
from onboarding.models.files import PASSWORD_TRIES
from onboarding.services import files
from tests import file_rows, rows
from tests.jobs.steps import advance
from tests.reading import pdfs

pytestmark = pytest.mark.django_db

PROTECTED = pdfs.pdf(password="sesame-4410")


def test_a_statement_that_opens_joins_the_line(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, content=pdfs.pdf(3)))
    assert (after.state, after.file.pages, after.file.question) == (SourceState.QUEUED, 3, "")
    assert after.queued_at is not None
    assert after.file.stored_as in file_rows.in_vault()
    assert rows.events(onboarding) == [EventName.FILE_CHECKED]


def test_a_statement_waits_in_the_line_no_longer_than_it_is_stored(onboarding: Onboarding) -> None:
    until = timezone.now() + timedelta(minutes=7)
    after = advance(file_rows.statement(onboarding, content=pdfs.pdf(), file__stored_until=until, give_up_at=until))
    assert after.give_up_at == until


def test_a_check_whose_message_comes_twice_is_done_once(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, content=pdfs.pdf())
    sources.advance(source.pk)
    sources.advance(source.pk)
    assert rows.events(onboarding) == [EventName.FILE_CHECKED]


REFUSED = {
    "no PDF": (b"MZ this is a program", Failure.FILE_NOT_PDF),
    "only blanks": (b"  \n  ", Failure.FILE_EMPTY),
    "cut short": (pdfs.pdf(2)[:-400], Failure.FILE_DAMAGED),
    "no pages": (pdfs.tree(b"", count=0), Failure.FILE_DAMAGED),
    "for a certificate": (pdfs.encrypted_for_certificate(), Failure.FILE_PROTECTED),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_statement_that_cannot_be_sent_ends_with_its_kind_and_is_deleted(
    onboarding: Onboarding, kind: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    content, failure = REFUSED[kind]
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(file_rows.statement(onboarding, content=content))
    assert (after.state, after.failure) == (SourceState.FAILED, failure)
    assert (after.due_at, after.file.stored_as, file_rows.in_vault()) == (None, None, set())
    assert rows.events(onboarding) == [EventName.SOURCE_FAILED]


def test_a_statement_with_too_many_pages_is_too_long(onboarding: Onboarding, settings: Settings) -> None:
    settings.STATEMENT_MAX_PAGES = 2
    assert advance(file_rows.statement(onboarding, content=pdfs.pdf(3))).failure == Failure.FILE_TOO_LONG


def test_a_file_whose_reader_died_is_looked_at_again(onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch) -> None:
    source = file_rows.statement(onboarding, content=pdfs.pdf())
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        after = advance(source)
    assert (after.state, after.attempts, after.claim) == (SourceState.CHECKING, 1, "")
    assert after.due_at is not None
    assert after.file.stored_as in file_rows.in_vault()
    rows.due_now(source)
    assert advance(source).state == SourceState.QUEUED


def test_a_file_over_which_three_readers_died_is_damaged_and_staff_are_told(
    onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    source = file_rows.statement(onboarding, content=pdfs.pdf())
    for tries in (1, 2):
        after = advance(source)
        assert (after.state, after.attempts) == (SourceState.CHECKING, tries)
        rows.due_now(source)
    after = advance(source)
    assert (after.state, after.failure, after.failure_code) == (
        SourceState.FAILED,
        Failure.FILE_DAMAGED,
        "ReaderDied",
    )
    assert rows.events(onboarding) == [EventName.SOURCE_FAILED, EventName.STAFF_ALERT]


def test_a_protected_statement_asks_for_its_password(onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, content=PROTECTED))
    assert (after.state, after.file.question, after.file.password_tries) == (SourceState.ASKING, Question.PASSWORD, 0)
    assert after.due_at == after.give_up_at
    assert after.file.stored_as in file_rows.in_vault()
    assert list(onboarding.events.values_list("name", "detail")) == [(EventName.FILE_ASKED, Question.PASSWORD)]


def test_an_encrypted_file_that_opens_without_a_password_asks_for_none(onboarding: Onboarding) -> None:
    assert advance(file_rows.statement(onboarding, content=pdfs.pdf(password=""))).state == SourceState.QUEUED


def test_the_right_password_lets_the_statement_join_the_line_and_stays_sealed(
    onboarding: Onboarding, settings: Settings
) -> None:
    settings.KONTOMATIK_STATEMENT_FORM = "json"
    source = file_rows.statement(onboarding, SourceState.ASKING, content=PROTECTED)
    files.give_password(source=source, password="sesame-4410")
    after = advance(source)
    assert after.state == SourceState.QUEUED
    assert "sesame" not in after.file.password
    assert sealing.unseal(after.file.password, place=password_place(after.pk)) == "sesame-4410"


def test_for_the_xml_form_only_a_copy_that_needs_no_password_is_kept(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = file_rows.statement(onboarding, content=PROTECTED, file__password="sesame-4410")
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(source)
    assert (after.state, after.file.password) == (SourceState.QUEUED, "")
    assert after.file.stored_as != source.file.stored_as
    assert file_rows.in_vault() == {after.file.stored_as}
    copy = BytesIO(b"".join(vault.chunks(after.file.stored_as)))
    assert not PdfReader(copy).is_encrypted


def test_a_copy_that_grew_too_large_ends_the_statement_and_leaves_nothing(
    onboarding: Onboarding, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.STATEMENT_MAX_BYTES = 100
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(file_rows.statement(onboarding, content=PROTECTED, file__password="sesame-4410"))
    assert (after.failure, after.file.password, file_rows.in_vault()) == (Failure.FILE_TOO_LARGE, "", set())


def test_a_copy_made_by_a_worker_that_lost_its_claim_is_deleted(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, content=PROTECTED, file__password="sesame-4410")
    held = moves.hold(source.pk)
    assert held is not None
    Source.objects.filter(pk=source.pk).update(claim="another's")
    with pytest.raises(moves.ClaimLost):
        statements.check(held)
    assert file_rows.in_vault() == {source.file.stored_as}


def test_a_password_that_was_not_needed_is_not_kept(onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, content=pdfs.pdf(), file__password="sesame-4410"))
    assert (after.state, after.file.password) == (SourceState.QUEUED, "")


def test_a_wrong_password_is_counted_and_asked_for_again(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.ASKING, content=PROTECTED)
    files.give_password(source=source, password="open")
    after = advance(source)
    assert (after.state, after.file.question, after.file.password_tries) == (SourceState.ASKING, Question.PASSWORD, 1)
    assert after.file.password == ""


def test_after_five_wrong_passwords_the_statement_ends(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.ASKING, content=PROTECTED)
    for wrong in range(PASSWORD_TRIES - 1):
        files.give_password(source=source, password=f"wrong {wrong}")
        assert advance(source).state == SourceState.ASKING
    files.give_password(source=source, password="wrong again")
    after = advance(source)
    assert (after.state, after.failure, after.file.password) == (SourceState.FAILED, Failure.FILE_PROTECTED, "")


def test_a_statement_whose_file_is_gone_is_expired(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding)
    vault.delete(source.file.stored_as)
    assert advance(source).failure == Failure.FILE_EXPIRED


def test_a_statement_whose_seal_is_broken_is_damaged(onboarding: Onboarding, settings: Settings) -> None:
    source = file_rows.statement(onboarding)
    settings.FIELD_ENCRYPTION_KEYS = {"k9": bytes(32)}
    after = advance(source)
    assert (after.failure, after.failure_code) == (Failure.FILE_DAMAGED, "SealBroken")


def test_a_statement_that_nobody_could_check_in_time_is_expired(onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, content=pdfs.pdf(), give_up_at=rows.ago(seconds=1)))
    assert after.failure == Failure.FILE_EXPIRED


def test_a_worker_lost_in_the_check_costs_nothing(onboarding: Onboarding) -> None:
    source = file_rows.statement(
        onboarding, content=pdfs.pdf(), claim="lost", claimed_until=rows.ago(seconds=1), lost_claims=1
    )
    assert advance(source).state == SourceState.QUEUED


def test_a_person_who_does_not_answer_in_time_ends_the_file(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.ASKING, give_up_at=rows.ago(seconds=1))
    after = advance(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.FILE_EXPIRED)
    assert EventName.STAFF_ALERT not in rows.events(onboarding)


def test_a_question_that_is_looked_at_too_early_stays(onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, SourceState.ASKING))
    assert (after.state, after.due_at) == (SourceState.ASKING, after.give_up_at)


def test_the_events_of_a_file_name_neither_file_nor_password(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.ASKING, content=PROTECTED, file__name="Maria-Sochacka.pdf")
    files.give_password(source=source, password="sesame-4410")
    advance(source)
    said = " ".join(onboarding.events.values_list("detail", flat=True))
    assert "Maria" not in said
    assert "sesame" not in said
