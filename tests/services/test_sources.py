"""Taking a source of any kind off the list."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding.jobs import line
from onboarding.jobs import sources as jobs
from onboarding.models import EventName, Failure, Onboarding, Question, Source, SourceState
from onboarding.services import banks, sources
from tests import file_rows, rows

pytestmark = pytest.mark.django_db

MAKERS: dict[str, Callable[..., Source]] = {"statement": file_rows.statement, "upload": file_rows.upload}
OPEN = (SourceState.CHECKING, SourceState.ASKING, SourceState.QUEUED)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("state", OPEN)
def test_a_file_that_is_not_being_sent_is_removed_and_deleted_at_once(
    onboarding: Onboarding,
    kind: str,
    state: SourceState,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    source = MAKERS[kind](onboarding, state, file__password="sesame")
    with django_capture_on_commit_callbacks(execute=True):
        sources.remove(source=source)
    after = rows.again(source)
    assert (after.state, after.failure, after.due_at) == (SourceState.ABANDONED, Failure.CANCELLED, None)
    assert (after.file.stored_as, after.file.payload, after.file.password) == (None, None, "")
    assert file_rows.in_vault() == set()
    assert not onboarding.sources.listed().exists()
    assert rows.events(onboarding) == [EventName.REMOVED]


def test_what_was_shown_of_a_removed_file_is_forgotten(onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.COLUMNS)
    file_rows.preview(source)
    sources.remove(source=source)
    file = rows.again(source).file
    assert not file.cells.exists()
    assert not file.preview_accounts.exists()
    assert not hasattr(file, "columns")


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("state", [SourceState.IMPORTING, SourceState.IMPORTED])
def test_a_file_that_brings_data_is_not_removed(onboarding: Onboarding, kind: str, state: SourceState) -> None:
    source = MAKERS[kind](onboarding, state)
    before = file_rows.in_vault()
    with pytest.raises(sources.NotPossible):
        sources.remove(source=source)
    assert file_rows.in_vault() == before


@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_that_failed_is_removed(onboarding: Onboarding, kind: str) -> None:
    source = MAKERS[kind](onboarding, SourceState.FAILED)
    sources.remove(source=source)
    assert rows.again(source).removed_at is not None


def test_a_file_that_was_removed_is_not_checked_and_gets_no_slot(onboarding: Onboarding) -> None:
    checking, queued = file_rows.statement(onboarding), file_rows.upload(onboarding, SourceState.QUEUED)
    for source in (checking, queued):
        sources.remove(source=source)
        jobs.advance(source.pk)
    assert line.promote() == []
    assert rows.again(checking).state == SourceState.ABANDONED


def test_a_bank_that_waits_in_the_line_is_not_removed(onboarding: Onboarding) -> None:
    with pytest.raises(banks.NotPossible):
        banks.remove(source=rows.source(onboarding, SourceState.QUEUED))


def test_a_file_is_not_looked_at_again_by_our_side(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.FAILED, failure=Failure.TIMED_OUT)
    assert not source.is_repeatable
