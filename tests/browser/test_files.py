"""Statements and own data in Chromium at phone width, alone and mixed with banks, each with JavaScript and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("javascript", [True, False], ids=["script", "noscript"])]
MakePerson = Callable[..., Person]


def test_a_statement_alone_is_accepted_and_summed_up(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement.pdf")
    one.sees("imported")
    expect(one.cards("imported")).to_contain_text("Accepted")
    one.finish()
    one.sees_summary()
    expect(one.page.locator("#totals")).to_contain_text("PLN")


def test_a_protected_statement_asks_for_its_password_until_it_is_right(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement-password-demo.pdf")
    for password in ("wrong", "demo"):
        one.go_on_with("Enter the password")
        one.page.locator("input[name=password]").fill(password)
        one.page.locator("form[action$='/password/'] button[type=submit]").click()
    one.sees("imported")


def test_every_statement_of_a_form_has_its_own_card_and_words(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement-no-changes.pdf", "statement-altered.pdf", "letter.pdf", "picture.pdf", "empty.pdf")
    one.sees("imported", 1)
    one.sees("failed", 4)
    for name, words in {
        "statement-altered.pdf": "checks of this statement did not all pass",
        "letter.pdf": "does not know statements that look like this one",
        "picture.pdf": "not a PDF",
        "empty.pdf": "The file is empty",
    }.items():
        expect(one.cards("failed").filter(has_text=name)).to_contain_text(words)


def test_a_refused_statement_is_replaced_by_another_file(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement-cut-off.pdf")
    one.sees("failed")
    one.go_on_with("Choose the file again")
    one.choose_files("statement.pdf")
    one.sees("imported")
    expect(one.cards()).to_have_count(1)


def test_the_same_file_twice_is_told_and_taken_once(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement.pdf")
    one.sees("imported")
    one.send_statements("statement.pdf")
    expect(one.page.locator("main")).to_contain_text("on your list already")
    expect(one.cards()).to_have_count(1)


def test_an_export_is_shown_before_it_is_sent(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_exports("camt053.xml")
    one.go_on_with("Look and confirm")
    expect(one.page.locator("main")).to_contain_text("The balances agree.")
    one.page.locator("#confirm").click()
    one.sees("imported")
    one.finish()
    one.sees_summary()
    expect(one.page.locator("#totals")).to_contain_text("CZK")


def test_a_table_is_read_as_its_columns_are_confirmed(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_exports("polish.csv")
    one.go_on_with("Check the columns")
    one.page.locator("form[action$='/columns/'] button[type=submit]").click()
    one.confirm_preview()
    one.sees("imported")


def test_a_wrong_place_of_an_export_is_named(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_exports("mt940-wrong-amount.sta", "camt053-with-dtd.xml", "picture.csv")
    one.sees("failed", 3)
    expect(one.cards("failed").filter(has_text="mt940-wrong-amount.sta")).to_contain_text("line")


def test_a_preview_that_is_not_wanted_is_removed(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_exports("ofx2.ofx")
    one.go_on_with("Look and confirm")
    one.page.locator("form[action$='/remove/'] button").click()
    expect(one.cards()).to_have_count(0)


def test_banks_a_statement_and_an_export_come_together(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.sign_in("ok", bank=0)
    one.sign_in("currencies", bank=2)
    one.send_statements("statement.pdf")
    one.send_exports("camt053.xml")
    one.confirm_preview()
    one.sees("imported", 4)
    one.finish()
    one.sees_summary()
    for currency in ("PLN", "EUR", "CZK"):
        expect(one.page.locator("#totals")).to_contain_text(currency)
    before = one.page.locator("#totals").inner_text()
    one.page.get_by_role("button", name="Leave them out of the totals").click()
    expect(one.page.get_by_role("button", name="Count them again")).to_be_visible()
    assert one.page.locator("#totals").inner_text() != before
    one.page.get_by_role("button", name="Count them again").click()
    expect(one.page.get_by_role("button", name="Leave them out of the totals")).to_be_visible()
    assert one.page.locator("#totals").inner_text() == before


def test_erasing_takes_statements_and_own_data_along(person: MakePerson, javascript: bool) -> None:
    one = person(javascript=javascript)
    one.start()
    one.send_statements("statement.pdf")
    one.sees("imported")
    one.page.goto(f"{one.hub_address}erase/")
    one.page.locator(".button-danger").click()
    expect(one.page.locator("main")).to_contain_text("Read there afterwards: nothing is left", timeout=40_000)
