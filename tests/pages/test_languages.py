"""Every page speaks the person's language; the catalogs are whole."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import reverse

from onboarding.countries import vendor_locale
from onboarding.models import Question
from tests import file_rows, rows
from tests.views.browsing import post_form

TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
FOLDER = Path(settings.LOCALE_PATHS[0])
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")


def catalog(code: str) -> Catalog:
    with (FOLDER / code / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=code)


def messages(code: str) -> list[Message]:
    return [message for message in catalog(code) if message.id]


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code: str) -> None:
    assert [message.id for message in messages(code) if message.fuzzy or not all(forms(message))] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_language_has_the_same_texts(code: str) -> None:
    assert {message.id for message in messages(code)} == {message.id for message in messages("pl")}


@pytest.mark.parametrize("code", TRANSLATED)
def test_holes_are_filled_with_the_same_names(code: str) -> None:
    for message in messages(code):
        asked = message.id if isinstance(message.id, tuple | list) else [message.id]
        wanted = {hole for text in asked for hole in HOLE.findall(text)}
        for form in forms(message):
            assert set(HOLE.findall(form)) <= wanted, form
        assert {hole for form in forms(message) for hole in HOLE.findall(form)} == wanted, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_text_shouts(code: str) -> None:
    assert [form for message in messages(code) for form in forms(message) if "!" in form] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_served_is_what_the_translators_wrote(code: str) -> None:
    with (FOLDER / code / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    for message in messages(code):
        # Babel reads the context of a compiled text as bytes.
        served = compiled.get(message.id, context=message.context.encode() if message.context else None)
        assert served is not None, message.id
        assert tuple(forms(served)) == tuple(forms(message))


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.django_db
def test_a_browser_s_language_is_answered_in(code: str, nobody: Client) -> None:
    page = nobody.get("/", headers={"Accept-Language": f"{code},en;q=0.5"}).content.decode()
    assert f'<html lang="{code}">' in page


@pytest.mark.django_db
def test_a_chosen_language_stays(nobody: Client) -> None:
    nobody.post("/i18n/setlang/", {"language": "cs", "next": "/start/"})
    assert '<html lang="cs">' in nobody.get("/start/").content.decode()


@pytest.mark.django_db
def test_choosing_a_language_leads_nowhere_else(nobody: Client) -> None:
    reply = nobody.post("/i18n/setlang/", {"language": "cs", "next": "https://elsewhere.example/"})
    assert reply.headers["Location"] == "/"


@pytest.mark.parametrize("code", ["en", *TRANSLATED])
@pytest.mark.django_db
def test_every_language_stands_in_its_own_name(code: str, nobody: Client) -> None:
    page = nobody.get("/start/", headers={"Accept-Language": code}).content.decode()
    assert re.findall(r'<option value="(\w\w)" lang="\1"[^>]*>([^<]+)', page) == settings.LANGUAGES


def chooser_leads_to(page: str) -> list[str]:
    return re.findall(r'name="next" value="([^"]+)"', page)


@pytest.mark.django_db
def test_an_answer_to_a_form_still_lets_the_language_be_chosen(nobody: Client) -> None:
    page = post_form(nobody, "/start/", country="pl").content.decode()
    assert "error-summary" in page
    assert chooser_leads_to(page) == ["/start/"]


@pytest.mark.parametrize(
    ("form", "question", "query"),
    [("file_password", Question.PASSWORD, ""), ("file_columns", Question.COLUMNS, "?question=columns")],
)
@pytest.mark.django_db
def test_a_form_without_a_page_of_its_own_leads_to_the_page_it_stands_on(
    owner: Client, form: str, question: Question, query: str
) -> None:
    source = file_rows.asking(rows.onboarding(owner), question)
    ids = [source.onboarding.uuid, source.uuid]
    leads_to = chooser_leads_to(post_form(owner, reverse(form, args=ids)).content.decode())
    assert leads_to == [reverse("file", args=ids) + query]
    assert owner.get(leads_to[0]).status_code == 200


@pytest.mark.django_db
def test_what_a_bank_posted_offers_no_language(nobody: Client) -> None:
    page = nobody.post("/return/", {"redirectionId": "any"}).content.decode()
    assert chooser_leads_to(page) == []


@pytest.mark.parametrize(("language", "expected"), [("pl", "pl"), ("cs", "cz"), ("et", "ee"), ("en-gb", "en")])
def test_the_vendor_is_told_the_language_in_its_own_codes(language: str, expected: str) -> None:
    assert vendor_locale(language) == expected
