"""The person's way in Chromium at phone width, each with JavaScript and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("javascript", [True, False], ids=["script", "noscript"])]
MakePerson = Callable[..., Person]


def test_two_banks_are_connected_and_seen_together(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("ok", bank=0)
    one.sees("imported", 1)
    one.sign_in("currencies", bank=2)
    one.sees("imported", 2)
    one.finish()
    one.sees_summary()
    expect(one.page.locator("#totals")).to_contain_text("PLN")
    expect(one.page.locator("#totals")).to_contain_text("EUR")


def test_a_cancelled_sign_in_is_told_and_can_be_done_again(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.leave_for_bank()
    one.page.locator("form.cancel button").click()
    one.sees("abandoned")
    expect(one.cards("abandoned")).to_contain_text("You stopped the sign-in")
    one.page.locator("form[action$='/again/'] button").click()
    one.page.locator("a[href*='/signin/']").first.click()
    one.choose_bank()
    one.log_in("ok")
    one.enter_code()
    one.sees("imported")
    expect(one.cards()).to_have_count(1)


def test_a_wrong_password_says_what_to_do(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("wrong")
    one.sees("failed")
    expect(one.cards("failed")).to_contain_text("did not accept the login or password")
    expect(one.page.locator("form[action$='/again/'] button")).to_contain_text("Sign in again")


def test_the_next_bank_is_added_while_a_slow_one_imports(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("slow", bank=0)
    one.sees("importing")
    one.sign_in("ok", bank=1)
    one.sees("imported", 1)
    expect(one.cards("importing")).to_have_count(1)
    one.sees("imported", 2)


def test_finishing_early_asks_whether_to_wait_or_go_on(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("ok", bank=0)
    one.sees("imported", 1)
    one.sign_in("slow", bank=1)
    one.sees("importing")
    one.finish()
    expect(one.page.locator("h1")).to_contain_text("Not everything is done yet")
    one.page.locator("form:has(input[name=without_open]) button").click()
    one.sees_summary()
    one.page.goto(one.hub_address)
    one.sees("imported", 2)
    one.finish()
    one.sees_summary()


def test_back_and_reload_never_lose_or_repeat_anything(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("ok")
    one.sees("imported")
    one.page.go_back()
    one.page.goto(one.hub_address if "/o/" in one.page.url else f"{one.stack.site}/")
    one.page.goto(f"{one.stack.site}/")
    one.page.locator("main a[href*='/o/']").first.click()
    one.page.reload()
    expect(one.cards()).to_have_count(1)
    one.sees("imported")


def test_coming_back_by_the_same_return_address_changes_nothing(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    returns: list[str] = []
    one.page.on("request", lambda request: returns.append(request.url) if "/return/" in request.url else None)
    one.sign_in("ok")
    one.sees("imported")
    one.page.goto(returns[0])
    expect(one.cards("imported")).to_have_count(1)
    expect(one.page.locator("main")).to_contain_text("This sign-in is over")


def test_a_double_click_asks_the_bank_once(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    before = len(one.stack.bank_state()["redirections"])
    one.add_button.dblclick()
    one.page.locator("a[href*='/signin/']").first.wait_for()
    assert len(one.stack.bank_state()["redirections"]) == before + 1
    one.page.goto(one.hub_address)
    expect(one.cards()).to_have_count(1)


def test_a_double_click_begins_one_onboarding(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.page.goto(f"{one.stack.site}/start/")
    one.page.locator("input[name=consent]").check()
    one.page.locator("form:has(select[name=country]) button").dblclick()
    expect(one.add_button).to_be_visible()
    one.page.goto(f"{one.stack.site}/")
    one.page.locator("main a[href*='/o/']").first.click()
    expect(one.add_button).to_be_visible()


def test_a_second_tab_shows_the_same_list(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    address = one.hub_address
    second = one.context.new_page()
    second.goto(address)
    one.sign_in("ok")
    one.sees("imported")
    if not javascript:
        second.reload()
    elif second.locator("[data-card].card-imported").count() == 0:
        # An empty list has nothing open and does not ask; the tab learns of the bank when it is looked at anew.
        second.reload()
    expect(second.locator("[data-card].card-imported")).to_have_count(1)
    second.locator("#finish").click()
    expect(second.locator("#totals")).to_be_visible(timeout=40_000)
    one.finish()
    one.sees_summary()


def test_another_browser_without_the_code_gets_nothing(person: MakePerson, javascript: bool) -> None:
    one, other = person(javascript=javascript), person(javascript=javascript)
    _return_elsewhere(one, other)
    for _ in range(5):
        other.page.locator("input[name=code]").fill("AAAAAA")
        with other.page.expect_navigation():
            other.page.locator("form:has(input[name=code]) button").click()
    expect(other.page.locator("input[name=code]")).to_have_count(0)
    one.sees("abandoned")
    expect(one.cards("abandoned")).to_contain_text("could not be proved that it was you")
    assert other.page.locator("[data-card]").count() == 0


def test_another_browser_with_the_code_lets_the_first_one_go_on(person: MakePerson, javascript: bool) -> None:
    one, other = person(javascript=javascript), person(javascript=javascript)
    _return_elsewhere(one, other)
    code = one.page.locator(".code-panel .code [aria-hidden=true]").inner_text(timeout=30_000)
    other.page.locator("input[name=code]").fill(code.lower())
    other.page.locator("form:has(input[name=code]) button").click()
    expect(other.page.locator("h1")).to_contain_text("Thank you")
    one.sees("imported")
    assert other.page.locator("[data-card]").count() == 0


def test_everything_is_erased_and_proved(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("ok")
    one.sees("imported")
    address = one.hub_address
    one.page.goto(f"{address}erase/")
    one.page.locator(".button-danger").click()
    expect(one.page.locator("main")).to_contain_text("Read there afterwards: nothing is left", timeout=40_000)
    one.page.goto(address)
    expect(one.page).to_have_url(f"{address}erase/")
    assert one.page.locator("[data-card]").count() == 0


def _return_elsewhere(one: Person, other: Person) -> None:
    """Let one person leave for the bank, and the bank's last page come back in the other browser."""
    one.start()
    address = one.hub_address
    one.leave_for_bank()
    bank_page = one.page.url
    one.page.goto(address)
    other.page.goto(bank_page)
    other.choose_bank()
    other.log_in("ok")
    other.enter_code()
    expect(other.page.locator("input[name=code]")).to_be_visible()
    expect(one.page.locator(".code-panel")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("width", [360, 320])
@pytest.mark.parametrize(("locale", "lines"), [("pl-PL", 1), ("lt-LT", 2)], ids=["short words", "a hyphen"])
def test_the_stages_of_an_import_stand_side_by_side_in_whole_words(
    person: MakePerson, javascript: bool, locale: str, lines: int, width: int
) -> None:
    one = person(javascript=javascript, locale=locale, width=width)
    one.start()
    one.sign_in("slow")
    expect(one.page.locator(".track li")).to_have_count(4)
    heights, too_wide = one.page.locator(".track").evaluate(
        "track => [[...track.children].map(stage => stage.offsetHeight), track.scrollWidth - track.clientWidth]"
    )
    assert max(heights) < 20 * (lines + 1), "a word of a stage was broken"
    assert too_wide <= 0
