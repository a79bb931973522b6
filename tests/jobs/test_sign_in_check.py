"""Every move out of ``signing_in``."""

import json
from datetime import timedelta

import pytest
import requests
import responses

from onboarding.jobs import sources
from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from onboarding.services import returning
from onboarding.services.returning import Arrival, Proof
from tests import rows, vendor_says
from tests.jobs.steps import advance, is_due_in, is_over

pytestmark = pytest.mark.django_db

OTHER = "o" * 64
"""The digest of another browser."""

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

PENDING = {"status": "in_progress", "params": {}}


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
    source = rows.source(onboarding, bank__returned_at=rows.ago(minutes=11))
    vendor_says.signin_status(vendor, source, json=PENDING)
    after = advance(source)
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
    vendor_says.signin_status(vendor, returned, json=PENDING)
    after = advance(returned)
    assert after.state == SourceState.SIGNING_IN
    assert is_due_in(after, 0, 1)


def test_a_sign_in_not_finished_for_long_is_asked_less_often(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, bank__returned_at=rows.ago(seconds=60))
    vendor_says.signin_status(vendor, source, json=PENDING)
    assert is_due_in(advance(source), 4, 5)


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
    assert is_due_in(after, 1.5, 2.4)


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


PAST = {
    "the sign-in's own deadline": {"give_up_at": rows.ago(seconds=1), "bank__returned_at": rows.ago(minutes=1)},
    "ten minutes after the return": {"bank__returned_at": rows.ago(minutes=11)},
}


@pytest.fixture(params=PAST.values(), ids=PAST.keys())
def late(request: pytest.FixtureRequest, onboarding: Onboarding) -> Source:
    """A source whose browser came back, looked at after its deadline."""
    return rows.source(onboarding, **request.param)


def test_a_sign_in_that_was_finished_in_time_is_imported_though_the_workers_paused(
    vendor: responses.RequestsMock, late: Source
) -> None:
    vendor_says.signed_in(vendor, late)
    assert advance(late).state == SourceState.SIGNING_IN
    assert advance(grace_is_over(late)).state == SourceState.QUEUED


def test_a_sign_in_that_is_unfinished_at_its_deadline_is_abandoned(
    vendor: responses.RequestsMock, late: Source
) -> None:
    vendor_says.signin_status(vendor, late, json=PENDING)
    after = advance(late)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.SIGNIN_EXPIRED)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ({"body": "down", "status": 503}, Failure.BANK_UNAVAILABLE),
        ({"body": "<html>nonsense"}, Failure.GARBLED_REPLY),
    ],
)
def test_an_outage_that_lasts_until_the_deadline_is_called_an_outage(
    vendor: responses.RequestsMock, late: Source, reply: dict[str, object], failure: Failure
) -> None:
    vendor_says.signin_status(vendor, late, **reply)
    after = advance(late)
    assert (after.state, after.failure) == (SourceState.FAILED, failure)
    assert is_over(after)


def grace_is_over(source: Source) -> Source:
    """Let the time pass in which another browser may come back."""
    assert rows.again(source).bank.finished_seen_at is not None
    return rows.change(source, bank__finished_seen_at=rows.ago(seconds=16))


def come_back(source: Source, browser: str) -> Arrival:
    return returning.come_back(redirection_id=source.bank.redirection_id, browser=browser).arrival


@pytest.fixture
def early(vendor: responses.RequestsMock, onboarding: Onboarding) -> Source:
    """A source whose own browser opened the return address before anybody had signed in."""
    source = rows.source(onboarding)
    come_back(source, onboarding.browser)
    vendor_says.signin_status(vendor, source, json=PENDING)
    assert advance(source).bank.seen_unfinished
    return source


def test_a_victims_sign_in_is_not_imported_after_an_early_return_of_whoever_sent_the_link(
    vendor: responses.RequestsMock, early: Source
) -> None:
    vendor_says.signed_in(vendor, early)
    assert advance(early).state == SourceState.SIGNING_IN
    assert come_back(early, OTHER) is Arrival.ELSEWHERE
    come_back(early, early.onboarding.browser)
    after = advance(early)
    assert (after.state, after.bank.session_id, after.bank.returned_at) == (SourceState.SIGNING_IN, "", None)
    rows.change(early, give_up_at=rows.ago(seconds=1))
    assert advance(early).failure == Failure.NOT_RETURNED


