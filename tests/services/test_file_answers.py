"""The person's answers about a file: only what was asked, only once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import sealing
from onboarding.jobs.files import password_place
from onboarding.models import EventName, FileFormat, Onboarding, Question, Source, SourceState
from onboarding.services import files
from tests import file_rows, rows
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db

SAID = files.Columns("utf-8", ";", 0, "YYYY-MM-DD", ",", booked_on=0, amount=1, number="PL1", currency="PLN")


def test_a_password_is_kept_sealed_and_the_file_is_checked_again(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = file_rows.statement(onboarding, SourceState.ASKING)
    with django_capture_on_commit_callbacks() as sent:
        files.give_password(source=source, password=" sesame ")
    after = rows.again(source)
    assert (after.state, after.file.question) == (SourceState.CHECKING, "")
    assert sealing.unseal(after.file.password, place=password_place(after.pk)) == " sesame "
    assert after.due_at is not None
    assert after.due_at <= timezone.now()
    assert (len(nudges(sent)), rows.events(onboarding)) == (1, [EventName.FILE_ANSWERED])


def test_columns_are_kept_as_said_and_the_file_is_read_again(onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.COLUMNS, file__problem="wrong_value", file__line=3)
    files.choose_columns(source=source, columns=replace(SAID, title=4))
    after = rows.again(source)
    assert (after.state, after.file.problem, after.file.line) == (SourceState.CHECKING, "", None)
    chosen = after.file.columns
    assert (chosen.said_by_person, chosen.title, chosen.number, chosen.amount) == (True, 4, "PL1", 1)


def test_a_confirmed_file_joins_the_line_and_the_original_goes(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING)
    with django_capture_on_commit_callbacks(execute=True):
        files.confirm(source=source)
    after = rows.again(source)
    assert after.queued_at is not None
    assert (after.state, after.file.question, after.file.stored_as) == (SourceState.QUEUED, "", None)
    assert file_rows.in_vault() == {source.file.payload}
    assert rows.events(onboarding) == [EventName.FILE_ANSWERED]


def test_a_confirmed_file_waits_no_longer_than_it_is_stored(onboarding: Onboarding) -> None:
    until = timezone.now() + timedelta(minutes=3)
    source = file_rows.upload(onboarding, SourceState.ASKING, file__stored_until=until)
    files.confirm(source=source)
    assert rows.again(source).give_up_at == until


ANSWERS: dict[Question, Callable[[Source], None]] = {
    Question.PASSWORD: lambda source: files.give_password(source=source, password="x"),
    Question.COLUMNS: lambda source: files.choose_columns(source=source, columns=SAID),
    Question.PREVIEW: lambda source: files.confirm(source=source),
}
ASKED: dict[Question, Callable[[Onboarding], Source]] = {
    Question.PASSWORD: lambda owner: file_rows.statement(owner, SourceState.ASKING),
    Question.COLUMNS: lambda owner: file_rows.asking(owner, Question.COLUMNS),
    Question.PREVIEW: lambda owner: file_rows.upload(owner, SourceState.ASKING),
}


@pytest.mark.parametrize("question", Question)
def test_an_answer_counts_once(onboarding: Onboarding, question: Question) -> None:
    source = ASKED[question](onboarding)
    ANSWERS[question](source)
    before = vars(rows.again(source))
    with pytest.raises(files.NotPossible):
        ANSWERS[question](source)
    assert {**vars(rows.again(source)), "_state": 0} == {**before, "_state": 0}
    assert rows.events(onboarding) == [EventName.FILE_ANSWERED]


@pytest.mark.parametrize(("asked", "answered"), [(a, b) for a in Question for b in Question if a != b])
def test_only_what_was_asked_is_answered(onboarding: Onboarding, asked: Question, answered: Question) -> None:
    source = ASKED[asked](onboarding)
    with pytest.raises(files.NotPossible):
        ANSWERS[answered](source)
    assert rows.again(source).state == SourceState.ASKING


@pytest.mark.parametrize("question", Question)
def test_a_file_that_was_removed_is_not_answered_about(onboarding: Onboarding, question: Question) -> None:
    source = rows.change(ASKED[question](onboarding), removed_at=timezone.now())
    with pytest.raises(files.NotPossible):
        ANSWERS[question](source)


@pytest.mark.parametrize("question", Question)
def test_a_person_who_was_erased_answers_nothing(onboarding: Onboarding, question: Question) -> None:
    source = ASKED[question](onboarding)
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())
    with pytest.raises(files.NotPossible):
        ANSWERS[question](source)
    assert rows.again(source).state == SourceState.ASKING


def test_a_table_whose_preview_is_shown_may_be_read_anew(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING, file__format=FileFormat.CSV)
    files.choose_columns(source=source, columns=SAID)
    assert rows.again(source).state == SourceState.CHECKING


def test_a_preview_whose_time_is_over_is_not_confirmed(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING, file__stored_until=rows.ago(seconds=1))
    with pytest.raises(files.NotPossible):
        files.confirm(source=source)
