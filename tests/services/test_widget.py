"""What the page with the embedded form may say of a sign-in, and what it can't bring about."""

import pytest
import responses
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding import sealing
from onboarding.jobs import moves
from onboarding.jobs.signin import signature_place
from onboarding.models import EventName, Failure, Onboarding, SignInWay, Source, SourceState
from onboarding.services import banks, widget
from tests import catalogs, rows, vendor_says
from tests.jobs.steps import advance, is_over
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db

SESSION = "planted-session-3001"


@pytest.fixture
def source(onboarding: Onboarding) -> Source:
    """A source whose form is open in the person's page."""
    return at_form(onboarding)


def at_form(owner: Onboarding, state: SourceState = SourceState.SIGNING_IN, **columns: object) -> Source:
    form = {"bank__way": SignInWay.WIDGET, "bank__redirection_id": None, "bank__link": ""}
    return rows.source(owner, state, **{**form, **columns})


def report(source: Source, **said: str) -> bool:
    pair = {"session_id": SESSION, "signature": rows.SIGNATURE, "target": "KontoBank", "official_name": "KontoBank SA"}
    return widget.signed_in(source=source, **{**pair, **said})


def test_a_session_puts_the_source_in_the_line(source: Source) -> None:
    assert report(source)
    after = rows.again(source)
    assert (after.state, after.claim, after.slot) == (SourceState.QUEUED, "", None)
    assert after.queued_at == after.due_at
    assert (after.bank.session_id, after.bank.target, after.bank.official_name) == (
        SESSION,
        "KontoBank",
        "KontoBank SA",
    )
    assert rows.events(source.onboarding) == [EventName.SIGNED_IN]


def test_the_signature_is_kept_sealed_at_its_place(source: Source) -> None:
    report(source)
    bank = rows.again(source).bank
    assert rows.SIGNATURE not in repr(vars(bank))
    assert sealing.unseal(bank.signature, place=signature_place(source.pk)) == rows.SIGNATURE


def test_the_line_is_told_once_the_row_is_written(
    source: Source, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as sent:
        report(source)
        report(source)
    assert len(nudges(sent)) == 1


def test_the_same_session_twice_is_one(source: Source) -> None:
    assert [report(source), report(source)] == [True, False]
    assert rows.events(source.onboarding) == [EventName.SIGNED_IN]


def test_another_session_after_the_first_is_ignored(source: Source) -> None:
    report(source)
    assert not report(source, session_id="another", target="Other")
    assert (rows.again(source).bank.session_id, rows.again(source).bank.target) == (SESSION, "KontoBank")


def test_of_both_outcomes_the_first_counts(onboarding: Onboarding) -> None:
    good, bad = at_form(onboarding), at_form(onboarding)
    report(good)
    assert not widget.went_wrong(source=good, code="InvalidCredentials")
    widget.went_wrong(source=bad, code="InvalidCredentials")
    assert not report(bad)
    assert (rows.again(good).state, rows.again(bad).state) == (SourceState.QUEUED, SourceState.FAILED)
    assert is_over(rows.again(bad))


UNUSABLE = {
    "no session": {"session_id": ""},
    "no signature": {"signature": ""},
    "a session too long": {"session_id": "s" * 201},
    "a signature too long": {"signature": "s" * 4001},
    "a session that can't be printed": {"session_id": "s\x00"},
    "a signature that can't be printed": {"signature": "s\n"},
}


@pytest.mark.parametrize("pair", UNUSABLE)
def test_a_pair_that_can_not_be_kept_ends_the_sign_in(source: Source, pair: str) -> None:
    report(source, **UNUSABLE[pair])
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.GARBLED_REPLY)
    assert is_over(after)


def test_names_of_the_bank_are_cut_and_cleaned(source: Source) -> None:
    report(source, target="Konto\x00Bank", official_name="x" * 300)
    bank = rows.again(source).bank
    assert (bank.target, bank.official_name) == ("KontoBank", "x" * 200)


ERRORS = {
    "InvalidCredentials": (SourceState.FAILED, Failure.CREDENTIALS, "InvalidCredentials"),
    "AccessBlocked": (SourceState.FAILED, Failure.ACCESS_BLOCKED, "AccessBlocked"),
    "SessionExpired": (SourceState.FAILED, Failure.SESSION_OVER, "SessionExpired"),
    "ServiceMaintenance": (SourceState.FAILED, Failure.BANK_UNAVAILABLE, "ServiceMaintenance"),
    "InvalidTarget": (SourceState.FAILED, Failure.REFUSED_BY_SERVICE, "InvalidTarget"),
    "SignInCancelled": (SourceState.ABANDONED, Failure.CANCELLED, ""),
    "UserAbandoned": (SourceState.ABANDONED, Failure.CANCELLED, ""),
    "SignInExpired": (SourceState.ABANDONED, Failure.SIGNIN_EXPIRED, ""),
    "SomethingNobodyListed": (SourceState.FAILED, Failure.SERVICE_FAULT, "SomethingNobodyListed"),
    "My name is Maria, 61109010140000071219812874": (SourceState.FAILED, Failure.SERVICE_FAULT, "Unnamed"),
    "": (SourceState.FAILED, Failure.SERVICE_FAULT, "Unnamed"),
}


@pytest.mark.parametrize("word", ERRORS)
def test_an_error_ends_the_sign_in_with_its_kind(source: Source, word: str) -> None:
    assert widget.went_wrong(source=source, code=word, target="KontoBank")
    after = rows.again(source)
    assert (after.state, after.failure, after.failure_code) == ERRORS[word]
    assert after.bank.display_name == "KontoBank"
    assert is_over(after)


