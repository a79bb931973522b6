"""Files have their time: nothing lies in the vault longer than it is needed, and never longer than its time."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import responses
from django.conf import settings as site_settings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import tasks, vault
from onboarding.jobs import expiry, files, line
from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from tests import file_rows, rows, vendor_says
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db

OVER = {"file__stored_until": rows.ago(seconds=1)}
MAKERS: dict[str, Callable[..., Source]] = {"statement": file_rows.statement, "upload": file_rows.upload}


@pytest.fixture
def retire(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], None]:
    """What runs every minute, with what it does after its commits."""

    def run() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            tasks.retire()

    return run


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("state", expiry.WAITING)
def test_a_file_whose_time_is_over_is_deleted_and_its_source_ends(
    retire: Callable[[], None], onboarding: Onboarding, kind: str, state: SourceState
) -> None:
    source = MAKERS[kind](onboarding, state, **OVER)
    retire()
    after = rows.again(source)
    assert (after.state, after.failure, after.due_at, after.slot) == (
        SourceState.FAILED,
        Failure.FILE_EXPIRED,
        None,
        None,
    )
    assert file_rows.in_vault() == set()
    assert rows.events(onboarding) == [EventName.SOURCE_FAILED]


def test_a_file_that_waits_for_the_vendor_ends_in_time_as_well(
    retire: Callable[[], None], onboarding: Onboarding
) -> None:
    later = timezone.now() + timedelta(minutes=2)
    source = file_rows.statement(onboarding, SourceState.QUEUED, due_at=later, quota_refusals=3, **OVER)
    retire()
    assert rows.again(source).failure == Failure.FILE_EXPIRED


def test_a_file_that_is_being_sent_is_deleted_and_its_source_goes_on(
    retire: Callable[[], None], onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    source = file_rows.statement(onboarding, SourceState.IMPORTING, file__sent_at=timezone.now(), **OVER)
    retire()
    assert (rows.again(source).state, file_rows.in_vault()) == (SourceState.IMPORTING, set())
    vendor_says.owner_unknown(vendor, onboarding)
    assert advance(source).state == SourceState.IMPORTING


def test_a_file_that_a_worker_holds_is_left_to_it(retire: Callable[[], None], onboarding: Onboarding) -> None:
    until = timezone.now() + timedelta(seconds=60)
    source = file_rows.statement(onboarding, claim="held", claimed_until=until, **OVER)
    retire()
    after = rows.again(source)
    assert (after.state, after.claim) == (SourceState.CHECKING, "held")
    assert after.file.stored_as in file_rows.in_vault()


def test_a_file_in_its_time_stays(retire: Callable[[], None], onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING)
    retire()
    assert rows.again(source).state == SourceState.ASKING
    assert file_rows.in_vault() == {source.file.stored_as, source.file.payload}


def age(name: str, **span: float) -> str:
    """Make a file in the vault older."""
    at = rows.ago(**span).timestamp()
    os.utime(Path(site_settings.UPLOAD_FOLDER) / name, (at, at))
    return name


def test_what_no_row_names_is_deleted_after_a_files_time(onboarding: Onboarding) -> None:
    named = file_rows.upload(onboarding, SourceState.ASKING)
    age(named.file.stored_as, minutes=90)
    age(named.file.payload, minutes=90)
    left = age(file_rows.sealed(b"left").name, minutes=61)
    young = age(file_rows.sealed(b"young").name, minutes=59)
    files.delete_leftovers()
    assert file_rows.in_vault() == {named.file.stored_as, named.file.payload, young}
    assert left not in file_rows.in_vault()


def test_an_unfinished_file_is_deleted_too(onboarding: Onboarding) -> None:
    with vault.begin(most_bytes=10):
        (name,) = file_rows.in_vault()
        age(name + vault.UNFINISHED, minutes=61)
        files.delete_leftovers()
        assert file_rows.in_vault() == set()


def test_the_first_file_of_a_form_that_still_arrives_stays(onboarding: Onboarding) -> None:
    first_of_ten = age(file_rows.sealed(b"first of ten").name, minutes=25)
    files.delete_leftovers()
    assert file_rows.in_vault() == {first_of_ten}


def test_no_short_retention_takes_what_has_just_come(onboarding: Onboarding, settings: Settings) -> None:
    settings.FILE_RETENTION = timedelta(minutes=5)
    name = age(file_rows.sealed(b"just come").name, minutes=9)
    files.delete_leftovers()
    assert file_rows.in_vault() == {name}


def test_a_payload_is_no_leftover_while_it_may_still_be_read(onboarding: Onboarding, settings: Settings) -> None:
    settings.UPLOAD_READ_SECONDS = 3600
    name = age(file_rows.sealed(b"slow").name, minutes=90)
    files.delete_leftovers()
    assert file_rows.in_vault() == {name}


def test_leaving_the_line_at_the_files_end_says_that_it_expired(onboarding: Onboarding) -> None:
    over = rows.ago(seconds=1)
    source = file_rows.statement(onboarding, SourceState.QUEUED, give_up_at=over, **OVER)
    line.promote()
    assert rows.again(source).failure == Failure.FILE_EXPIRED


@pytest.mark.parametrize(
    ("columns", "failure"),
    [({"attempts": 2}, Failure.BANK_UNAVAILABLE), ({"quota_refusals": 2, "attempts": 2}, Failure.SERVICE_BUSY)],
    ids=["down", "busy"],
)
def test_leaving_the_line_because_of_the_service_says_so(
    onboarding: Onboarding, columns: dict[str, int], failure: Failure
) -> None:
    over = rows.ago(seconds=1)
    source = file_rows.statement(onboarding, SourceState.QUEUED, give_up_at=over, **OVER, **columns)
    line.promote()
    assert rows.again(source).failure == failure


def test_files_and_banks_stand_in_one_line(settings: Settings) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 2
    bank = rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(seconds=2))
    statement = file_rows.statement(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(seconds=3))
    own = file_rows.upload(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(seconds=1))
    assert line.promote() == [statement.pk, bank.pk]
    assert rows.again(own).state == SourceState.QUEUED


def test_forgetting_twice_is_forgetting_once(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding)
    files.forget_alone(source.pk)
    files.forget_alone(source.pk)
    assert rows.again(source).file.stored_as is None
