"""The start of an import: asked once, every refusal, and what stays in the row."""

from datetime import timedelta
from pathlib import Path

import pytest
import responses
from django.utils import timezone

from onboarding.jobs import erasure, imports, moves, sources
from onboarding.models import Actor, BankSignIn, EventName, Failure, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance, is_due_in, is_over

pytestmark = pytest.mark.django_db

FINAL_AT_START = {
    "InvalidSessionId": Failure.SESSION_OVER,
    "SessionExpired": Failure.SESSION_OVER,
    "InvalidSessionIdSignature": Failure.REFUSED_BY_SERVICE,
    "NotSignedIn": Failure.REFUSED_BY_SERVICE,
    "InvalidSince": Failure.REFUSED_BY_SERVICE,
    "InvalidParameter": Failure.REFUSED_BY_SERVICE,
    "InvalidTarget": Failure.REFUSED_BY_SERVICE,
    "InvalidCommandId": Failure.REFUSED_BY_SERVICE,
    "InvalidIban": Failure.REFUSED_BY_SERVICE,
    "InvalidOwnerExternalId": Failure.REFUSED_BY_SERVICE,
    "CommandNotAvailable": Failure.REFUSED_BY_SERVICE,
    "InvalidCredentials": Failure.CREDENTIALS,
    "AccessBlocked": Failure.ACCESS_BLOCKED,
    "AccessTemporarilyBlocked": Failure.ACCESS_BLOCKED,
    "ManualActionRequired": Failure.ACTION_AT_BANK,
    "TargetCredentialsMismatch": Failure.OTHER_LOGIN,
    "UnsupportedLoginMethod": Failure.LOGIN_UNSUPPORTED,
    "UnsupportedLanguage": Failure.LOGIN_UNSUPPORTED,
    "InsufficientIdentificationLevel": Failure.LOGIN_UNSUPPORTED,
    "InvalidMultipleAccessId": Failure.CONSENT_OVER,
    "MultipleAccessLimitExceeded": Failure.CONSENT_OVER,
    "SomethingNobodyListed": Failure.SERVICE_FAULT,
}
OUTAGES = [
    "ConcurrentSessionsLimitExceed",
    "ConcurrentSessionsLimitExceeded",
    "ServiceMaintenance",
    "ServiceTemporarilyUnavailable",
]
ALERTING = {Failure.REFUSED_BY_SERVICE, Failure.SERVICE_FAULT}


@pytest.fixture
def slotted(onboarding: Onboarding) -> Source:
    """A source that has just got its slot."""
    return rows.source(onboarding, SourceState.IMPORTING)


def test_a_started_import_keeps_its_command_and_forgets_its_secrets(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    vendor_says.started(vendor, slotted.onboarding)
    after = advance(slotted)
    assert (after.state, after.bank.command_id) == (SourceState.IMPORTING, vendor_says.COMMAND)
    assert (after.bank.signature, after.bank.session_id) == ("", "")
    assert after.bank.start_asked_at is not None
    assert is_due_in(after, 0, 2)
    assert rows.events(slotted.onboarding) == [EventName.IMPORT_STARTED]


def test_the_history_that_is_asked_for_is_as_long_as_the_setting(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    vendor_says.started(vendor, slotted.onboarding, since=(timezone.now() - timedelta(days=365)).date())
    assert advance(slotted).bank.command_id


def test_the_recorded_answer_names_another_owner_and_fails_closed(
    vendor: responses.RequestsMock, slotted: Source, recorded: Path
) -> None:
    body = (recorded / "default-import.202.xml").read_bytes()
    vendor_says.start(vendor, body=body, status=202)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.OWNER_MISMATCH)
    assert is_over(after)
    assert EventName.STAFF_ALERT in rows.events(slotted.onboarding)


def test_an_answer_without_an_owner_fails_closed(vendor: responses.RequestsMock, slotted: Source) -> None:
    vendor_says.start(vendor, body='<reply><command id="1" state="setup"/></reply>', status=202)
    after = advance(slotted)
    assert (after.failure, after.bank.command_id) == (Failure.OWNER_MISMATCH, "")


def test_an_expired_session_recorded_needs_a_new_sign_in(
    vendor: responses.RequestsMock, slotted: Source, recorded: Path
) -> None:
    body = (recorded / "session-expired.404.xml").read_bytes()
    vendor_says.start(vendor, body=body, status=404)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.SESSION_OVER)


def test_a_refused_key_recorded_stops_and_alerts_staff(
    vendor: responses.RequestsMock, slotted: Source, recorded: Path
) -> None:
    body = (recorded / "unauthorized.401.xml").read_bytes()
    vendor_says.start(vendor, body=body, status=401)
    after = advance(slotted)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.REFUSED_BY_SERVICE)
    assert EventName.STAFF_ALERT in rows.events(slotted.onboarding)


@pytest.mark.parametrize(("name", "failure"), FINAL_AT_START.items())
def test_a_refusal_that_no_later_try_helps_ends_the_source(
    vendor: responses.RequestsMock, slotted: Source, name: str, failure: Failure
) -> None:
    vendor_says.start(vendor, body=vendor_says.refusal(name), status=400)
    after = advance(slotted)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, failure, name)
    assert is_over(after)
    assert (EventName.STAFF_ALERT in rows.events(slotted.onboarding)) == (failure in ALERTING)


@pytest.mark.parametrize("name", OUTAGES)
def test_an_outage_at_the_start_goes_back_to_the_line_with_the_sign_in_kept(
    vendor: responses.RequestsMock, slotted: Source, name: str
) -> None:
    vendor_says.start(vendor, body=vendor_says.refusal(name), status=400)
    after = advance(slotted)
    assert (after.state, after.slot, after.quota_refusals) == (SourceState.QUEUED, None, 0)
    assert (after.attempts, after.queued_at) == (1, slotted.queued_at)
    assert after.bank.signature
    assert is_due_in(after, 1.5, 2.4)


