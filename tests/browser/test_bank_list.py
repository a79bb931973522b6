"""Our own list of banks in Chromium at phone width, with JavaScript and without."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person
from tests.browser.stack import Stack, running

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("javascript", [True, False], ids=["script", "noscript"])]
MakePerson = Callable[..., Person]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product with its own list of banks."""
    with running(tmp_path_factory.mktemp("banks"), SANDBOX_SPEED="3", BANK_LIST="true") as started:
        yield started


def open_list(one: Person) -> None:
    """Go to the list; a new installation fetches it within its first half minute."""
    one.add_button.click()
    expect(one.page).to_have_url(re.compile(r"/banks/"))
    for _ in range(40):
        if one.page.locator("button.bank-entry").count():
            return
        one.page.wait_for_timeout(1000)
        one.page.reload()


def search(one: Person, words: str, javascript: bool) -> None:
    one.page.locator("input[name=q]").fill(words)
    if not javascript:
        one.page.locator("input[name=q]").press("Enter")


def test_a_bank_that_is_searched_and_chosen_is_the_one_signed_in_at(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    open_list(one)
    search(one, "lipami", javascript)
    expect(one.page.locator("button.bank-entry")).to_have_count(1)
    one.page.locator("button.bank-entry").click()
    one.page.locator("a[href*='/signin/']").first.click()
    expect(one.page).to_have_url(re.compile(r"/consent/$"))
    expect(one.page.locator("body")).to_contain_text("Bank Pod Lipami")
    one.page.locator("form:not(.cancel) button.primary").click()
    one.log_in("ok")
    one.enter_code()
    one.sees("imported")
    expect(one.cards("imported")).to_contain_text("Bank Pod Lipami")


def test_a_bank_that_is_not_listed_is_chosen_at_the_service(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    open_list(one)
    search(one, "no such bank", javascript)
    expect(one.page.locator("button.bank-entry")).to_have_count(0)
    one.page.locator("button[name=elsewhere]").click()
    one.page.locator("a[href*='/signin/']").first.click()
    expect(one.page.locator("button[name=target]").first).to_be_visible()
