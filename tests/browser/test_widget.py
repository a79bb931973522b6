"""The embedded sign-in in Chromium at phone width: the vendor's script on our page, and the way out when it is not."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import Person
from tests.browser.stack import Stack, running

pytestmark = pytest.mark.browser
MakePerson = Callable[..., Person]
HOSTED = re.compile(r"^http://localhost:\d+/signin/")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product with the widget, at a bank that calls every callback twice."""
    folder = tmp_path_factory.mktemp("widget")
    with running(folder, SANDBOX_SPEED="3", KONTOMATIK_SIGNIN="widget", SANDBOX_WIDGET_DOUBLE="1") as started:
        yield started


def open_form(one: Person) -> None:
    """Ask for a bank and wait for the form on our page."""
    one.add_button.click()
    expect(one.page.locator("#widget-form iframe")).to_be_visible()


def sign_in_within(page: Page, login: str) -> None:
    """Sign in at the test bank, which needs no window of its own."""
    frame = page.frame_locator("#widget-form iframe")
    frame.get_by_role("button", name="KontoBank").click()
    frame.locator("form:not(.cancel) button.primary").click()
    frame.locator("input:not([type=hidden]):not([type=password])").first.fill(login)
    frame.locator("input[type=password]").fill("Test123")
    frame.locator("form:has(input[type=password]) button.primary").click()


def finish_code(page: Page) -> None:
    frame = page.frame_locator("#widget-form iframe")
    frame.locator("input[name=code]").fill("Test123")
    frame.locator("form:has(input[name=code]) button.primary").click()


def test_a_sign_in_in_the_form_is_imported_once_although_it_calls_back_twice(person: MakePerson) -> None:
    one = person()
    one.start()
    reports: list[str] = []
    one.page.on("request", lambda sent: reports.append(sent.url) if sent.url.endswith("/widget/") else None)
    open_form(one)
    sign_in_within(one.page, "test1")
    finish_code(one.page)
    one.sees("imported")
    assert len(reports) == 1
    expect(one.cards()).to_have_count(1)


def test_a_wrong_password_in_the_form_is_told_on_the_list(person: MakePerson) -> None:
    one = person()
    one.start()
    open_form(one)
    sign_in_within(one.page, "nobody")
    one.sees("failed")
    expect(one.cards("failed")).to_contain_text("did not accept the login or password")


def test_nothing_of_the_session_stays_in_the_browser(person: MakePerson) -> None:
    one = person()
    one.start()
    told: list[str] = []
    one.page.on("request", lambda sent: told.append(sent.post_data or "") if sent.url.endswith("/widget/") else None)
    open_form(one)
    sign_in_within(one.page, "test1")
    finish_code(one.page)
    one.sees("imported")
    report = parse_qs(told[0])
    kept = one.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    for secret in (report["session_id"][0], report["signature"][0]):
        assert secret not in kept + one.page.url + one.page.content()


def test_a_script_that_does_not_load_leads_to_the_hosted_pages(person: MakePerson) -> None:
    one = person()
    one.page.route("**/assets/signin-widget.js", lambda route: route.abort())
    one.start()
    one.add_button.click()
    one.page.locator("a[href*='/signin/']").first.click(timeout=15_000)
    expect(one.page).to_have_url(HOSTED)


def test_a_script_that_is_too_slow_leads_to_the_hosted_pages(person: MakePerson) -> None:
    one = person()
    held: list[Route] = []
    one.page.route("**/assets/signin-widget.js", lambda route: held.append(route))
    one.start()
    one.add_button.click()
    one.page.locator("a[href*='/signin/']").first.click(timeout=20_000)
    expect(one.page).to_have_url(HOSTED)
    assert len(held) == 1


def test_without_javascript_the_hosted_pages_are_the_way(person: MakePerson) -> None:
    one = person(javascript=False)
    one.start()
    one.add_button.click()
    one.page.locator("form#elsewhere button").first.click()
    one.page.locator("a[href*='/signin/']").first.click()
    one.choose_bank()
    one.log_in("ok")
    one.enter_code()
    one.sees("imported")
