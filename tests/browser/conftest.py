"""Chromium, the running product, and people at their browsers."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.people import Person
from tests.browser.stack import Stack, running

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack"), SANDBOX_IMPORT_SECONDS="3-6", SANDBOX_SPEED="3") as started:
        yield started


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One Chromium for this folder's tests; its event loop must not run on into tests of the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def person(stack: Stack, chrome: Browser) -> Iterator[Callable[..., Person]]:
    """Make a person with a phone of their own; ``javascript=False`` switches scripts off; ``width`` is in px."""
    people: list[Person] = []

    def make(*, javascript: bool = True, locale: str = "en-GB", width: int = PHONE["width"]) -> Person:
        narrow = ViewportSize(width=width, height=PHONE["height"])
        context = chrome.new_context(viewport=narrow, java_script_enabled=javascript, locale=locale)
        context.set_default_timeout(20_000)
        people.append(Person(context, stack))
        return people[-1]

    yield make
    for one in people:
        one.context.close()
        assert one.complaints == [], "the browser's console complained"
