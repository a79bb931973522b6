"""The hosted sign-in: what is sent, and how its two JSON replies are read."""

import json
from typing import Any

import pytest
import responses
from responses import matchers

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled
from onboarding.kontomatik.records import Redirection, SignInState, SignInStatus
from tests.kontomatik.calls import BASE, CALLS, HEADERS, KEY, SESSION, SIGNATURE, begin, expect

LINK = "https://signin.vendor.example/x?y=1"


def status_of(client: Client, vendor: responses.RequestsMock, **reply: Any) -> SignInStatus:
    expect(vendor, "signin_status", json=reply)
    status = CALLS["signin_status"](client)
    assert isinstance(status, SignInStatus)
    return status


def test_a_sign_in_is_opened_with_the_owner_and_the_return_address(
    client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "begin_signin", json={"redirectionId": "r-1", "redirectionLink": LINK, "more": [1]})
    assert CALLS["begin_signin"](client) == Redirection(redirection_id="r-1", link=LINK)


def test_a_bank_can_be_chosen_beforehand(client: Client, vendor: responses.RequestsMock) -> None:
    match = [
        matchers.header_matcher(HEADERS),
        matchers.json_params_matcher({"target": "KontoBank"}, strict_match=False),
    ]
    answer = {"redirectionId": "r-1", "redirectionLink": LINK}
    vendor.post(f"{BASE}/v1/signin/redirection", match=match, json=answer)
    begin(client, target="KontoBank")


def test_a_number_as_an_id_comes_back_as_it_was_written(client: Client, vendor: responses.RequestsMock) -> None:
    body = f'{{"redirectionId": 12345678901234567890.0, "redirectionLink": "{LINK}"}}'
    expect(vendor, "begin_signin", body=body)
    assert CALLS["begin_signin"](client) == Redirection(redirection_id="12345678901234567890.0", link=LINK)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "/relative",
        "//signin.vendor.example/x",
        "http://signin.vendor.example/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///x",
        "https://[broken/x",
        "https://good.example@evil.example/",
        "https://good.example\\@evil.example/",
        "https://signin.vendor.example/x y",
        "https://signin.vendor.example/\nSet-Cookie: a=b",
        "https://signin.vendor.example/ż",
        "https://signin.vendor.example/" + "x" * 9000,
    ],
)
def test_a_link_that_no_browser_may_be_sent_to_is_garbled(
    link: str, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "begin_signin", json={"redirectionId": "r-1", "redirectionLink": link})
    with pytest.raises(Garbled):
        CALLS["begin_signin"](client)


def test_a_plain_link_is_taken_where_the_vendor_itself_is_plain(vendor: responses.RequestsMock) -> None:
    plain = Client(base_url="http://127.0.0.1:9000/", api_key=KEY)
    answer = {"redirectionId": "r-1", "redirectionLink": "http://127.0.0.1:9000/signin"}
    vendor.post("http://127.0.0.1:9000/v1/signin/redirection", match=[matchers.header_matcher(HEADERS)], json=answer)
    assert begin(plain) == Redirection(redirection_id="r-1", link="http://127.0.0.1:9000/signin")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"<html></html>",
        b'{"redirectionId": "r-1"}',
        b'{"redirectionLink": "https://x.example/"}',
        b'{"redirectionId": "", "redirectionLink": "https://x.example/"}',
        b'{"redirectionId": ["r"], "redirectionLink": "https://x.example/"}',
        b'{"redirectionId": "r-1", "redirectionLink": "https://x.exam',
        b"\xff\xfe\x00",
        b'{"a":' * 100_000,
    ],
)
def test_a_reply_without_a_redirection_is_garbled(body: bytes, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "begin_signin", body=body)
    with pytest.raises(Garbled):
        CALLS["begin_signin"](client)


@pytest.mark.parametrize("word", ["success", "successful", "SIGNED_IN", "", None, "error"])
def test_both_session_values_mean_signed_in_whatever_the_word(
    word: str | None, client: Client, vendor: responses.RequestsMock
) -> None:
    params = {"sessionId": SESSION, "sessionIdSignature": SIGNATURE, "target": "KontoBank", "officialName": "Konto SA"}
    assert status_of(client, vendor, status=word, params=params) == SignInStatus(
        state=SignInState.SIGNED_IN,
        session_id=SESSION,
        session_signature=SIGNATURE,
        target="KontoBank",
        official_name="Konto SA",
    )


@pytest.mark.parametrize(
    ("exception", "failure"),
    [
        ("InvalidCredentials", "InvalidCredentials"),
        ({"name": "AccessBlocked", "message": "Dear Maria"}, "AccessBlocked"),
        ({"message": "Dear Maria"}, "Unnamed"),
        ("Dear Maria, your login was refused", "Unnamed"),
    ],
)
def test_an_exception_is_that_failure(
    exception: object, failure: str, client: Client, vendor: responses.RequestsMock
) -> None:
    status = status_of(client, vendor, status="whatever", params={"exception": exception, "target": "KontoBank"})
    assert status == SignInStatus(state=SignInState.FAILED, failure=failure, target="KontoBank")


@pytest.mark.parametrize(
    ("word", "failure"),
    [
        ("expired", "expired"),
        ("EXPIRED", "expired"),
        ("link_expired", "expired"),
        ("error", "error"),
        ("failed", "fail"),
        ("SIGN_IN_FAILURE", "fail"),
        ("abandoned", "abandon"),
        ("canceled", "cancel"),
        ("cancelled by user", "cancel"),
    ],
)
def test_a_status_that_says_so_is_that_failure(
    word: str, failure: str, client: Client, vendor: responses.RequestsMock
) -> None:
    assert status_of(client, vendor, status=word, params={}) == SignInStatus(state=SignInState.FAILED, failure=failure)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"status": "pending"},
        {"status": "a word of tomorrow", "params": {}},
        {"status": "success", "params": None},
        {"status": "success", "params": []},
        {"status": "success", "params": {"sessionId": SESSION}},
        {"status": "success", "params": {"sessionIdSignature": SIGNATURE}},
        {"status": "success", "params": {"sessionId": SESSION, "sessionIdSignature": ""}},
        {"status": "success", "params": {"sessionId": SESSION, "sessionIdSignature": None}},
        {"status": "waiting", "params": {"exception": None}},
        {"status": "waiting", "params": {"exception": " "}},
        {"status": ["error"]},
    ],
)
def test_anything_else_is_not_finished_yet(
    reply: dict[str, Any], client: Client, vendor: responses.RequestsMock
) -> None:
    assert status_of(client, vendor, **reply) == SignInStatus(state=SignInState.PENDING)


@pytest.mark.parametrize("body", ["", "null", "[1]", "<reply/>", json.dumps({"status": "success"})[:-1]])
def test_a_status_that_can_not_be_read_is_garbled(body: str, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "signin_status", body=body)
    with pytest.raises(Garbled):
        CALLS["signin_status"](client)


def test_session_values_come_back_exactly_as_received(client: Client, vendor: responses.RequestsMock) -> None:
    params = {"sessionId": " 0012 ", "sessionIdSignature": "a+b/c==\u00e9"}
    status = status_of(client, vendor, status="success", params=params)
    assert (status.session_id, status.session_signature) == (" 0012 ", "a+b/c==\u00e9")
