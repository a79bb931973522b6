"""Adding a bank, trying again, removing."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import responses
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding.jobs import sources
from onboarding.models import Actor, EventName, Failure, Onboarding, SignInWay, Source, SourceState
from onboarding.models.sources import REPEATABLE
from onboarding.services import banks
from onboarding.services.banks import Choice
from tests import catalogs, rows, vendor_says
from tests.jobs.steps import advance, is_over
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db


def test_adding_a_bank_opens_a_sign_in_under_this_onboardings_owner_id(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.redirection(vendor, onboarding)
    source = banks.begin(onboarding=onboarding, intent=uuid4())
    assert (source.state, source.bank.redirection_id) == (SourceState.SIGNING_IN, "r-fresh")
    assert source.bank.link == "https://signin.vendor.example/r-fresh"
    assert (source.claim, source.due_at) == ("", source.give_up_at)
    assert rows.events(onboarding) == [EventName.SIGNIN_ASKED, EventName.SIGNIN_OPENED]


def test_the_same_click_twice_is_one_source_and_one_call(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    asked = vendor_says.redirection(vendor, onboarding)
    intent = uuid4()
    first, second = (banks.begin(onboarding=onboarding, intent=intent) for _ in range(2))
    assert (first, asked.call_count) == (second, 1)


def test_a_second_bank_is_added_while_the_first_is_imported(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    rows.polling(onboarding)
    vendor_says.redirection(vendor, onboarding)
    banks.begin(onboarding=onboarding, intent=uuid4())
    assert onboarding.sources.open().count() == 2


NO_WAY: dict[str, tuple[dict[str, Any], Failure]] = {
    "no connection": ({"body": vendor_says.NO_CONNECTION}, Failure.BANK_UNAVAILABLE),
    "no answer": ({"body": vendor_says.NO_ANSWER}, Failure.BANK_UNAVAILABLE),
    "down": ({"body": "", "status": 503}, Failure.BANK_UNAVAILABLE),
    "wrong key": ({"body": "<reply status='401'/>", "status": 401}, Failure.REFUSED_BY_SERVICE),
    "refused": ({"json": {"exception": {"name": "InvalidParameter"}}, "status": 400}, Failure.REFUSED_BY_SERVICE),
    "busy": ({"json": {"exception": {"name": "JobsQuotaExceeded"}}, "status": 400}, Failure.SERVICE_BUSY),
    "unheard of": ({"json": {"exception": {"name": "SomethingElse"}}, "status": 400}, Failure.SERVICE_FAULT),
    "a web page": ({"body": "<html>"}, Failure.GARBLED_REPLY),
    "no link": ({"json": {"redirectionId": "r-1"}}, Failure.GARBLED_REPLY),
    "a link that is none": (
        {"json": {"redirectionId": "r-1", "redirectionLink": "javascript:alert(1)"}},
        Failure.GARBLED_REPLY,
    ),
    "an id too long": (
        {"json": {"redirectionId": "r" * 201, "redirectionLink": "https://signin.vendor.example/"}},
        Failure.GARBLED_REPLY,
    ),
    "an id with a zero": (
        {"json": {"redirectionId": "r\x00", "redirectionLink": "https://signin.vendor.example/"}},
        Failure.GARBLED_REPLY,
    ),
}


@pytest.mark.parametrize("answer", NO_WAY)
def test_a_vendor_that_opens_no_sign_in_gives_a_failed_source_that_says_why(
    vendor: responses.RequestsMock, onboarding: Onboarding, answer: str
) -> None:
    reply, failure = NO_WAY[answer]
    asked = vendor_says.redirection(vendor, onboarding, **reply)
    source = banks.begin(onboarding=onboarding, intent=uuid4())
    assert (source.state, source.failure) == (SourceState.FAILED, failure)
    assert asked.call_count == 1
    assert is_over(source)


def test_a_redirection_that_another_sign_in_has_is_refused(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    other = rows.source(rows.onboarding())
    link = "https://signin.vendor.example/"
    again = {"redirectionId": other.bank.redirection_id, "redirectionLink": link}
    vendor_says.redirection(vendor, onboarding, json=again)
    assert banks.begin(onboarding=onboarding, intent=uuid4()).failure == Failure.GARBLED_REPLY


def test_a_bank_is_not_added_for_a_person_who_was_erased(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())
    with pytest.raises(banks.NotPossible):
        banks.begin(onboarding=onboarding, intent=uuid4())
    assert not Source.objects.exists()


def test_a_sign_in_removed_while_it_was_being_opened_stays_removed(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    def removed_meanwhile(request: object) -> tuple[int, dict[str, str], str]:
        banks.remove(source=Source.objects.get())
        return 200, {}, '{"redirectionId": "r-1", "redirectionLink": "https://signin.vendor.example/"}'

    vendor.add_callback("POST", vendor_says.REDIRECTION_PATH, callback=removed_meanwhile)
    source = banks.begin(onboarding=onboarding, intent=uuid4())
    assert (source.state, source.bank.redirection_id) == (SourceState.ABANDONED, None)


def test_a_person_erased_while_a_sign_in_was_being_opened_has_no_source(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    def erased_meanwhile(request: object) -> tuple[int, dict[str, str], str]:
        Source.objects.all().delete()
        return 200, {}, '{"redirectionId": "r-1", "redirectionLink": "https://signin.vendor.example/"}'

    vendor.add_callback("POST", vendor_says.REDIRECTION_PATH, callback=erased_meanwhile)
    with pytest.raises(banks.NotPossible):
        banks.begin(onboarding=onboarding, intent=uuid4())


def test_a_new_sign_in_takes_the_place_of_the_one_that_failed(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    old = rows.source(onboarding, SourceState.FAILED)
    vendor_says.redirection(vendor, onboarding)
    new = banks.begin(onboarding=onboarding, intent=uuid4(), replaces=old)
    assert list(onboarding.sources.listed()) == [new]
    assert rows.again(old).state == SourceState.FAILED


@pytest.mark.parametrize(
    "state", [SourceState.SIGNING_IN, SourceState.QUEUED, SourceState.IMPORTING, SourceState.IMPORTED]
)
def test_only_a_source_that_ended_badly_is_replaced(
    vendor: responses.RequestsMock, onboarding: Onboarding, state: SourceState
) -> None:
    source = rows.source(onboarding, state)
    with pytest.raises(banks.NotPossible):
        banks.begin(onboarding=onboarding, intent=uuid4(), replaces=source)
    assert list(onboarding.sources.all()) == [source]


def test_a_source_is_replaced_once(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    old = rows.source(onboarding, SourceState.FAILED)
    vendor_says.redirection(vendor, onboarding)
    banks.begin(onboarding=onboarding, intent=uuid4(), replaces=old)
    with pytest.raises(banks.NotPossible):
        banks.begin(onboarding=onboarding, intent=uuid4(), replaces=old)


def test_a_source_of_another_person_is_not_replaced(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    foreign = rows.source(rows.onboarding(), SourceState.FAILED)
    with pytest.raises(banks.NotPossible):
        banks.begin(onboarding=onboarding, intent=uuid4(), replaces=foreign)


def failed(owner: Onboarding, failure: Failure, *, command: str = "c-1", **columns: Any) -> Source:
    """A source whose import failed, with or without a command that is known."""
    return rows.source(owner, SourceState.FAILED, failure=failure, bank__command_id=command, **columns)


def test_a_command_that_is_known_is_looked_at_again_without_a_new_sign_in(
    vendor: responses.RequestsMock,
    onboarding: Onboarding,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    old = failed(onboarding, Failure.TIMED_OUT, bank__target="KontoBank")
    with django_capture_on_commit_callbacks() as sent:
        new = banks.repeat(source=old, actor=Actor.USER)
    assert len(nudges(sent)) == 1
    assert (new.state, list(onboarding.sources.listed())) == (SourceState.QUEUED, [new])
    sources_after = rows.again(new)
    assert (sources_after.bank.command_id, sources_after.bank.target) == ("c-1", "KontoBank")
    rows.change(new, state=SourceState.IMPORTING, slot=1)
    vendor_says.command(vendor, "c-1", body='<reply><command id="c-1" state="successful"/></reply>')
    assert advance(new).state == SourceState.IMPORTED
    assert rows.events(onboarding) == [EventName.RETRIED, EventName.IMPORTED]


@pytest.mark.parametrize("failure", sorted(set(Failure) - REPEATABLE))
def test_what_only_a_new_sign_in_helps_is_not_repeated(onboarding: Onboarding, failure: Failure) -> None:
    source = failed(onboarding, failure)
    assert not source.is_repeatable
    with pytest.raises(banks.NotPossible):
        banks.repeat(source=source, actor=Actor.USER)


@pytest.mark.parametrize("failure", sorted(REPEATABLE))
def test_without_a_known_command_nothing_is_repeated(onboarding: Onboarding, failure: Failure) -> None:
    assert failed(onboarding, failure).is_repeatable
    assert not failed(onboarding, failure, command="").is_repeatable


def test_a_failed_source_is_repeated_once(onboarding: Onboarding) -> None:
    old = failed(onboarding, Failure.TIMED_OUT)
    banks.repeat(source=old, actor=Actor.USER)
    with pytest.raises(banks.NotPossible):
        banks.repeat(source=old, actor=Actor.USER)
    assert onboarding.sources.count() == 2


@pytest.mark.parametrize("state", [SourceState.FAILED, SourceState.ABANDONED, SourceState.SIGNING_IN])
def test_a_source_that_ended_badly_or_is_signing_in_is_removed(onboarding: Onboarding, state: SourceState) -> None:
    source = rows.source(onboarding, state, bank__signature="v1:k1:x")
    banks.remove(source=source)
    after = rows.again(source)
    assert not onboarding.sources.listed().exists()
    assert (after.bank.signature, after.bank.link, after.due_at) == ("", "", None)
    assert rows.events(onboarding) == [EventName.REMOVED]


@pytest.mark.parametrize("state", [SourceState.QUEUED, SourceState.IMPORTING, SourceState.IMPORTED])
def test_a_source_that_brings_data_is_not_removed(onboarding: Onboarding, state: SourceState) -> None:
    source = rows.source(onboarding, state)
    with pytest.raises(banks.NotPossible):
        banks.remove(source=source)
    assert list(onboarding.sources.listed()) == [source]
    assert rows.events(onboarding) == []


def test_a_sign_in_that_was_removed_is_not_checked_any_more(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, bank__returned_at=timezone.now())
    banks.remove(source=source)
    sources.advance(source.pk)
    assert rows.again(source).state == SourceState.ABANDONED


def test_a_repeat_waits_in_the_line_no_longer_than_others(onboarding: Onboarding) -> None:
    again = banks.repeat(source=failed(onboarding, Failure.TIMED_OUT), actor=Actor.USER)
    assert again.queued_at is not None
    assert again.give_up_at == again.queued_at + settings.QUEUE_DEADLINE


def test_a_person_has_five_sign_ins_open_at_most(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    for _ in range(4):
        rows.source(onboarding)
    rows.source(rows.onboarding())
    vendor_says.redirection(vendor, onboarding)
    banks.begin(onboarding=onboarding, intent=uuid4())
    with pytest.raises(banks.TooManyOpen):
        banks.begin(onboarding=onboarding, intent=uuid4())
    assert onboarding.sources.count() == 5


def test_a_page_waits_ten_seconds_at_most_for_a_sign_in(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    asked = vendor_says.redirection(vendor, onboarding)
    banks.begin(onboarding=onboarding, intent=uuid4())
    assert max(asked.calls[0].request.req_kwargs["timeout"]) <= 10


def test_with_the_form_on_our_page_the_vendor_is_asked_for_nothing(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings
) -> None:
    settings.KONTOMATIK_SIGNIN = "widget"
    source = banks.begin(onboarding=onboarding, intent=uuid4())
    assert (source.state, source.bank.way, source.claim) == (SourceState.SIGNING_IN, SignInWay.WIDGET, "")
    assert source.due_at == source.give_up_at
    assert rows.events(onboarding) == [EventName.SIGNIN_ASKED, EventName.SIGNIN_OPENED]


def test_a_double_click_with_the_form_is_one_source(onboarding: Onboarding, settings: Settings) -> None:
    settings.KONTOMATIK_SIGNIN = "widget"
    intent = uuid4()
    first, second = (banks.begin(onboarding=onboarding, intent=intent) for _ in range(2))
    assert first == second
    assert rows.events(onboarding) == [EventName.SIGNIN_ASKED, EventName.SIGNIN_OPENED]


def choice(name: str, institution: str = "KontoBank", country: str = "pl") -> Choice:
    return Choice(country=country, institution=institution, name=name)


def test_a_chosen_bank_is_passed_to_the_vendor_and_remembered(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankApi")
    vendor_says.redirection(vendor, onboarding, target="KontoBankApi")
    bank = banks.begin(onboarding=onboarding, intent=uuid4(), choice=choice("KontoBankApi")).bank
    assert (bank.institution, bank.display_name, bank.link) == (
        "KontoBank",
        "KontoBank SA",
        "https://signin.vendor.example/r-fresh",
    )


def test_a_bank_that_was_renamed_after_the_page_was_shown_is_passed_by_its_new_name(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankNewApi", institution="KontoBank")
    vendor_says.redirection(vendor, onboarding, target="KontoBankNewApi")
    bank = banks.begin(onboarding=onboarding, intent=uuid4(), choice=choice("KontoBankApi")).bank
    assert (bank.institution, bank.target) == ("KontoBank", "KontoBankNewApi")


def test_of_several_entries_of_one_institution_the_name_chooses(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    for name in ("KontoBankApi", "KontoBankFirma", "KontoBankOld"):
        catalogs.bank(name, institution="KontoBank")
    vendor_says.redirection(vendor, onboarding, target="KontoBankFirma")
    banks.begin(onboarding=onboarding, intent=uuid4(), choice=choice("KontoBankFirma"))


UNKNOWN = {
    "an institution that is not there": choice("KontoBankApi", institution="Gone"),
    "one of another country": choice("KontoBankApi", country="cz"),
    "a country that is none": choice("KontoBankApi", country="xx"),
    "only a name, of a bank with an institution": choice("KontoBankApi", institution=""),
    "nothing": choice("", institution="", country=""),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_a_bank_that_is_not_in_the_catalog_is_not_asked_for(
    vendor: responses.RequestsMock, onboarding: Onboarding, what: str
) -> None:
    catalogs.bank("KontoBankApi")
    with pytest.raises(banks.UnknownBank):
        banks.begin(onboarding=onboarding, intent=uuid4(), choice=UNKNOWN[what])
    assert not Source.objects.exists()


def test_a_bank_without_an_institution_is_known_by_its_name(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankApi", institution="")
    catalogs.bank("OtherApi", institution="")
    vendor_says.redirection(vendor, onboarding, target="OtherApi")
    banks.begin(onboarding=onboarding, intent=uuid4(), choice=choice("OtherApi", institution=""))


@pytest.mark.parametrize("is_on", [True, False])
def test_signing_in_again_goes_to_the_bank_that_was_chosen_while_there_is_a_list(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings, is_on: bool
) -> None:
    settings.BANK_LIST = is_on
    catalogs.bank("KontoBankApi")
    old = rows.source(onboarding, SourceState.FAILED, bank__target="KontoBankOld", bank__institution="KontoBank")
    vendor_says.redirection(vendor, onboarding, target="KontoBankApi" if is_on else "")
    new = banks.begin(onboarding=onboarding, intent=uuid4(), replaces=old)
    assert new.bank.institution == ("KontoBank" if is_on else "")


def test_a_page_lost_while_it_opens_a_sign_in_keeps_the_person_waiting_ten_seconds_at_most(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    def lose_the_process(_request: Any) -> Any:
        raise SystemExit

    vendor.add_callback(responses.POST, vendor_says.REDIRECTION_PATH, callback=lose_the_process)
    with pytest.raises(SystemExit):
        banks.begin(onboarding=onboarding, intent=uuid4())
    lost = onboarding.sources.get()
    assert lost.claimed_until is not None
    assert timedelta(seconds=5) < lost.claimed_until - timezone.now() <= timedelta(seconds=10)


def expect_return_addresses(vendor: responses.RequestsMock, *replies: tuple[int, dict[str, Any]]) -> list[str]:
    """Answer the sign-ins that are asked for in turn; return where the addresses they were given are noted."""
    given: list[str] = []

    def note(request: Any) -> tuple[int, dict[str, str], str]:
        given.append(json.loads(request.body)["redirectUri"])
        status, reply = replies[len(given) - 1]
        return status, {}, json.dumps(reply)

    for _ in replies:
        vendor.add_callback(responses.POST, vendor_says.REDIRECTION_PATH, callback=note)
    return given


TAKEN = (200, {"redirectionId": "r-fresh", "redirectionLink": "https://signin.vendor.example/r-fresh"})


def test_a_service_that_refuses_an_address_of_its_own_gets_the_one_for_all(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RETURN_STATE = True
    given = expect_return_addresses(vendor, (400, {"exception": {"name": "InvalidParameter"}}), TAKEN)
    source = banks.begin(onboarding=onboarding, intent=uuid4())
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/return/[\w-]{43}/", given[0])
    assert given[1] == "http://127.0.0.1:8000/return/"
    assert (source.bank.redirection_id, source.bank.return_state) == ("r-fresh", "")
    assert "set RETURN_STATE=false" in caplog.text


def test_a_service_that_refuses_both_addresses_is_not_said_to_refuse_ours(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RETURN_STATE = True
    refused = (400, {"exception": {"name": "InvalidParameter"}})
    expect_return_addresses(vendor, refused, refused)
    assert banks.begin(onboarding=onboarding, intent=uuid4()).failure == Failure.REFUSED_BY_SERVICE
    assert "set RETURN_STATE=false" not in caplog.text


def test_a_page_that_asks_a_second_time_still_holds_the_source_for_seconds_alone(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    held: list[timedelta] = []

    def note(request: Any) -> tuple[int, dict[str, str], str]:
        until = Source.objects.values_list("claimed_until", flat=True).get()
        assert until is not None
        held.append(until - timezone.now())
        status, said = TAKEN if len(held) > 1 else (400, {"exception": {"name": "InvalidParameter"}})
        return status, {}, json.dumps(said)

    vendor.add_callback(responses.POST, vendor_says.REDIRECTION_PATH, callback=note)
    banks.begin(onboarding=onboarding, intent=uuid4())
    assert len(held) == 2
    assert max(held) <= timedelta(seconds=15)


def test_a_service_that_refuses_something_else_is_not_asked_again(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    expect_return_addresses(vendor, (400, {"exception": {"name": "InvalidTarget"}}))
    assert banks.begin(onboarding=onboarding, intent=uuid4()).failure == Failure.REFUSED_BY_SERVICE
