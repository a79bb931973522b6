"""Every move out of ``signing_in``."""

from datetime import timedelta

import pytest
import responses

from onboarding.jobs import sources
from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance, is_over, seconds_until_due

pytestmark = pytest.mark.django_db

USER_ACTION = {
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
    "SessionExpired": Failure.SESSION_OVER,
    "SomethingNobodyListed": Failure.SERVICE_FAULT,
}


@pytest.fixture
def returned(onboarding: Onboarding) -> Source:
    """A source whose browser came back from the bank just now."""
    return rows.source(onboarding, bank__returned_at=rows.ago(seconds=1))


def test_a_sign_in_that_succeeded_joins_the_line(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signed_in(vendor, returned, officialName="KontoBank SA")
    after = advance(returned)
    assert (after.state, after.slot) == (SourceState.QUEUED, None)
    assert after.queued_at is not None
    assert after.give_up_at is not None
    assert after.give_up_at - after.queued_at == timedelta(minutes=60)
    assert (after.bank.target, after.bank.official_name) == ("KontoBank", "KontoBank SA")
    assert rows.events(returned.onboarding) == [EventName.SIGNED_IN]


def test_a_signature_is_kept_sealed_only(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signed_in(vendor, returned)
    bank = advance(returned).bank
    assert bank.signature
    assert rows.SIGNATURE not in repr(vars(bank))


def test_a_sign_in_that_failed_still_says_at_which_bank(vendor: responses.RequestsMock, returned: Source) -> None:
    params = {"exception": "InvalidCredentials", "target": "KontoBank", "officialName": "KontoBank SA"}
    vendor_says.signin_status(vendor, returned, json={"status": "failed", "params": params})
    after = advance(returned)
    assert after.state == SourceState.FAILED
    assert after.bank.display_name == "KontoBank SA"


def test_nothing_is_asked_while_the_browser_has_not_returned(vendor: responses.RequestsMock, db: None) -> None:
    source = rows.source(rows.onboarding())
    after = advance(source)
    assert after.state == SourceState.SIGNING_IN
    assert after.due_at == after.give_up_at


def test_a_sign_in_whose_browser_never_came_back_is_not_imported(vendor: responses.RequestsMock, db: None) -> None:
    source = rows.source(rows.onboarding(), give_up_at=rows.ago(seconds=1))
    after = advance(source)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.NOT_RETURNED)
    assert is_over(after)


def test_a_sign_in_that_stays_unfinished_after_the_return_is_abandoned(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    after = advance(rows.source(onboarding, bank__returned_at=rows.ago(minutes=11)))
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.SIGNIN_EXPIRED)
    assert is_over(after)


@pytest.mark.parametrize("word", ["cancelled", "user_cancel", "abandoned"])
def test_a_cancelled_sign_in_is_abandoned_as_cancelled(
    vendor: responses.RequestsMock, returned: Source, word: str
) -> None:
    vendor_says.signin_status(vendor, returned, json={"status": word, "params": {}})
    after = advance(returned)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.CANCELLED)
    assert is_over(after)


def test_an_expired_sign_in_is_abandoned_as_expired(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signin_status(vendor, returned, json={"status": "expired", "params": {}})
    after = advance(returned)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.SIGNIN_EXPIRED)


@pytest.mark.parametrize(("name", "failure"), USER_ACTION.items())
def test_an_exception_of_the_sign_in_fails_with_its_kind(
    vendor: responses.RequestsMock, returned: Source, name: str, failure: Failure
) -> None:
    vendor_says.signin_status(vendor, returned, json={"status": "error", "params": {"exception": name}})
    after = advance(returned)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, failure, name)
    assert is_over(after)


def test_a_sign_in_not_finished_yet_is_asked_again_soon(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signin_status(vendor, returned, json={"status": "in_progress", "params": {}})
    after = advance(returned)
    assert after.state == SourceState.SIGNING_IN
    assert 0 < seconds_until_due(after) <= 1


def test_a_sign_in_not_finished_for_long_is_asked_less_often(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, bank__returned_at=rows.ago(seconds=60))
    vendor_says.signin_status(vendor, source, json={"status": "in_progress", "params": {}})
    assert 4 < seconds_until_due(advance(source)) <= 5


def test_an_unreadable_status_is_tried_three_times_then_fails(vendor: responses.RequestsMock, returned: Source) -> None:
    asked = vendor_says.signin_status(vendor, returned, body="<html>nonsense")
    states = [advance(returned).state for _ in range(3)]
    assert states == [SourceState.SIGNING_IN, SourceState.SIGNING_IN, SourceState.FAILED]
    assert asked.call_count == 3
    assert rows.again(returned).failure == Failure.GARBLED_REPLY
    assert EventName.STAFF_ALERT in rows.events(returned.onboarding)


def test_a_session_longer_than_its_column_counts_as_unreadable(
    vendor: responses.RequestsMock, returned: Source
) -> None:
    vendor_says.signed_in(vendor, returned, sessionId="s" * 201)
    after = advance(returned)
    assert (after.state, after.unreadable_replies) == (SourceState.SIGNING_IN, 1)


def test_a_session_with_a_zero_character_counts_as_unreadable(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signed_in(vendor, returned, sessionId="s\x00")
    assert advance(returned).unreadable_replies == 1


def test_an_outage_while_asking_for_the_status_is_waited_out(vendor: responses.RequestsMock, returned: Source) -> None:
    vendor_says.signin_status(vendor, returned, body="down", status=503)
    after = advance(returned)
    assert (after.state, after.attempts) == (SourceState.SIGNING_IN, 1)
    assert 1.5 < seconds_until_due(after) <= 2.4


def test_a_refused_key_while_asking_for_the_status_alerts_staff(
    vendor: responses.RequestsMock, returned: Source
) -> None:
    vendor_says.signin_status(vendor, returned, body="<reply status='401'/>", status=401)
    after = advance(returned)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.REFUSED_BY_SERVICE)
    assert EventName.STAFF_ALERT in rows.events(returned.onboarding)


def test_a_worker_fetches_the_redirection_that_a_lost_web_process_was_fetching(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, give_up_at=None, bank__redirection_id=None, bank__link="")
    vendor_says.redirection(vendor, onboarding)
    after = advance(source)
    assert (after.bank.redirection_id, after.state) == ("r-fresh", SourceState.SIGNING_IN)
    assert after.due_at == after.give_up_at


def test_a_sign_in_that_ended_is_not_touched_by_a_late_message(vendor: responses.RequestsMock, db: None) -> None:
    source = rows.source(rows.onboarding(), SourceState.FAILED)
    sources.advance(source.pk)
    assert rows.again(source).state == SourceState.FAILED


def test_a_late_message_does_not_delay_a_source_in_the_line(vendor: responses.RequestsMock, db: None) -> None:
    source = rows.source(rows.onboarding(), SourceState.QUEUED, attempts=2)
    before = vars(rows.again(source))
    sources.advance(source.pk)
    after = vars(rows.again(source))
    assert (after["due_at"], after["attempts"], after["claim"]) == (before["due_at"], 2, "")
