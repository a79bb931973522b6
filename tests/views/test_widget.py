"""The page with the embedded sign-in form: what it may load, what it tells us, and the way out of it."""

from uuid import uuid4

import pytest
import responses
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import Failure, Onboarding, SignInWay, Source, SourceState
from tests import catalogs, rows, vendor_says
from tests.pages.markup import read
from tests.views.browsing import post_form, strict

pytestmark = pytest.mark.django_db

ORIGIN = "https://signin.kontomatik.com"
PAIR = {"session_id": "planted-session-3001", "signature": rows.SIGNATURE, "target": "KontoBank", "official_name": "K"}


@pytest.fixture(autouse=True)
def _form_on_our_page(settings: Settings) -> None:
    settings.KONTOMATIK_SIGNIN, settings.KONTOMATIK_CLIENT_ID = "widget", "client-77"


@pytest.fixture
def source(onboarding: Onboarding) -> Source:
    return at_form(onboarding)


def at_form(owner: Onboarding, state: SourceState = SourceState.SIGNING_IN, **columns: object) -> Source:
    form = {"bank__way": SignInWay.WIDGET, "bank__redirection_id": None, "bank__link": ""}
    return rows.source(owner, state, **{**form, **columns})


def address(name: str, source: Source) -> str:
    return reverse(name, args=[source.onboarding.uuid, source.uuid])


def card(source: Source) -> str:
    return f"{reverse('hub', args=[source.onboarding.uuid])}#source-{source.uuid}"


def policy(response: HttpResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _blank, sources in parts}


