"""A person clicks through the demo bank: the whole way, Back, reload, double click and cancel."""

import pytest

from sandbox import scenarios
from tests.sandbox.caller import RETURN, Caller, owner_id

PAGES = ["", "consent/", "login/", "code/"]


def returned(begun: dict[str, str]) -> str:
    return f"{RETURN}?redirectionId={begun['redirectionId']}"


def path_of(begun: dict[str, str], page: str) -> str:
    return f"/signin/{begun['redirectionId']}/{page}"


def test_the_link_leads_to_this_site(caller: Caller) -> None:
    begun = caller.begin()
    assert begun["redirectionLink"] == f"{caller.address}/signin/{begun['redirectionId']}/"


def test_a_sign_in_comes_back_with_the_redirection_id_and_nothing_else(caller: Caller) -> None:
    begun = caller.begin()
    answer = caller.sign_in(begun, "ok")
    assert (answer.status_code, answer.headers["Location"]) == (302, returned(begun))


def test_a_return_address_with_a_query_keeps_it(caller: Caller) -> None:
    begun = caller.begin(redirectUri=f"{RETURN}?from=bank")
    answer = caller.sign_in(begun, "ok")
    assert answer.headers["Location"] == f"{RETURN}?from=bank&redirectionId={begun['redirectionId']}"


def test_a_successful_sign_in_gives_the_session_pair_and_the_bank(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "ok", target="KastanApi")
    reply = caller.status(begun).json()
    assert reply["status"] == "success"
    assert reply["params"].keys() == {"sessionId", "sessionIdSignature", "target", "officialName"}
    assert reply["params"]["target"] == "KastanApi"


def test_access_for_several_imports_gives_its_id_too(caller: Caller) -> None:
    begun = caller.begin(psd2={"accessMode": "MULTIPLE"})
    caller.sign_in(begun, "ok")
    assert caller.status(begun).json()["params"]["multipleAccessId"]


def test_a_sign_in_that_nobody_has_ended_is_not_final(caller: Caller) -> None:
    begun = caller.begin()
    assert caller.status(begun).json() == {"status": "created", "params": {}}
    caller.click(begun, target="ZimorodekApi")
    caller.click(begun, "consent/")
    assert caller.status(begun).json() == {"status": "in_progress", "params": {}}


def test_a_link_that_nobody_followed_expires_after_an_hour(caller: Caller) -> None:
    begun = caller.begin()
    caller.advance(3540)
    assert caller.status(begun).json()["status"] == "created"
    caller.advance(60)
    assert caller.status(begun).json()["status"] == "expired"


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("wrong", {"status": "failed", "exception": "InvalidCredentials"}),
        ("cancelled", {"status": "cancelled", "exception": None}),
        ("expired", {"status": "expired", "exception": None}),
    ],
)
def test_a_login_that_ends_at_the_sign_in_says_how(caller: Caller, login: str, expected: dict[str, str | None]) -> None:
    begun = caller.begin()
    answer = caller.sign_in(begun, login)
    reply = caller.status(begun).json()
    assert answer.headers["Location"] == returned(begun)
    assert {"status": reply["status"], "exception": reply["params"].get("exception")} == expected
    assert "sessionId" not in reply["params"]


@pytest.mark.parametrize(("login", "password"), [("ok", "Demo"), ("nobody", "demo"), ("test1", "Test123")])
def test_a_wrong_password_or_unknown_login_fails_the_redirection(caller: Caller, login: str, password: str) -> None:
    begun = caller.begin()
    answer = caller.sign_in(begun, login, password=password)
    reply = caller.status(begun).json()
    assert answer.headers["Location"] == returned(begun)
    assert (reply["status"], reply["params"]["exception"]) == ("failed", "InvalidCredentials")


def test_the_test_bank_takes_the_login_of_the_contract(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "test1", target="KontoBank", password="Test123", code="Test123")
    assert caller.status(begun).json()["status"] == "success"


def test_unfinished_is_settled_only_after_five_seconds(caller: Caller) -> None:
    begun = caller.begin()
    answer = caller.sign_in(begun, "unfinished")
    assert answer.headers["Location"] == returned(begun)
    assert caller.status(begun).json()["status"] == "in_progress"
    caller.advance(5)
    assert caller.status(begun).json()["status"] == "success"


def test_a_bank_that_is_down_answers_after_a_minute(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "down")
    assert caller.status(begun).status_code == 503
    assert "ServiceTemporarilyUnavailable" in caller.status(begun).text
    caller.advance(60)
    assert caller.status(begun).json()["status"] == "success"


@pytest.mark.parametrize("clicked", range(4))
def test_cancel_on_every_page_comes_back_as_cancelled(caller: Caller, clicked: int) -> None:
    begun = caller.begin()
    steps = [("", {"target": "ZimorodekApi"}), ("consent/", {}), ("login/", {"login": "ok", "password": "demo"})]
    for page, fields in steps[:clicked]:
        caller.click(begun, page, **fields)
    assert path_of(begun, "cancel/") in caller.look(begun, PAGES[clicked]).text
    answer = caller.click(begun, "cancel/")
    assert answer.headers["Location"] == returned(begun)
    assert caller.status(begun).json()["status"] == "cancelled"


def test_cancelling_after_the_end_changes_nothing(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "ok")
    assert caller.click(begun, "cancel/").headers["Location"] == returned(begun)
    assert caller.status(begun).json()["status"] == "success"


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_whose_turn_has_not_come_leads_to_the_first_one(caller: Caller, page: str) -> None:
    begun = caller.begin()
    answer = caller.look(begun, page)
    assert (answer.status_code, answer.headers["Location"]) == (302, path_of(begun, ""))


