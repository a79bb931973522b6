"""The summary's panel about payments that may be counted twice, and its choice."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from onboarding import ledger
from onboarding.models import EventName, Onboarding
from tests import rows
from tests.ledger.aggregates import account, held, new_snapshot, own_data, row, sources, target
from tests.views.browsing import HTMX, post_form, strict

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(onboarding: Onboarding) -> Onboarding:
    """An onboarding of the owner's whose summary has a payment told twice and one told once."""
    rows.aggregation(onboarding, state="ready", due_at=None)
    snapshot = new_snapshot(onboarding)
    bank = target(account(row("-30.00"), row("-5.00", title="Alone", party="Cafe")))
    told_again = own_data(account(row("-30.00", title="RENT", booked_on=date(2026, 3, 12))))
    records = sources(("scraper", bank), ("upload", told_again))
    ledger.store_aggregate(records, snapshot=snapshot, renew=held)
    onboarding.snapshot = snapshot
    onboarding.save()
    return onboarding


def seen(client: Client, onboarding: Onboarding, query: str = "", **headers: str) -> str:
    return client.get(reverse("summary", args=[onboarding.uuid]) + query, headers=headers).content.decode()


def choose(client: Client, onboarding: Onboarding, choice: str) -> HttpResponse:
    response = post_form(strict(client), reverse("summary_duplicates", args=[onboarding.uuid]), choice=choice)
    assert isinstance(response, HttpResponse)
    return response


def test_the_page_says_how_many_and_offers_to_leave_them_out(owner: Client, shown: Onboarding) -> None:
    page = seen(owner, shown)

    assert "1 payment may be counted twice" in page
    assert 'value="hide"' in page
    assert "65.00" in page
    assert "KontoBank sign-in" in page
    assert "your own file" in page
    assert page.count("possible duplicate</span>") == 2


def test_left_out_they_are_offered_to_be_counted_again_and_stay_in_the_list(owner: Client, shown: Onboarding) -> None:
    response = choose(owner, shown, "hide")
    page = seen(owner, shown)

    assert (response.status_code, response.headers["Location"]) == (
        302,
        reverse("summary", args=[shown.uuid]) + "#duplicates",
    )
    assert "1 payment that may have come twice is left out of the totals" in page
    assert 'value="show"' in page
    assert "65.00" not in page
    assert "35.00" in page
    assert page.count("possible duplicate</span>") == 2
    assert page.count("left out of the totals</span>") == 1


def test_they_can_be_counted_again(owner: Client, shown: Onboarding) -> None:
    choose(owner, shown, "hide")
    choose(owner, shown, "show")

    assert "65.00" in seen(owner, shown)
    assert rows.events(shown) == [EventName.DUPLICATES_HIDDEN, EventName.DUPLICATES_SHOWN]


@pytest.mark.parametrize("choice", ["", "delete"])
def test_an_unknown_choice_changes_nothing(owner: Client, shown: Onboarding, choice: str) -> None:
    assert choose(owner, shown, choice).status_code == 302
    assert rows.events(shown) == []


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_chooses(request: pytest.FixtureRequest, shown: Onboarding, who: str) -> None:
    assert choose(request.getfixturevalue(who), shown, "hide").status_code == 404
    assert not Onboarding.objects.get(pk=shown.pk).hides_duplicates


def test_the_document_follows_the_choice(owner: Client, shown: Onboarding) -> None:
    choose(owner, shown, "hide")
    document = owner.get(reverse("summary_json", args=[shown.uuid])).json()

    assert document["possibleDuplicates"] == {"count": 1, "hidden": True}
    assert document["totals"][0]["out"] == "35.00"


def test_pairs_alone_are_one_address_and_one_fragment_away(owner: Client, shown: Onboarding) -> None:
    whole, fragment = seen(owner, shown, "?duplicates=1"), seen(owner, shown, "?duplicates=1", **HTMX)

    assert 'name="duplicates" value="1" checked' in whole
    assert "Alone" not in whole
    assert "Alone" not in fragment
    assert "1 pair, 2 payments" in fragment
    assert "pair, " not in seen(owner, shown, "?duplicates=1&q=rent", **HTMX)
    assert "Alone" in seen(owner, shown, "?duplicates=no")


def test_where_nothing_came_twice_nothing_is_said_about_it(owner: Client, onboarding: Onboarding) -> None:
    rows.aggregation(onboarding, state="ready", due_at=None)
    snapshot = new_snapshot(onboarding)
    ledger.store_aggregate(sources(("scraper", target(account(row())))), snapshot=snapshot, renew=held)
    onboarding.snapshot = snapshot
    onboarding.save()
    page = seen(owner, onboarding)

    assert "twice" not in page
    assert "duplicates" not in page.replace("only-duplicates", "")