def test_an_error_twice_is_one(source: Source) -> None:
    assert widget.went_wrong(source=source, code="InvalidCredentials")
    assert not widget.went_wrong(source=source, code="AccessBlocked")
    assert rows.again(source).failure == Failure.CREDENTIALS
    assert rows.events(source.onboarding) == [EventName.SOURCE_FAILED]


NOT_AT_THE_FORM = [state for state in SourceState if state != SourceState.SIGNING_IN]


@pytest.mark.parametrize("state", NOT_AT_THE_FORM)
def test_a_source_that_has_left_the_form_is_not_touched(onboarding: Onboarding, state: SourceState) -> None:
    source = at_form(onboarding, state)
    assert not report(source, session_id="another")
    assert not widget.went_wrong(source=source, code="InvalidCredentials")
    after = rows.again(source)
    assert (after.state, after.failure, after.claim) == (state, source.failure, "")
    assert after.bank.session_id == source.bank.session_id


def test_a_source_that_was_removed_is_not_touched(source: Source) -> None:
    banks.remove(source=source)
    assert not report(source)
    assert rows.again(source).state == SourceState.ABANDONED


def test_a_sign_in_at_the_services_own_pages_takes_no_word_of_a_form(onboarding: Onboarding) -> None:
    source = rows.source(onboarding)
    assert not report(source)
    assert not widget.went_wrong(source=source, code="InvalidCredentials")
    after = rows.again(source)
    assert (after.state, after.claim, after.bank.session_id) == (SourceState.SIGNING_IN, "", "")


def test_a_worker_that_looks_at_the_same_moment_changes_nothing_any_more(source: Source) -> None:
    rows.due_now(source)
    held = moves.hold(source.pk)
    assert held is not None
    assert report(source)
    with pytest.raises(moves.ClaimLost):
        moves.abandon(held, Failure.SIGNIN_EXPIRED)
    assert rows.again(source).state == SourceState.QUEUED


def test_a_session_of_this_owner_is_imported(vendor: responses.RequestsMock, source: Source) -> None:
    report(source)
    rows.change(source, state=SourceState.IMPORTING, slot=1)
    vendor_says.started(vendor, source.onboarding)
    assert advance(source).bank.command_id == vendor_says.COMMAND


def test_a_session_of_another_owner_is_found_out_by_the_reply_and_nothing_of_it_is_kept(
    vendor: responses.RequestsMock, source: Source
) -> None:
    report(source)
    rows.change(source, state=SourceState.IMPORTING, slot=1)
    vendor_says.started(vendor, rows.onboarding())
    after = advance(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.OWNER_MISMATCH)
    assert is_over(after)
    assert EventName.STAFF_ALERT in rows.events(source.onboarding)


def test_leaving_the_form_opens_the_services_own_pages(vendor: responses.RequestsMock, source: Source) -> None:
    vendor_says.redirection(vendor, source.onboarding)
    widget.turn_to_redirection(source=source)
    after = rows.again(source)
    assert (after.state, after.bank.way, after.claim) == (SourceState.SIGNING_IN, SignInWay.REDIRECTION, "")
    assert after.bank.link == "https://signin.vendor.example/r-fresh"
    assert after.due_at == after.give_up_at


def test_leaving_the_form_goes_to_the_bank_that_was_chosen(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankApi")
    source = at_form(onboarding, bank__target="KontoBankApi", bank__institution="KontoBank")
    vendor_says.redirection(vendor, onboarding, target="KontoBankApi")
    widget.turn_to_redirection(source=source)
    assert rows.again(source).bank.link


def test_leaving_twice_is_one_call(vendor: responses.RequestsMock, source: Source) -> None:
    asked = vendor_says.redirection(vendor, source.onboarding)
    widget.turn_to_redirection(source=source)
    widget.turn_to_redirection(source=source)
    assert asked.call_count == 1


def test_leaving_while_the_first_click_is_still_under_way_does_not_disturb_it(
    vendor: responses.RequestsMock, source: Source
) -> None:
    def second_click(request: object) -> tuple[int, dict[str, str], str]:
        widget.turn_to_redirection(source=source)
        report(source)
        return 200, {}, '{"redirectionId": "r-1", "redirectionLink": "https://signin.vendor.example/"}'

    vendor.add_callback("POST", vendor_says.REDIRECTION_PATH, callback=second_click)
    widget.turn_to_redirection(source=source)
    assert len(vendor.calls) == 1
    assert rows.again(source).bank.redirection_id == "r-1"


def test_once_signed_in_nobody_leaves_the_form(vendor: responses.RequestsMock, source: Source) -> None:
    report(source)
    widget.turn_to_redirection(source=source)
    assert rows.again(source).bank.way == SignInWay.WIDGET


def test_a_form_left_for_pages_that_can_not_be_opened_says_why(vendor: responses.RequestsMock, source: Source) -> None:
    vendor_says.redirection(vendor, source.onboarding, body="", status=503)
    widget.turn_to_redirection(source=source)
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.BANK_UNAVAILABLE)


def test_a_web_process_lost_while_leaving_the_form_is_made_good_by_a_worker(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = at_form(onboarding, give_up_at=None, bank__way=SignInWay.REDIRECTION)
    vendor_says.redirection(vendor, onboarding)
    assert advance(source).bank.redirection_id == "r-fresh"