def test_a_connection_that_was_never_made_is_an_outage(vendor: responses.RequestsMock, slotted: Source) -> None:
    vendor_says.start(vendor, body=vendor_says.NO_CONNECTION)
    after = advance(slotted)
    assert (after.state, bool(after.bank.signature)) == (SourceState.QUEUED, True)


def test_an_outage_waits_as_long_as_the_vendor_asks(vendor: responses.RequestsMock, slotted: Source) -> None:
    vendor_says.start(vendor, body="", status=503, headers={"Retry-After": "90"})
    assert is_due_in(advance(slotted), 88, 90)


@pytest.mark.parametrize(("attempts", "least", "most"), [(0, 1.6, 2.4), (1, 3.2, 4.8), (3, 12.8, 19.2), (9, 48, 72)])
def test_the_wait_for_an_outage_doubles_up_to_a_minute(
    vendor: responses.RequestsMock, onboarding: Onboarding, attempts: int, least: float, most: float
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, attempts=attempts)
    vendor_says.start(vendor, body="", status=503)
    assert is_due_in(advance(source), least, most)


@pytest.mark.parametrize(("refusals", "least", "most"), [(0, 10, 15), (1, 15, 22.5), (2, 22.5, 33.75), (9, 120, 120)])
def test_a_full_quota_waits_ten_to_fifteen_seconds_and_then_longer(
    vendor: responses.RequestsMock, onboarding: Onboarding, refusals: int, least: float, most: float
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, quota_refusals=refusals)
    vendor_says.start(vendor, body=vendor_says.refusal("JobsQuotaExceeded"), status=400)
    after = advance(source)
    assert (after.state, after.slot, after.quota_refusals) == (SourceState.QUEUED, None, refusals + 1)
    assert is_due_in(after, least, most)


@pytest.mark.parametrize(
    "answer",
    [
        {"body": vendor_says.NO_ANSWER},
        {"body": vendor_says.refusal("DefaultImportAlreadyExecuted"), "status": 400},
        {"body": "<reply", "status": 202},
        {"body": "<reply status='202'/>", "status": 202},
    ],
    ids=["time-out", "already executed", "cut short", "no command"],
)
def test_a_lost_answer_is_no_failure_and_its_signature_is_forgotten(
    vendor: responses.RequestsMock, slotted: Source, answer: dict[str, object]
) -> None:
    vendor_says.start(vendor, **answer)
    after = advance(slotted)
    assert (after.state, after.failure, after.slot) == (SourceState.IMPORTING, "", slotted.slot)
    assert (after.bank.signature, after.bank.session_id, after.bank.command_id) == ("", "", "")
    assert after.bank.start_asked_at is not None
    assert rows.events(slotted.onboarding) == [EventName.START_UNANSWERED]


def test_an_import_is_started_once_however_often_its_message_comes(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    asked = vendor_says.started(vendor, slotted.onboarding)
    vendor_says.running(vendor)
    for _ in range(3):
        advance(slotted)
    assert asked.call_count == 1


def test_a_signature_that_was_changed_in_the_row_is_not_sent(vendor: responses.RequestsMock, slotted: Source) -> None:
    BankSignIn.objects.filter(pk=slotted.pk).update(signature="v1:k1:AAAA")
    after = advance(slotted)
    assert (after.failure, after.failure_code) == (Failure.SESSION_OVER, "SealBroken")


def test_an_import_that_was_not_asked_for_yet_is_not_started_after_an_erasure(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    Onboarding.objects.filter(pk=slotted.onboarding_id).update(erased_at=timezone.now())
    rows.due_now(slotted)
    sources.advance(slotted.pk)
    assert not Source.objects.filter(pk=slotted.pk).exists()


def test_a_start_is_not_asked_for_after_the_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(rows.source(onboarding, SourceState.IMPORTING, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure, after.bank.start_asked_at) == (SourceState.FAILED, Failure.TIMED_OUT, None)


@pytest.mark.parametrize("command_id", ["9" * 201, "9&#9;9"], ids=["too long", "unprintable"])
def test_a_command_whose_id_cannot_be_kept_is_watched_by_the_aggregate(
    vendor: responses.RequestsMock, slotted: Source, command_id: str
) -> None:
    owner = slotted.onboarding.owner_external_id
    body = f'<reply ownerExternalId="{owner}"><command id="{command_id}" state="setup"/></reply>'
    vendor_says.started(vendor, slotted.onboarding, body=body)
    after = advance(slotted)
    assert (after.state, after.bank.command_id, after.bank.signature) == (SourceState.IMPORTING, "", "")
    assert rows.events(slotted.onboarding) == [EventName.START_UNANSWERED]


def test_no_import_starts_when_the_erasure_comes_between_the_claim_and_the_start(
    vendor: responses.RequestsMock, slotted: Source
) -> None:
    held = moves.hold(slotted.pk)
    assert held is not None
    erasure.begin(slotted.onboarding_id, actor=Actor.USER)
    assert imports.step(held)
    after = rows.again(slotted)
    assert (after.state, after.slot, after.bank.start_asked_at) == (SourceState.ABANDONED, None, None)
    assert len(vendor.calls) == 0


def test_a_start_that_an_earlier_worker_may_have_made_is_watched_and_not_repeated_after_an_erasure(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, bank__start_asked_at=rows.ago(seconds=80))
    erasure.begin(onboarding.pk, actor=Actor.USER)
    vendor_says.owner_unknown(vendor, onboarding)
    assert advance(source).state == SourceState.IMPORTING
