"""Sending own data: once and whole, every answer, and what stays afterwards."""

from typing import Any

import pytest
import responses
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import vault
from onboarding.jobs import line, sources
from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from tests import file_rows, rows, vendor_says
from tests.jobs import deliveries
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db


@pytest.fixture
def slotted(onboarding: Onboarding) -> Source:
    """Own data that has just got its slot."""
    return file_rows.upload(onboarding, SourceState.IMPORTING)


def test_own_data_is_sent_as_it_was_shown_and_deleted(
    vendor: responses.RequestsMock,
    slotted: Source,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent = deliveries.upload_taken(vendor)
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(slotted)
    request = sent.calls[0].request
    assert (request.body, request.headers["Content-Encoding"]) == (file_rows.FILE_PAYLOAD, "gzip")
    assert (after.state, after.file.answer_id, after.account_count) == (SourceState.IMPORTED, "u-88", 1)
    assert (after.slot, after.file.payload, file_rows.in_vault()) == (None, None, set())
    assert after.imported_accounts.count() == 1
    assert not after.file.preview_accounts.exists()
    assert rows.events(slotted.onboarding) == [EventName.FILE_SENT, EventName.IMPORTED]


def test_own_data_whose_accounts_all_came_before_says_so(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    earlier = file_rows.statement(onboarding, SourceState.IMPORTED)
    file_rows.preview(earlier)
    deliveries.upload_taken(vendor)
    assert advance(file_rows.upload(onboarding, SourceState.IMPORTING)).repeats_earlier


def test_own_data_is_sent_once_however_often_its_message_comes(vendor: responses.RequestsMock, slotted: Source) -> None:
    asked = deliveries.upload_taken(vendor)
    for _ in range(3):
        rows.due_now(slotted)
        sources.advance(slotted.pk)
    assert asked.call_count == 1


def test_refused_own_data_ends_with_the_places_for_staff(vendor: responses.RequestsMock, slotted: Source) -> None:
    reply = {"exception": {"name": "InvalidIban"}, "details": [{"path": "accounts[0].iban"}]}
    deliveries.upload(vendor, json=reply, status=400)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.UPLOAD_REFUSED)
    assert after.failure_code == "InvalidIban accounts[0].iban"
    assert not after.imported_accounts.exists()
    assert rows.events(slotted.onboarding) == [EventName.FILE_SENT, EventName.SOURCE_FAILED, EventName.STAFF_ALERT]


FINAL = {
    "401": ({"body": "<reply status='401'/>", "status": 401}, Failure.REFUSED_BY_SERVICE),
    "owner": ({"json": {"exception": {"name": "InvalidOwnerExternalId"}}, "status": 400}, Failure.REFUSED_BY_SERVICE),
    "unheard of": ({"json": {"exception": {"name": "SomethingElse"}}, "status": 400}, Failure.UPLOAD_REFUSED),
}


@pytest.mark.parametrize("answer", FINAL)
def test_a_refusal_that_no_later_try_helps_ends_the_upload(
    vendor: responses.RequestsMock, slotted: Source, answer: str
) -> None:
    reply, failure = FINAL[answer]
    deliveries.upload(vendor, **reply)
    after = advance(slotted)
    assert (after.state, after.failure, after.slot) == (SourceState.FAILED, failure, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"body": vendor_says.NO_CONNECTION},
        {"body": "", "status": 503},
        {"json": {"exception": {"name": "JobsQuotaExceeded"}}, "status": 400},
    ],
    ids=["no connection", "down", "quota"],
)
def test_own_data_that_surely_had_no_effect_is_sent_later(
    vendor: responses.RequestsMock, slotted: Source, answer: dict[str, Any]
) -> None:
    deliveries.upload(vendor, **answer)
    after = advance(slotted)
    assert (after.state, after.slot, after.file.sent_at) == (SourceState.QUEUED, None, None)
    assert after.file.payload in file_rows.in_vault()
    vendor.reset()
    rows.due_now(slotted)
    assert line.promote() == [slotted.pk]
    deliveries.upload_taken(vendor)
    assert advance(slotted).state == SourceState.IMPORTED


@pytest.mark.parametrize(
    "answer",
    [
        {"body": vendor_says.NO_ANSWER},
        {"body": "<html>"},
        {"body": "", "status": 500},
        {"body": "", "status": 408},
        {"body": "", "status": 504},
    ],
    ids=["time-out", "a web page", "a fault", "a request that took too long", "a gateway that waited"],
)
def test_a_lost_answer_is_no_failure_and_the_payload_is_forgotten(
    vendor: responses.RequestsMock,
    slotted: Source,
    answer: dict[str, Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    deliveries.upload(vendor, **answer)
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(slotted)
    assert (after.state, after.failure, file_rows.in_vault()) == (SourceState.IMPORTING, "", set())
    assert after.imported_accounts.count() == 1


def test_own_data_whose_payload_is_gone_is_not_sent(vendor: responses.RequestsMock, slotted: Source) -> None:
    vault.delete(slotted.file.payload)
    after = advance(slotted)
    assert (after.failure, after.file.sent_at) == (Failure.FILE_EXPIRED, None)


def test_own_data_without_a_payload_is_not_sent(vendor: responses.RequestsMock, slotted: Source) -> None:
    assert advance(rows.change(slotted, file__payload=None)).failure == Failure.FILE_EXPIRED


def test_own_data_is_not_sent_after_its_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, SourceState.IMPORTING, give_up_at=rows.ago(seconds=1)))
    assert (after.failure, after.file.sent_at) == (Failure.TIMED_OUT, None)


def test_what_was_read_is_what_is_sent(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    read = advance(file_rows.upload(onboarding, content=deliveries.MT940))
    whole = b"".join(vault.chunks(read.file.payload))
    rows.change(read, state=SourceState.IMPORTING, slot=1)
    sent = deliveries.upload_taken(vendor)
    assert advance(read).state == SourceState.IMPORTED
    assert sent.calls[0].request.body == whole