def test_a_posted_page_whose_turn_has_not_come_does_nothing(caller: Caller) -> None:
    begun = caller.begin()
    answer = caller.click(begun, "code/", code="123456")
    assert answer.headers["Location"] == path_of(begun, "")
    assert caller.status(begun).json()["status"] == "created"


def test_a_target_in_the_request_skips_the_choice_of_a_bank(caller: Caller) -> None:
    begun = caller.begin(target="ModraVazkaApi")
    assert begun["redirectionLink"] == caller.page(begun, "consent/")
    assert "Banka Modrá Vážka" in caller.look(begun, "consent/").text


def test_going_back_and_choosing_another_bank_asks_for_consent_again(caller: Caller) -> None:
    begun = caller.begin()
    caller.click(begun, target="ZimorodekApi")
    caller.click(begun, "consent/")
    caller.click(begun, target="PodLipamiApi")
    assert caller.look(begun, "login/").headers["Location"] == path_of(begun, "consent/")


def test_going_back_from_the_code_to_another_login_uses_that_one(caller: Caller) -> None:
    begun = caller.begin()
    caller.click(begun, target="ZimorodekApi")
    caller.click(begun, "consent/")
    caller.click(begun, "login/", login="ok", password="demo")
    caller.click(begun, "login/", login="cancelled", password="demo")
    caller.click(begun, "code/", code="123456")
    assert caller.status(begun).json()["status"] == "cancelled"


def test_a_double_click_on_the_last_page_signs_in_once_and_comes_back_twice(caller: Caller) -> None:
    begun = caller.begin()
    first = caller.sign_in(begun, "ok")
    session = caller.status(begun).json()["params"]["sessionId"]
    second = caller.click(begun, "code/", code="123456")
    assert first.headers["Location"] == second.headers["Location"]
    assert caller.status(begun).json()["params"]["sessionId"] == session
    assert len(caller.control("GET", "state")["sessions"]) == 1


@pytest.mark.parametrize("page", PAGES)
def test_looking_at_a_page_after_the_end_shows_the_way_back(caller: Caller, page: str) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "ok")
    answer = caller.look(begun, page)
    assert answer.status_code == 200
    assert "This sign-in is over" in answer.text
    assert f'href="{returned(begun)}"' in answer.text


def test_two_wrong_codes_are_told_and_the_third_fails_the_sign_in(caller: Caller) -> None:
    begun = caller.begin()
    answers = [caller.sign_in(begun, "ok", code="000000")]
    answers += [caller.click(begun, "code/", code="000000") for _number in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert "This is not the code" in answers[0].text
    assert caller.status(begun).json()["params"]["exception"] == "InvalidCredentials"


def test_an_empty_form_is_asked_again(caller: Caller) -> None:
    begun = caller.begin()
    assert "Choose one of the banks" in caller.click(begun).text
    caller.click(begun, target="ZimorodekApi")
    caller.click(begun, "consent/")
    assert "Enter both" in caller.click(begun, "login/", login="ok").text


def test_the_login_page_lists_every_login_and_fills_the_form_with_the_chosen_one(caller: Caller) -> None:
    begun = caller.begin(target="KontoBank")
    caller.click(begun, "consent/")
    text = caller.look(begun, "login/?login=slow").text
    assert all(f">{scenario.login}</a>" in text for scenario in scenarios.SCENARIOS)
    assert ">test1</a>" in text
    assert 'name="login" value="slow"' in text


def test_the_banks_of_another_country_can_be_chosen(caller: Caller) -> None:
    begun = caller.begin()
    text = caller.look(begun, "?country=cz").text
    assert "Banka Modrá Vážka" in text
    assert "Zimorodek Bank" not in text


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_that_it_is_a_demo_and_holds_no_script_or_style(caller: Caller, page: str) -> None:
    begun = caller.begin(target="ZimorodekApi")
    caller.click(begun, "consent/")
    caller.click(begun, "login/", login="ok", password="demo")
    answer = caller.look(begun, page)
    assert "No real money, no real bank." in answer.text
    assert not any(forbidden in answer.text for forbidden in ("<script", "<style", "style=", "onclick="))


def test_the_policy_allows_forms_to_end_at_the_client_only(caller: Caller) -> None:
    policy = caller.look(caller.begin()).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; ")
    assert "form-action 'self' http://wizard.localhost:8000;" in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_are_not_stored_and_send_no_referrer(caller: Caller) -> None:
    headers = caller.look(caller.begin()).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_an_unknown_sign_in_gets_a_page_that_says_so(caller: Caller) -> None:
    answer = caller.person.get(f"{caller.address}/signin/{owner_id()}/", timeout=30)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_cancelling_takes_a_click(caller: Caller) -> None:
    assert caller.look(caller.begin(), "cancel/").status_code == 405


def test_the_first_page_lists_the_logins_without_a_key(caller: Caller) -> None:
    text = caller.person.get(f"{caller.address}/", timeout=30).text
    assert all(f">{scenario.login}</code>" in text for scenario in scenarios.SCENARIOS)


def test_the_style_sheet_is_served(caller: Caller) -> None:
    answer = caller.person.get(f"{caller.address}/static/sandbox/bank.css", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')


def test_the_health_address_answers_without_a_key(caller: Caller) -> None:
    assert caller.person.get(f"{caller.address}/healthz", timeout=30).json() == {"status": "ok"}
