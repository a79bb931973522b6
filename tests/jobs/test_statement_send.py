"""Sending a PDF statement: once, every answer, and what stays afterwards."""

import base64
import inspect
from io import BytesIO
from typing import Any

import pytest
import responses
from django.conf import settings as site_settings
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding.jobs import line, sources
from onboarding.kontomatik.client import Client
from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from onboarding.models.work import CLAIM_LEASE
from tests import file_rows, rows, vendor_says
from tests.jobs import deliveries
from tests.jobs.steps import advance, is_due_in
from tests.kontomatik.sent import parts_of
from tests.reading import pdfs

pytestmark = pytest.mark.django_db

PDF = file_rows.FILE_CONTENT


@pytest.fixture
def slotted(onboarding: Onboarding) -> Source:
    """A statement that has just got its slot."""
    return file_rows.statement(onboarding, SourceState.IMPORTING, content=PDF)


def test_a_statement_that_was_taken_is_imported_with_its_accounts(
    vendor: responses.RequestsMock,
    slotted: Source,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    owner = slotted.onboarding
    body = deliveries.statement_body(deliveries.IBAN, owner=owner.owner_external_id)
    deliveries.statement(vendor, owner, PDF, body=body)
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(slotted)
    assert (after.state, after.account_count, after.slot) == (SourceState.IMPORTED, 1, None)
    assert (after.file.answer_id, after.imported_accounts.count()) == ("s-77", 1)
    assert rows.events(owner) == [EventName.FILE_SENT, EventName.IMPORTED]
    assert file_rows.in_vault() == set()
    assert after.file.stored_as is None


def test_a_statement_is_sent_once_however_often_its_message_comes(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    asked = deliveries.statement(vendor, slotted.onboarding, PDF, body=deliveries.statement_body())
    for _ in range(3):
        rows.due_now(slotted)
        sources.advance(slotted.pk)
    assert asked.call_count == 1


def test_a_reply_that_names_no_account_leaves_their_number_open(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    deliveries.statement(vendor, slotted.onboarding, PDF, body=deliveries.statement_body())
    assert advance(slotted).account_count is None


def test_a_reply_for_another_owner_fails_closed(vendor: responses.RequestsMock, slotted: Source) -> None:
    body = deliveries.statement_body(deliveries.IBAN, owner="somebody-else")
    deliveries.statement(vendor, slotted.onboarding, PDF, body=body)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.OWNER_MISMATCH)
    assert not after.imported_accounts.exists()
    assert EventName.STAFF_ALERT in rows.events(slotted.onboarding)


def test_a_statement_that_did_not_pass_says_which_checks_and_alarms_nobody(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    reply = {"code": "FailedVerifications", "failedVerifications": ["Fonts", "Metadata"]}
    deliveries.statement(vendor, slotted.onboarding, PDF, json=reply, status=400)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.STATEMENT_TAMPERED)
    assert sorted(after.file.failed_checks.values_list("name", flat=True)) == ["Fonts", "Metadata"]
    said = list(slotted.onboarding.events.order_by("pk").values_list("name", "detail"))
    assert said == [(EventName.FILE_SENT, ""), (EventName.SOURCE_FAILED, "statement_tampered Fonts Metadata")]


def test_a_statement_whose_figures_disagree_did_not_pass(vendor: responses.RequestsMock, slotted: Source) -> None:
    body = '<reply status="200 OK"><statement id="s-1" isConsistent="false"/></reply>'
    deliveries.statement(vendor, slotted.onboarding, PDF, body=body)
    assert advance(slotted).failure == Failure.STATEMENT_TAMPERED


FINAL = {
    "PdfParsingFailed": Failure.STATEMENT_UNREADABLE,
    "UnsupportedStatement": Failure.STATEMENT_UNSUPPORTED,
    "PasswordRequired": Failure.FILE_PROTECTED,
    "InconsistentStatement": Failure.STATEMENT_TAMPERED,
    "InvalidParameter": Failure.REFUSED_BY_SERVICE,
    "InvalidOwnerExternalId": Failure.REFUSED_BY_SERVICE,
    "SomethingNobodyListed": Failure.SERVICE_FAULT,
}


@pytest.mark.parametrize("name", FINAL)
def test_a_refusal_that_no_later_try_helps_ends_the_statement(
    vendor: responses.RequestsMock,
    slotted: Source,
    name: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    deliveries.statement(vendor, slotted.onboarding, PDF, body=vendor_says.refusal(name), status=400)
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(slotted)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, FINAL[name], name)
    assert (after.slot, after.due_at, file_rows.in_vault()) == (None, None, set())
    alerts = {Failure.REFUSED_BY_SERVICE, Failure.SERVICE_FAULT}
    assert (EventName.STAFF_ALERT in rows.events(slotted.onboarding)) == (FINAL[name] in alerts)


def test_a_wrong_key_stops_and_alerts_staff(vendor: responses.RequestsMock, slotted: Source) -> None:
    deliveries.statement(vendor, slotted.onboarding, PDF, body="<reply status='401'/>", status=401)
    assert advance(slotted).failure == Failure.REFUSED_BY_SERVICE
    assert EventName.STAFF_ALERT in rows.events(slotted.onboarding)


NO_EFFECT: dict[str, dict[str, Any]] = {
    "no connection": {"body": vendor_says.NO_CONNECTION},
    "down": {"body": "", "status": 503},
    "too early": {"body": "", "status": 425},
    "too many requests": {"body": "", "status": 429},
    "maintenance": {"body": vendor_says.refusal("ServiceMaintenance"), "status": 400},
    "maintenance, as a fault": {"body": vendor_says.refusal("ServiceMaintenance"), "status": 500},
    "closed, through a gateway": {"body": vendor_says.refusal("ServiceTemporarilyUnavailable"), "status": 502},
}


@pytest.mark.parametrize("answer", NO_EFFECT)
def test_a_statement_that_surely_had_no_effect_goes_back_to_the_line_and_is_sent_later(
    vendor: responses.RequestsMock, slotted: Source, answer: str
) -> None:
    deliveries.statement(vendor, slotted.onboarding, PDF, **NO_EFFECT[answer])
    after = advance(slotted)
    assert (after.state, after.slot, after.file.sent_at) == (SourceState.QUEUED, None, None)
    assert after.give_up_at is not None
    assert after.file.stored_until is not None
    assert after.give_up_at <= after.file.stored_until
    assert after.file.stored_as in file_rows.in_vault()
    vendor.reset()
    rows.due_now(slotted)
    assert line.promote() == [slotted.pk]
    deliveries.statement(vendor, slotted.onboarding, PDF, body=deliveries.statement_body())
    assert advance(slotted).state == SourceState.IMPORTED


def test_a_full_quota_waits_and_counts_as_an_imports_does(vendor: responses.RequestsMock, slotted: Source) -> None:
    refusal = vendor_says.refusal("JobsQuotaExceeded")
    deliveries.statement(vendor, slotted.onboarding, PDF, body=refusal, status=400)
    after = advance(slotted)
    assert (after.state, after.slot, after.quota_refusals) == (SourceState.QUEUED, None, 1)
    assert is_due_in(after, 10, 15)


UNKNOWN: dict[str, dict[str, Any]] = {
    "time-out": {"body": vendor_says.NO_ANSWER},
    "cut short": {"body": "<reply"},
    "a web page": {"body": "<html>hello</html>"},
    "a fault": {"body": "", "status": 500},
    "a fault with a word that nobody listed": {"body": vendor_says.refusal("InternalError"), "status": 500},
    "a request that took too long": {"body": "", "status": 408},
    "no gateway": {"body": "", "status": 502},
    "a gateway that waited": {"body": "", "status": 504},
}


@pytest.mark.parametrize("answer", UNKNOWN)
def test_a_lost_answer_is_no_failure_and_the_file_is_forgotten_and_never_sent_again(
    vendor: responses.RequestsMock,
    slotted: Source,
    answer: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    asked = deliveries.statement(vendor, slotted.onboarding, PDF, **UNKNOWN[answer])
    vendor_says.owner_unknown(vendor, slotted.onboarding)
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(slotted)
    assert (after.state, after.slot, after.failure) == (SourceState.IMPORTING, slotted.slot, "")
    assert after.file.sent_at is not None
    assert file_rows.in_vault() == set()
    assert rows.events(slotted.onboarding) == [EventName.START_UNANSWERED]
    assert advance(slotted).state == SourceState.IMPORTING
    assert asked.call_count == 1


def test_a_worker_lost_after_sending_leaves_the_statement_watched(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = file_rows.statement(
        onboarding,
        SourceState.IMPORTING,
        file__sent_at=rows.ago(seconds=80),
        claim="lost",
        claimed_until=rows.ago(seconds=1),
    )
    vendor_says.owner_unknown(vendor, onboarding)
    assert advance(source).state == SourceState.IMPORTING


def test_a_worker_lost_before_sending_costs_nothing(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    claim = {"claim": "lost", "claimed_until": rows.ago(seconds=1)}
    source = file_rows.statement(onboarding, SourceState.IMPORTING, content=PDF, **claim)
    deliveries.statement(vendor, onboarding, PDF, body=deliveries.statement_body())
    assert advance(source).state == SourceState.IMPORTED


def test_a_statement_is_not_sent_after_its_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(file_rows.statement(onboarding, SourceState.IMPORTING, give_up_at=rows.ago(seconds=1)))
    assert (after.failure, after.file.sent_at) == (Failure.TIMED_OUT, None)


def test_a_statement_whose_file_is_gone_is_not_sent(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.IMPORTING, file__stored_as=None)
    assert advance(source).failure == Failure.FILE_EXPIRED


def test_a_statement_whose_seal_is_broken_is_not_sent(
    vendor: responses.RequestsMock, slotted: Source, settings: Settings
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"k9": bytes(32)}
    assert advance(slotted).failure_code == "SealBroken"


def test_a_statement_is_not_sent_after_an_erasure(vendor: responses.RequestsMock, slotted: Source) -> None:
    Onboarding.objects.filter(pk=slotted.onboarding_id).update(erased_at=timezone.now())
    rows.due_now(slotted)
    sources.advance(slotted.pk)
    assert not Source.objects.exists()


def test_the_xml_form_gets_a_copy_that_needs_no_password(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    protected = pdfs.pdf(2, password="sesame-4410")
    source = advance(file_rows.statement(onboarding, content=protected, file__password="sesame-4410"))
    assert line.promote() == [source.pk]
    sent = vendor.post(deliveries.STATEMENT_PATH, match=[vendor_says.KEY], body=deliveries.statement_body())
    assert advance(source).state == SourceState.IMPORTED
    parts = parts_of(sent.calls[0].request)
    assert set(parts) == {"ownerExternalId", "pdfAsBase64"}
    assert pdfs_open_without_password(parts["pdfAsBase64"][2])


def pdfs_open_without_password(encoded: bytes) -> bool:
    """Tell whether what was sent opens by itself."""
    reader = PdfReader(BytesIO(base64.b64decode(encoded)))
    return not reader.is_encrypted and len(reader.pages) == 2


@pytest.mark.parametrize("form", ["json", "json_trusted"])
def test_the_json_forms_get_the_file_and_its_password(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings, form: str
) -> None:
    settings.KONTOMATIK_STATEMENT_FORM = form
    protected = pdfs.pdf(2, password="sesame-4410")
    source = file_rows.statement(onboarding, SourceState.IMPORTING, content=protected, file__password="sesame-4410")
    path = deliveries.JSON_STATEMENT_PATH + ("-trusted" if form == "json_trusted" else "")
    answer = {"statementId": "s-5", "bank": "Other Bank", "accounts": [{"iban": deliveries.IBAN, "currency": "PLN"}]}
    sent = vendor.post(path, match=[vendor_says.KEY], json=answer)
    after = advance(source)
    assert (after.state, after.file.answer_id, after.account_count) == (SourceState.IMPORTED, "s-5", 1)
    parts = parts_of(sent.calls[0].request)
    assert (parts["pdf"][2], parts["password"][2]) == (protected, b"sesame-4410")


def test_checks_that_failed_on_a_statement_that_was_taken_are_kept_for_staff(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings
) -> None:
    settings.KONTOMATIK_STATEMENT_FORM = "json"
    source = file_rows.statement(onboarding, SourceState.IMPORTING)
    answer = {"statementId": "s-5", "bank": "B", "accounts": [], "failedVerifications": ["Logo", "Logo"]}
    vendor.post(deliveries.JSON_STATEMENT_PATH, match=[vendor_says.KEY], json=answer)
    after = advance(source)
    assert after.state == SourceState.IMPORTED
    assert list(after.file.failed_checks.values_list("name", flat=True)) == ["Logo"]


@pytest.mark.parametrize("chosen", ["", "Another Bank"])
def test_a_statement_is_of_the_bank_that_the_service_found_in_it(
    chosen: str, vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = file_rows.statement(onboarding, SourceState.IMPORTING, content=PDF, file__bank_name=chosen)
    deliveries.statement(vendor, onboarding, PDF, body=deliveries.statement_body(bank="Found Bank"))
    assert advance(source).file.bank_name == "Found Bank"


def test_the_lease_outlives_the_longest_sending() -> None:
    parameters = inspect.signature(Client).parameters
    longest = max(parameters[name].default for name in ("statement_deadline", "upload_deadline"))
    assert CLAIM_LEASE.total_seconds() > longest + 10
    assert site_settings.IMPORT_DEADLINE.total_seconds() > longest
