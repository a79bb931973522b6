"""The poll: two queries, 204 when nothing is new, the fragment, and the ways out of it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from onboarding.models import Aggregation, Onboarding, Source, SourceState
from onboarding.pages import hub, making
from tests import rows
from tests.views.browsing import HISTORY_RESTORE, HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def polled(onboarding: Onboarding) -> str:
    """The address that the owner's list asks, with much going on."""
    for state in SourceState:
        rows.source(onboarding, state)
    for _ in range(3):
        rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(minutes=1))
    return reverse("progress", args=[onboarding.uuid])


def version(onboarding: Onboarding) -> str:
    return hub.for_onboarding(Onboarding.objects.get(pk=onboarding.pk)).version


def test_a_poll_takes_two_queries_at_most(
    owner: Client, polled: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        response = owner.get(polled, headers=HTMX)
    assert response.status_code == 200


def test_a_poll_without_news_takes_one_query_and_says_nothing(
    owner: Client, polled: str, onboarding: Onboarding, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"{polled}?v={version(onboarding)}"
    with django_assert_num_queries(1):
        response = owner.get(address, headers=HTMX)
    assert (response.status_code, response.content) == (204, b"")
    assert "no-store" in response.headers["Cache-Control"]


def test_news_bring_the_fragment_alone(owner: Client, polled: str) -> None:
    page = owner.get(polled + "?v=old", headers=HTMX).content.decode()
    assert page.lstrip().startswith('<div id="sources"')
    assert "<html" not in page


@pytest.mark.parametrize("state", [SourceState.SIGNING_IN, SourceState.QUEUED, SourceState.IMPORTING])
def test_the_fragment_asks_again_while_something_is_open(
    owner: Client, onboarding: Onboarding, state: SourceState
) -> None:
    rows.source(onboarding, state)
    page = owner.get(reverse("progress", args=[onboarding.uuid]), headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s' in page
    assert f"?v={version(onboarding)}" in page


@pytest.mark.parametrize("state", [SourceState.IMPORTED, SourceState.FAILED, SourceState.ABANDONED])
def test_the_fragment_stops_asking_when_nothing_is_open(
    owner: Client, onboarding: Onboarding, state: SourceState
) -> None:
    rows.source(onboarding, state)
    page = owner.get(reverse("progress", args=[onboarding.uuid]), headers=HTMX).content.decode()
    assert "hx-trigger" not in page
    assert "hx-get" not in page


@pytest.mark.parametrize(("age", "seconds"), [(5, 1), (40, 2), (200, 5)])
def test_the_page_asks_less_often_as_time_goes_by(
    owner: Client, onboarding: Onboarding, age: int, seconds: int
) -> None:
    rows.source(onboarding, SourceState.IMPORTING, state_since=rows.ago(seconds=age))
    page = owner.get(reverse("progress", args=[onboarding.uuid]), headers=HTMX).content.decode()
    assert f'hx-trigger="every {seconds}s' in page


def test_without_scripts_the_same_address_is_a_whole_page(owner: Client, polled: str) -> None:
    assert "<html" in owner.get(polled).content.decode()


def test_a_page_restored_from_history_comes_whole(owner: Client, polled: str, onboarding: Onboarding) -> None:
    response = owner.get(f"{polled}?v={version(onboarding)}", headers=HISTORY_RESTORE)
    assert response.status_code == 200
    assert "<html" in response.content.decode()


def test_a_list_without_banks_comes_too(owner: Client, onboarding: Onboarding) -> None:
    address = reverse("progress", args=[onboarding.uuid])
    assert "hx-trigger" not in owner.get(address, headers=HTMX).content.decode()
    assert "<html" in owner.get(address).content.decode()


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_a_lost_session_sends_the_page_to_the_start(request: pytest.FixtureRequest, polled: str, who: str) -> None:
    response = request.getfixturevalue(who).get(polled, headers=HTMX)
    assert response.headers["HX-Redirect"] == reverse("home")
    assert response.content == b""


@pytest.mark.parametrize("lost", ["expired", "ended", "replaced"])
def test_a_session_that_is_over_sends_the_page_to_the_start_even_without_news(
    owner: Client, polled: str, onboarding: Onboarding, lost: str
) -> None:
    address = f"{polled}?v={version(onboarding)}"
    if lost == "expired":
        Session.objects.update(expire_date=rows.ago(seconds=1))
    elif lost == "ended":
        Session.objects.all().delete()
    else:
        session = owner.session
        session["browser"] = "of-another-person"
        session.save()
    assert owner.get(address, headers=HTMX).headers["HX-Redirect"] == reverse("home")


def test_a_lost_session_restored_from_history_gets_a_page_that_says_so(nobody: Client, polled: str) -> None:
    response = nobody.get(polled, headers=HISTORY_RESTORE)
    assert "HX-Redirect" not in response.headers
    assert "<html" in response.content.decode()


def test_an_erasure_in_another_tab_sends_the_page_to_the_proof(
    owner: Client, polled: str, onboarding: Onboarding
) -> None:
    owner.post(reverse("erase", args=[onboarding.uuid]))
    response = owner.get(polled, headers=HTMX)
    assert response.headers["HX-Redirect"] == reverse("erase", args=[onboarding.uuid])


def changed(source: Source) -> None:
    """Let a source move on."""
    Source.objects.filter(pk=source.pk).update(state=SourceState.IMPORTED, slot=None, due_at=None)


def test_a_source_that_moved_on_is_news(owner: Client, onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    before = version(onboarding)
    changed(source)
    address = reverse("progress", args=[onboarding.uuid])
    assert owner.get(f"{address}?v={before}", headers=HTMX).status_code == 200


def test_somebody_leaving_the_line_is_news_for_those_behind(onboarding: Onboarding) -> None:
    ahead = rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(minutes=1))
    rows.source(onboarding, SourceState.QUEUED)
    before = version(onboarding)
    changed(ahead)
    assert version(onboarding) != before


@pytest.fixture
def made(onboarding: Onboarding) -> Aggregation:
    """A summary that is being made."""
    rows.source(onboarding, SourceState.IMPORTED)
    return rows.aggregation(onboarding)


def making_address(onboarding: Onboarding, version: str = "") -> str:
    return f"{reverse('progress', args=[onboarding.uuid])}?of=summary&v={version}"


def test_the_making_of_a_summary_is_polled_with_two_queries(
    owner: Client,
    onboarding: Onboarding,
    made: Aggregation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(2):
        page = owner.get(making_address(onboarding), headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s' in page


def test_the_making_without_news_says_nothing(owner: Client, onboarding: Onboarding, made: Aggregation) -> None:
    now = making.of(Onboarding.objects.select_related("aggregation").get(pk=onboarding.pk))
    assert owner.get(making_address(onboarding, now.version), headers=HTMX).status_code == 204


def test_rows_that_were_stored_are_news(owner: Client, onboarding: Onboarding, made: Aggregation) -> None:
    now = making.of(Onboarding.objects.select_related("aggregation").get(pk=onboarding.pk))
    Aggregation.objects.filter(pk=made.pk).update(rows_stored=500)
    page = owner.get(making_address(onboarding, now.version), headers=HTMX).content.decode()
    assert "500" in page


@pytest.mark.parametrize("state", ["ready", "failed"])
def test_a_summary_that_is_ready_or_failed_sends_the_page_to_it(
    owner: Client, onboarding: Onboarding, made: Aggregation, state: str
) -> None:
    Aggregation.objects.filter(pk=made.pk).update(state=state)
    response = owner.get(making_address(onboarding), headers=HTMX)
    assert response.headers["HX-Redirect"] == reverse("summary", args=[onboarding.uuid])


def test_the_making_is_asked_less_often_after_a_while(owner: Client, onboarding: Onboarding, made: Aggregation) -> None:
    Aggregation.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(seconds=31))
    page = owner.get(making_address(onboarding), headers=HTMX).content.decode()
    assert 'hx-trigger="every 3s' in page


def test_a_stranger_is_not_told_how_far_a_summary_is(nobody: Client, onboarding: Onboarding, made: Aggregation) -> None:
    assert nobody.get(making_address(onboarding), headers=HTMX).headers["HX-Redirect"] == reverse("home")
