"""The widget without a browser: the script, who may frame which page, and to whom a session pair is given."""

import json
import re
from html import unescape
from typing import Any

import pytest
import requests

from tests.sandbox.caller import TIMEOUT, Caller, owner_id
from tests.sandbox.test_environment import run

ORIGIN = "https://client.example"
TIMES = """
from django.test import Client
from sandbox.wsgi import application
page = Client(SERVER_NAME="localhost").get("/widget/start", {"origin": "https://client.example", "client": "mine"})
print(page.content.decode())
"""


def start(caller: Caller, **changes: str | None) -> requests.Response:
    options = {"client": "sandbox-client", "country": "pl", "locale": "pl", "ownerExternalId": owner_id()}
    asked = options | {"origin": ORIGIN} | changes
    return caller.person.get(f"{caller.address}/widget/start", params=asked, timeout=TIMEOUT, allow_redirects=False)


def begin(caller: Caller, **changes: str) -> dict[str, str]:
    answer = start(caller, **changes)
    assert answer.status_code == 302, answer.text
    return {"redirectionId": answer.headers["Location"].split("/")[2]}


def end(caller: Caller, begun: dict[str, str], page: str = "end") -> requests.Response:
    address = f"{caller.address}/widget/{begun['redirectionId']}/{page}"
    return caller.person.get(address, timeout=TIMEOUT, allow_redirects=False)


def told(answer: requests.Response) -> dict[str, Any]:
    found = re.search(r'<script id="message" type="application/json">(.*?)</script>', answer.text)
    assert found, answer.text
    message: dict[str, Any] = json.loads(unescape(found[1]))
    return message


def test_the_script_is_served_without_a_key_and_may_be_kept_for_a_while(caller: Caller) -> None:
    answer = caller.person.get(f"{caller.address}/assets/signin-widget.js", timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "window.embedKontomatik" in answer.text


def test_a_sign_in_ends_with_the_session_pair_for_the_embedding_page(caller: Caller) -> None:
    owner = owner_id()
    begun = begin(caller, ownerExternalId=owner)
    answer = caller.sign_in(begun, "ok", target="KontoBank")
    assert answer.headers["Location"] == f"/widget/{begun['redirectionId']}/end"
    message = told(end(caller, begun))
    (session,) = caller.control("GET", "state")["sessions"]
    assert session["owner"] == owner
    assert message.pop("sessionIdSignature")
    assert message == {
        "callback": "onSuccess",
        "target": "KontoBank",
        "sessionId": session["id"],
        "options": {"officialName": "KontoBank"},
    }


@pytest.mark.parametrize(
    ("login", "exception"),
    [("wrong", "InvalidCredentials"), ("cancelled", "SignInCancelled"), ("expired", "SessionExpired")],
)
def test_a_sign_in_that_does_not_end_well_names_an_exception(caller: Caller, login: str, exception: str) -> None:
    begun = begin(caller)
    caller.sign_in(begun, login, target="KontoBank")
    message = told(end(caller, begun))
    assert (message["callback"], message["exception"]) == ("onError", exception)
    assert message["options"] | {"message": ""} == {"target": "KontoBank", "sessionId": None, "message": ""}


@pytest.mark.parametrize(
    ("changes", "exception"),
    [
        ({"client": "somebody-else"}, "InvalidClient"),
        ({"client": None}, "InvalidClient"),
        ({"ownerExternalId": "person@example.org"}, "InvalidOwnerExternalId"),
        ({"ownerExternalId": None}, "InvalidParameter"),
        ({"country": "xx"}, "InvalidParameter"),
        ({"locale": "cs"}, "InvalidParameter"),
        ({"accessMode": "ONCE"}, "InvalidParameter"),
        ({"target": "NoSuchBank"}, "InvalidTarget"),
    ],
)
def test_wrong_options_are_told_to_the_embedding_page(
    caller: Caller, changes: dict[str, str | None], exception: str
) -> None:
    answer = start(caller, **changes)
    assert (told(answer)["callback"], told(answer)["exception"]) == ("onError", exception)
    assert f'data-origin="{ORIGIN}"' in answer.text
    assert caller.control("GET", "state")["redirections"] == []


@pytest.mark.parametrize(
    "origin",
    [None, "", "null", "*", "https://*.example", "client.example", "https://client.example/", "javascript:alert(1)",
     "https://client.example; script-src *", "https://someone@client.example", "https://client.example:99999"],
)  # fmt: skip
def test_an_origin_that_is_none_gets_no_frame(caller: Caller, origin: str | None) -> None:
    answer = start(caller, origin=origin)
    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_every_page_of_the_frame_may_be_framed_by_the_named_origin_alone(caller: Caller) -> None:
    begun = begin(caller, target="ZimorodekApi")
    pages = [caller.look(begun), caller.look(begun, "consent/")]
    caller.click(begun, "consent/")
    pages += [end(caller, begun, "window"), caller.look(begun, "login/"), end(caller, begun)]
    for answer in pages:
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {ORIGIN}")
        assert "X-Frame-Options" not in answer.headers
        assert not caller.person.cookies


def test_only_the_pages_that_need_one_have_a_script_and_none_is_inline(caller: Caller) -> None:
    begun = begin(caller, target="ZimorodekApi")
    assert "script-src" not in caller.look(begun, "consent/").headers["Content-Security-Policy"]
    caller.click(begun, "consent/")
    answer = end(caller, begun, "window")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"<script[^>]*>", answer.text) == ['<script src="/static/sandbox/widget-frame.js" defer>']


def test_a_bank_under_psd2_leads_to_a_window_of_its_own_and_another_one_does_not(caller: Caller) -> None:
    under_psd2, other = begin(caller, target="ZimorodekApi"), begin(caller, target="KontoBank")
    window = caller.click(under_psd2, "consent/").headers["Location"]
    assert window == f"/widget/{under_psd2['redirectionId']}/window"
    assert caller.click(other, "consent/").headers["Location"].endswith("/login/")
    page = end(caller, under_psd2, "window").text
    assert f'href="/signin/{under_psd2["redirectionId"]}/login/" target="_blank" rel="noopener"' in page


def test_the_window_is_offered_only_after_the_consent(caller: Caller) -> None:
    begun = begin(caller, target="ZimorodekApi")
    assert end(caller, begun, "window").headers["Location"].endswith("/consent/")


def test_the_waiting_frame_learns_when_the_sign_in_is_settled(caller: Caller) -> None:
    begun = begin(caller)
    assert end(caller, begun, "state").json() == {"settled": False}
    caller.sign_in(begun, "unfinished", target="KontoBank")
    assert end(caller, begun, "state").json() == {"settled": False}
    assert "has not settled" in end(caller, begun).text
    caller.advance(5)
    assert end(caller, begun, "state").json() == {"settled": True}
    assert told(end(caller, begun))["callback"] == "onSuccess"


@pytest.mark.parametrize("page", ["window", "state", "end"])
def test_a_redirection_gives_its_session_to_no_frame(caller: Caller, page: str) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "ok")
    assert end(caller, begun, page).status_code == 404
    assert end(caller, {"redirectionId": owner_id()}, page).status_code == 404


def test_callbacks_come_twice_unless_switched_off_and_the_client_id_can_be_chosen() -> None:
    assert 'data-times="2"' in run(TIMES).stdout
    once = run(TIMES, SANDBOX_WIDGET_DOUBLE="0", SANDBOX_CLIENT_ID="mine").stdout
    assert 'data-times="1"' in once
    assert "InvalidClient" not in once
    assert "InvalidClient" in run(TIMES).stdout
