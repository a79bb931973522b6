"""Every page speaks the person's language; the catalogs are whole."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

from onboarding.countries import vendor_locale

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


@pytest.mark.parametrize(("language", "expected"), [("pl", "pl"), ("cs", "cz"), ("et", "ee"), ("en-gb", "en")])
def test_the_vendor_is_told_the_language_in_its_own_codes(language: str, expected: str) -> None:
    assert vendor_locale(language) == expected
