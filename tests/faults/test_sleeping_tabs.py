"""A tab that slept for a day, a browser without its cookie, a second browser: a sensible page, and never an error."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from onboarding import tasks
from onboarding.models import Onboarding, Source, SourceState
from tests import clocks, rows
from tests.clocks import MovedClock

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    with clocks.stopped(EVENING) as moved:
        yield moved


@pytest.fixture
def tab(clock: MovedClock, owner: Client) -> Onboarding:
    """An onboarding whose page lies open: one bank imported, one sign-in begun and left."""
    onboarding = rows.onboarding(owner)
    rows.source(onboarding, SourceState.IMPORTED)
    rows.source(onboarding)
    return onboarding


def acts(onboarding: Onboarding, browser: Client) -> Iterator[HttpResponse]:
    """Touch everything that the open page offers."""
    signing_in = Source.objects.filter(onboarding=onboarding, state=SourceState.SIGNING_IN).first()
    redirection = signing_in.bank.redirection_id if signing_in else "r-gone"
    here = [onboarding.uuid]
    yield browser.get(reverse("hub", args=here))
    yield browser.get(reverse("progress", args=here), headers=HTMX)
    yield browser.get(reverse("summary", args=here))
    yield browser.get(reverse("return"), {"redirectionId": redirection})
    yield browser.post(reverse("add_bank", args=here), {"intent": str(uuid4())})
    yield browser.post(reverse("finish", args=here))
    yield browser.post(reverse("prove"), {"redirectionId": redirection, "code": "ABC234"})


def test_a_tab_that_wakes_within_its_day_goes_on_where_it_was(
    clock: MovedClock, tab: Onboarding, owner: Client
) -> None:
    clock.forward(hours=23, minutes=55)
    tasks.retire()
    assert b"KontoBank" in owner.get(reverse("hub", args=[tab.uuid])).content


def test_a_tab_that_wakes_after_its_day_is_led_to_the_start_and_shows_nothing(
    clock: MovedClock, tab: Onboarding, owner: Client
) -> None:
    clock.forward(hours=24, minutes=5)
    tasks.retire()
    page = owner.get(reverse("hub", args=[tab.uuid]))
    assert (page.status_code, b"KontoBank" in page.content) == (404, False)
    woken = owner.get(reverse("progress", args=[tab.uuid]), headers=HTMX)
    assert woken.headers["HX-Redirect"] == reverse("home")


@pytest.mark.parametrize("hours", [2, 23, 25, 24 * 91], ids=["sign-in over", "a day", "erased", "forgotten"])
def test_whatever_is_touched_in_a_tab_that_slept_answers_without_an_error(
    clock: MovedClock, tab: Onboarding, owner: Client, hours: int
) -> None:
    clock.forward(hours=min(hours, 25))
    tasks.retire()
    if hours > 25:
        clock.forward(hours=hours - 25)
        tasks.retire()
    if hours == 23:
        Source.objects.filter(state=SourceState.SIGNING_IN).update(removed_at=clock.now())
    statuses = [response.status_code for response in acts(tab, owner) if response.status_code]
    assert all(status < 500 for status in statuses), statuses


def test_a_browser_whose_cookies_were_cleared_is_shown_nothing_and_no_error(tab: Onboarding, owner: Client) -> None:
    owner.cookies.clear()
    answers = list(acts(tab, owner))
    assert all(answer.status_code in (200, 302, 404) for answer in answers), [one.status_code for one in answers]
    assert all(b"KontoBank" not in answer.content for answer in answers)
    assert Source.objects.filter(state=SourceState.SIGNING_IN, bank__returned_at=None).exists()


def test_a_second_browser_is_shown_nothing_and_the_first_goes_on(
    tab: Onboarding, owner: Client, stranger: Client
) -> None:
    assert all(b"KontoBank" not in answer.content for answer in acts(tab, stranger))
    assert owner.get(reverse("hub", args=[tab.uuid])).status_code == 200