def test_a_victims_return_is_not_made_good_by_a_later_return_of_whoever_sent_the_link(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding)
    assert come_back(source, OTHER) is Arrival.ELSEWHERE
    assert come_back(source, onboarding.browser) is Arrival.WELCOME
    after = advance(source)
    assert (after.state, after.bank.session_id, after.bank.returned_at) == (SourceState.SIGNING_IN, "", None)


def test_a_return_elsewhere_while_the_vendor_is_asked_keeps_the_sign_in_out_of_the_line(
    vendor: responses.RequestsMock, returned: Source
) -> None:
    def answer(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        come_back(returned, OTHER)
        params = {"sessionId": "planted-session-3001", "sessionIdSignature": rows.SIGNATURE}
        return 200, {}, json.dumps({"status": "success", "params": params})

    vendor.add_callback(responses.GET, vendor_says.STATUS_PATH, callback=answer)
    after = advance(returned)
    assert (after.state, after.bank.session_id, after.bank.returned_at) == (SourceState.SIGNING_IN, "", None)
    assert after.due_at == after.give_up_at


def test_a_sign_in_finished_after_its_return_is_imported_when_nobody_else_comes_back(
    vendor: responses.RequestsMock, early: Source
) -> None:
    vendor_says.signed_in(vendor, early)
    first = advance(early)
    assert (first.state, first.bank.session_id, first.bank.signature) == (SourceState.SIGNING_IN, "", "")
    assert is_due_in(first, 14, 15)
    again = advance(early)
    assert again.state == SourceState.SIGNING_IN
    assert again.bank.finished_seen_at == first.bank.finished_seen_at
    assert advance(grace_is_over(early)).state == SourceState.QUEUED


def test_a_check_that_came_late_can_not_tell_which_was_first_and_waits_too(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, bank__returned_at=rows.ago(seconds=16))
    vendor_says.signed_in(vendor, source)
    assert advance(source).state == SourceState.SIGNING_IN
    assert advance(grace_is_over(source)).state == SourceState.QUEUED


def test_the_right_code_lets_a_finished_sign_in_join_the_line_at_once(
    vendor: responses.RequestsMock, early: Source
) -> None:
    come_back(early, OTHER)
    code = rows.again(early).bank.return_code
    assert returning.prove(redirection_id=early.bank.redirection_id, code=code, browser=OTHER) == (Proof.RIGHT, 0)
    vendor_says.signed_in(vendor, early)
    assert advance(early).state == SourceState.QUEUED


def test_a_code_typed_before_anybody_signed_in_does_not_spare_the_wait(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding)
    come_back(source, OTHER)
    returning.prove(redirection_id=source.bank.redirection_id, code=rows.again(source).bank.return_code, browser=OTHER)
    vendor_says.signin_status(vendor, source, json=PENDING)
    advance(source)
    vendor_says.signed_in(vendor, source)
    assert advance(source).state == SourceState.SIGNING_IN
    come_back(source, OTHER)
    assert rows.again(source).failure == Failure.RETURN_UNPROVEN


CHOSEN = {"bank__target": "KontoBankApi", "bank__institution": "KontoBank", "bank__official_name": "KontoBank SA"}
NAMED = {
    "nothing": ({"target": ""}, ("KontoBankApi", "KontoBank SA", "KontoBank")),
    "the chosen one": ({"target": "KontoBankApi"}, ("KontoBankApi", "KontoBank SA", "KontoBank")),
    "the chosen one by a new name": (
        {"target": "KontoBankApi", "officialName": "Konto"},
        ("KontoBankApi", "Konto", "KontoBank"),
    ),
    "another one": ({"target": "Other"}, ("Other", "", "")),
}


@pytest.mark.parametrize("named", NAMED)
def test_the_bank_that_was_chosen_stays_unless_another_one_was_signed_in_at(
    vendor: responses.RequestsMock, onboarding: Onboarding, named: str
) -> None:
    source = rows.source(onboarding, bank__returned_at=rows.ago(seconds=1), **CHOSEN)
    params, expected = NAMED[named]
    vendor_says.signed_in(vendor, source, **params)
    bank = advance(source).bank
    assert (bank.target, bank.official_name, bank.institution) == expected


@pytest.mark.parametrize("params", [{"sessionIdSignature": "s" * 4001}, {"sessionIdSignature": "s\x00"}])
def test_a_signature_that_can_not_be_kept_counts_as_unreadable(
    vendor: responses.RequestsMock, returned: Source, params: dict[str, str]
) -> None:
    vendor_says.signed_in(vendor, returned, **params)
    assert advance(returned).unreadable_replies == 1
