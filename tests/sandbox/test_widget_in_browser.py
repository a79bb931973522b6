"""The widget in a Chromium, embedded in a page of another site that allows the sandbox's origin and nothing else."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.sandbox.caller import Caller, owner_id

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>A page of a client</title>
<div id="place"></div><p id="options" data-options='{options}' data-embed="{times}"></p>
<script src="{bank}/assets/signin-widget.js"></script><script src="/page.js"></script>"""
SCRIPT = """
window.calls = [];
const place = document.getElementById("options");
const given = JSON.parse(place.dataset.options);
for (let time = 0; time < Number(place.dataset.embed); time += 1) {
  embedKontomatik(Object.assign({
    divId: "place",
    onSuccess: (...told) => window.calls.push(["onSuccess", ...told]),
    onError: (...told) => window.calls.push(["onError", ...told]),
  }, given));
}
"""


class ClientPage(BaseHTTPRequestHandler):
    """Serves the page; which options it embeds with stands in its query."""

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        bank = asked.get("bank", "")
        is_script = self.path == "/page.js"
        text = SCRIPT if is_script else PAGE.format(**{"options": "{}", "times": "1"} | asked | {"bank": bank})
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", f"default-src 'none'; script-src 'self' {bank}; frame-src {bank}")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *parts: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def client_page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), ClientPage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, "--test-third-party-cookie-phaseout"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    context = chrome.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def embed(page: Page, client_page: str, caller: Caller, *, times: int = 1, **changes: str) -> FrameLocator:
    options: dict[str, Any] = {
        "client": "sandbox-client",
        "country": "pl",
        "locale": "pl",
        "ownerExternalId": owner_id(),
        "psd2": {"accessMode": "SINGLE"},
    } | changes
    query = {"bank": caller.address, "options": json.dumps(options), "times": str(times)}
    page.goto(f"{client_page}?{urlencode(query)}")
    return page.frame_locator("iframe")


def sign_in(frame: FrameLocator | Page, login: str = "ok") -> None:
    frame.get_by_label("User name").fill(login)
    frame.get_by_label("Password").fill("demo")
    frame.get_by_role("button", name="Sign in").click()
    frame.get_by_label("One-time code").fill("123456")
    frame.get_by_role("button", name="Confirm").click()


def calls(page: Page, count: int) -> list[Any]:
    page.wait_for_function("count => window.calls.length >= count", arg=count)
    told: list[Any] = page.evaluate("window.calls")
    return told


def test_a_sign_in_within_the_frame_tells_the_page_twice(caller: Caller, client_page: str, page: Page) -> None:
    owner = owner_id()
    frame = embed(page, client_page, caller, ownerExternalId=owner)
    frame.get_by_role("button", name="KontoBank").click()
    frame.get_by_role("button", name="Agree and go on").click()
    sign_in(frame)
    first, second = calls(page, 2)
    assert first == second
    (session,) = caller.control("GET", "state")["sessions"]
    assert (session["owner"], session["target"]) == (owner, "KontoBank")
    name, target, session_id, signature, options = first
    assert (name, target, session_id, options) == (
        "onSuccess",
        "KontoBank",
        session["id"],
        {"officialName": "KontoBank"},
    )
    started = caller.start({"sessionId": session_id, "sessionIdSignature": signature, "since": "2026-01-01"})
    assert started.status_code == 202


def test_a_bank_under_psd2_opens_a_window_and_the_result_comes_through_the_frame(
    caller: Caller, client_page: str, page: Page
) -> None:
    frame = embed(page, client_page, caller, target="ZimorodekApi")
    frame.get_by_role("button", name="Agree and go on").click()
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Open Zimorodek Bank").click()
    sign_in(opened.value)
    opened.value.get_by_text("A window that opened for the bank can be closed.").wait_for()
    assert [call[:2] for call in calls(page, 2)] == [["onSuccess", "ZimorodekApi"]] * 2


def test_embedding_twice_in_one_page_fires_every_callback_twice_as_often(
    caller: Caller, client_page: str, page: Page
) -> None:
    frame = embed(page, client_page, caller, times=2, target="KontoBank")
    frame.get_by_role("button", name="Agree and go on").click()
    sign_in(frame)
    assert len({call[2] for call in calls(page, 4)}) == 1


def test_cancelling_in_the_frame_is_an_error_without_a_session(caller: Caller, client_page: str, page: Page) -> None:
    embed(page, client_page, caller, target="KontoBank").get_by_role("button", name="Cancel").click()
    name, exception, told = calls(page, 2)[0]
    assert (name, exception, told["target"], told["sessionId"]) == ("onError", "SignInCancelled", "KontoBank", None)
    assert told["message"]


def test_an_unknown_client_is_an_error_at_once(caller: Caller, client_page: str, page: Page) -> None:
    embed(page, client_page, caller, client="somebody-else")
    assert calls(page, 2)[0][:2] == ["onError", "InvalidClient"]


def test_a_sign_in_that_the_bank_settles_late_is_waited_for(caller: Caller, client_page: str, page: Page) -> None:
    frame = embed(page, client_page, caller, target="KontoBank")
    frame.get_by_role("button", name="Agree and go on").click()
    sign_in(frame, "unfinished")
    frame.get_by_text("has not settled the sign-in yet").wait_for()
    caller.advance(5)
    assert calls(page, 2)[0][0] == "onSuccess"


def test_no_page_of_the_frame_sets_a_cookie(caller: Caller, client_page: str, page: Page) -> None:
    frame = embed(page, client_page, caller, target="KontoBank")
    frame.get_by_role("button", name="Agree and go on").click()
    sign_in(frame)
    calls(page, 2)
    assert page.context.cookies() == []


def test_a_page_of_another_origin_than_named_can_not_frame_the_sign_in(
    caller: Caller, client_page: str, page: Page
) -> None:
    begun = caller.begin()
    page.goto(f"{client_page}?bank={caller.address}&times=0")
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.evaluate(
            "address => { const frame = document.createElement('iframe'); frame.src = address;"
            " document.getElementById('place').append(frame); }",
            begun["redirectionLink"],
        )


def test_a_message_of_the_page_itself_is_none_of_the_widget(caller: Caller, client_page: str, page: Page) -> None:
    frame = embed(page, client_page, caller, target="KontoBank")
    frame.get_by_role("button", name="Cancel").wait_for()
    page.evaluate("window.postMessage({callback: 'onError', exception: 'Pretended', options: {}}, '*')")
    frame.get_by_role("button", name="Cancel").click()
    assert {call[1] for call in calls(page, 2)} == {"SignInCancelled"}