def test_adding_a_bank_leads_to_the_form_without_asking_the_vendor(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    response = owner.post(reverse("add_bank", args=[onboarding.uuid]), {"intent": str(uuid4())})
    page = owner.get(response.headers["Location"])
    assert page.status_code == 200
    assert 'id="widget"' in page.content.decode()


def test_the_page_lets_in_exactly_the_services_origin(owner: Client, source: Source, settings: Settings) -> None:
    strict_policy = policy(owner.get(reverse("hub", args=[source.onboarding.uuid])))
    opened = policy(owner.get(address("handoff", source)))
    assert opened.pop("frame-src") == ORIGIN
    assert opened.pop("script-src") == f"'self' {ORIGIN}"
    assert strict_policy.pop("script-src") == "'self'"
    assert opened == strict_policy


def test_the_origin_follows_the_scripts_address(owner: Client, source: Source, settings: Settings) -> None:
    settings.KONTOMATIK_WIDGET_URL = "http://localhost:8001/assets/signin-widget.js"
    assert policy(owner.get(address("handoff", source)))["frame-src"] == "http://localhost:8001"


def test_a_window_that_the_form_opens_may_talk_to_it(owner: Client, source: Source) -> None:
    assert owner.get(address("handoff", source)).headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


@pytest.mark.parametrize("name", ["hub", "add_bank", "finish", "erase"])
def test_no_other_page_lets_anything_in(owner: Client, source: Source, settings: Settings, name: str) -> None:
    settings.BANK_LIST = True
    response = owner.get(reverse(name, args=[source.onboarding.uuid]), follow=True)
    assert ORIGIN not in response.headers["Content-Security-Policy"]
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_hand_off_to_the_services_own_pages_lets_nothing_in(owner: Client, onboarding: Onboarding) -> None:
    source = rows.source(onboarding)
    assert "frame-src" not in policy(owner.get(address("handoff", source)))


def test_the_form_is_asked_for_by_the_pages_attributes(owner: Client, source: Source) -> None:
    asked = read(owner.get(address("handoff", source)).content.decode()).one("div", id="widget").attributes
    assert {name: value for name, value in asked.items() if name.startswith("data-")} == {
        "data-state": "loading",
        "data-script": f"{ORIGIN}/assets/signin-widget.js",
        "data-client": "client-77",
        "data-country": "pl",
        "data-locale": "pl",
        "data-owner-external-id": source.onboarding.owner_external_id,
        "data-target": "",
        "data-access-mode": "SINGLE",
        "data-report": address("widget_report", source),
        "data-list": reverse("hub", args=[source.onboarding.uuid]),
    }


def test_the_form_opens_at_the_bank_that_was_chosen_under_its_name_of_today(
    owner: Client, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankApi_cz", "cz", institution="KontoBank")
    source = at_form(onboarding, bank__target="KontoBankApi_cz", bank__institution="KontoBank")
    asked = read(owner.get(address("handoff", source)).content.decode()).one("div", id="widget").attributes
    assert (asked["data-target"], asked["data-country"]) == ("KontoBankApi_cz", "cz")


def test_the_page_of_a_sign_in_that_is_over_leads_to_its_card(owner: Client, onboarding: Onboarding) -> None:
    for state in (SourceState.QUEUED, SourceState.FAILED, SourceState.ABANDONED):
        over = at_form(onboarding, state)
        assert owner.get(address("handoff", over)).headers["Location"] == card(over)


def test_a_report_puts_the_source_in_the_line_and_says_where_to_go(owner: Client, source: Source) -> None:
    response = post_form(strict(owner), address("widget_report", source), **PAIR)
    assert (response.status_code, response.json()) == (200, {"next": card(source)})
    assert "no-store" in response.headers["Cache-Control"]
    after = rows.again(source)
    assert (after.state, after.bank.session_id) == (SourceState.QUEUED, "planted-session-3001")


def test_a_report_is_answered_alike_the_second_time(owner: Client, source: Source) -> None:
    answers = [owner.post(address("widget_report", source), PAIR) for _ in range(2)]
    other = owner.post(address("widget_report", source), {**PAIR, "session_id": "another"})
    assert len({(one.status_code, one.content) for one in [*answers, other]}) == 1
    assert rows.again(source).bank.session_id == "planted-session-3001"


def test_an_error_is_shown_on_its_card(owner: Client, source: Source) -> None:
    response = owner.post(address("widget_report", source), {"error": "InvalidCredentials", "target": "KontoBank"})
    assert response.json() == {"next": card(source)}
    page = owner.get(reverse("hub", args=[source.onboarding.uuid])).content.decode()
    assert "The bank did not accept the login or password." in page


def test_a_report_of_nothing_ends_the_sign_in_as_unreadable(owner: Client, source: Source) -> None:
    assert owner.post(address("widget_report", source)).status_code == 200
    assert rows.again(source).failure == Failure.GARBLED_REPLY


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_reports_anything(request: pytest.FixtureRequest, source: Source, who: str) -> None:
    other = request.getfixturevalue(who)
    response = other.post(address("widget_report", source), PAIR)
    assert (response.status_code, response.json()) == (404, {"next": reverse("home")})
    assert rows.again(source).state == SourceState.SIGNING_IN


def test_a_report_for_a_source_of_somebody_else_is_not_taken(owner: Client, onboarding: Onboarding) -> None:
    foreign = at_form(rows.onboarding())
    response = owner.post(reverse("widget_report", args=[onboarding.uuid, foreign.uuid]), PAIR)
    assert (response.status_code, response.json()) == (404, {"next": reverse("hub", args=[onboarding.uuid])})
    assert rows.again(foreign).state == SourceState.SIGNING_IN


def test_a_report_for_a_source_that_was_removed_leads_to_the_list(owner: Client, source: Source) -> None:
    owner.post(address("remove", source))
    response = owner.post(address("widget_report", source), PAIR)
    assert (response.status_code, response.json()) == (409, {"next": reverse("hub", args=[source.onboarding.uuid])})
    assert rows.again(source).state == SourceState.ABANDONED


def test_a_report_for_a_source_that_was_replaced_leads_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    old = at_form(onboarding, SourceState.FAILED, replaced_by=at_form(onboarding))
    assert owner.post(address("widget_report", old), PAIR).status_code == 409


def test_a_report_after_an_erasure_leads_to_the_proof(owner: Client, source: Source) -> None:
    owner.post(reverse("erase", args=[source.onboarding.uuid]))
    response = owner.post(address("widget_report", source), PAIR)
    assert (response.status_code, response.json()) == (409, {"next": reverse("erase", args=[source.onboarding.uuid])})


def test_a_report_without_its_token_does_nothing(owner: Client, source: Source) -> None:
    assert strict(owner).post(address("widget_report", source), PAIR).status_code == 403
    assert rows.again(source).state == SourceState.SIGNING_IN


def test_a_report_is_never_read_from_an_address(owner: Client, source: Source) -> None:
    assert owner.get(address("widget_report", source), PAIR).status_code == 405
    owner.post(f"{address('widget_report', source)}?session_id=x&signature=y")
    assert rows.again(source).bank.session_id == ""


def test_nothing_of_a_session_is_in_any_page(owner: Client, source: Source) -> None:
    answer = owner.post(address("widget_report", source), PAIR)
    hub = owner.get(reverse("hub", args=[source.onboarding.uuid]))
    for said in (answer.content.decode(), hub.content.decode()):
        assert rows.SIGNATURE not in said
        assert "planted-session-3001" not in said


def test_leaving_the_form_leads_to_the_services_own_pages(
    owner: Client, source: Source, vendor: responses.RequestsMock
) -> None:
    vendor_says.redirection(vendor, source.onboarding)
    page = owner.post(address("elsewhere", source), follow=True)
    assert read(page.content.decode()).one("a", id="continue").attributes["href"].endswith("/r-fresh")
    assert "frame-src" not in policy(page)


def test_leaving_the_form_twice_leads_to_the_same_page(
    owner: Client, source: Source, vendor: responses.RequestsMock
) -> None:
    asked = vendor_says.redirection(vendor, source.onboarding)
    where = [owner.post(address("elsewhere", source)).headers["Location"] for _ in range(2)]
    assert where == [address("handoff", source)] * 2
    assert asked.call_count == 1


def test_without_script_the_page_shows_the_way_to_the_services_own_pages_alone(owner: Client, source: Source) -> None:
    page = read(owner.get(address("handoff", source)).content.decode())
    assert "hidden" in page.one("div", id="widget").attributes
    form = page.one("form", id="elsewhere")
    buttons = [one for one in page.all("button") if form in one.ancestors]
    without_script = [one for one in buttons if "noscript" in [above.tag for above in one.ancestors]]
    with_script = [above.attributes for one in buttons if one not in without_script for above in one.ancestors]
    assert len(without_script) == 1
    assert any("data-with-script" in attributes and "hidden" in attributes for attributes in with_script)


def test_the_list_leads_back_to_a_form_that_is_open(owner: Client, source: Source) -> None:
    page = read(owner.get(reverse("hub", args=[source.onboarding.uuid])).content.decode())
    assert page.one("a", id=f"go-{source.uuid}").attributes["href"] == address("handoff", source)
