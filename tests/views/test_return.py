"""The return address: our cookie first, the bound browser only, the code for any other."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Event, Onboarding, Source, SourceState
from tests import rows
from tests.views.browsing import post_form, strict

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(onboarding: Onboarding) -> Source:
    """A sign-in of the owner's that is open."""
    return rows.source(onboarding)


def address(source: Source) -> str:
    return f"{reverse('return')}?redirectionId={source.bank.redirection_id}"


def untouched(source: Source) -> bool:
    """Tell whether nothing was done with a sign-in."""
    bank = rows.again(source).bank
    return (bank.returned_at, bank.return_code) == (None, "") and not Event.objects.exists()


def card(source: Source) -> str:
    return f"{reverse('hub', args=[source.onboarding.uuid])}#source-{source.uuid}"


def test_the_browser_that_began_comes_back_to_its_card(owner: Client, source: Source) -> None:
    assert owner.get(address(source)).headers["Location"] == card(source)
    assert rows.again(source).bank.returned_at is not None


def test_a_hit_without_our_cookie_gets_a_neutral_page_and_does_nothing(nobody: Client, source: Source) -> None:
    response = nobody.get(address(source))
    assert response.status_code == 200
    assert untouched(source)
    assert str(source.onboarding.uuid) not in response.content.decode()


def test_the_neutral_page_leads_on_and_the_cookie_comes_with_it(owner: Client, nobody: Client, source: Source) -> None:
    page = nobody.get(address(source)).content.decode()
    follow = unescape(re.search(r'content="0; url=([^"]+)"', page)[1])  # type: ignore[index]
    assert owner.get(follow).headers["Location"] == card(source)


def test_a_hit_by_post_gets_the_neutral_page_and_does_nothing(owner: Client, source: Source) -> None:
    response = strict(owner).post(reverse("return"), {"redirectionId": source.bank.redirection_id})
    assert response.status_code == 200
    assert source.bank.redirection_id in response.content.decode()
    assert untouched(source)


def test_a_hit_by_head_does_nothing(owner: Client, source: Source) -> None:
    assert owner.head(address(source)).status_code == 200
    assert untouched(source)


def test_the_neutral_page_repeats_what_came_in_harmlessly(nobody: Client) -> None:
    page = nobody.get(reverse("return"), {"redirectionId": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("state", [SourceState.IMPORTED, SourceState.FAILED, SourceState.ABANDONED])
def test_a_used_return_leads_to_its_card(owner: Client, onboarding: Onboarding, state: SourceState) -> None:
    over = rows.source(onboarding, state)
    assert owner.get(address(over)).headers["Location"] == card(over)


def test_an_unknown_return_leads_to_the_own_list(owner: Client, onboarding: Onboarding) -> None:
    response = owner.get(reverse("return") + "?redirectionId=r-nobody")
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])


def test_an_unknown_return_of_nobody_leads_to_the_start(nobody: Client) -> None:
    response = nobody.get(reverse("return") + "?redirectionId=r-nobody&hop=1")
    assert response.headers["Location"] == reverse("home")


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_another_browser_is_asked_for_the_code_and_sees_nothing_of_the_owners(
    request: pytest.FixtureRequest, source: Source, who: str
) -> None:
    response = request.getfixturevalue(who).get(address(source) + "&hop=1")
    said = response.content.decode()
    assert response.status_code == 200
    assert 'name="code"' in said
    assert str(source.onboarding.uuid) not in said
    code = rows.again(source).bank.return_code
    assert code
    assert code not in said


def test_the_waiting_tab_shows_the_code(owner: Client, nobody: Client, source: Source) -> None:
    nobody.get(address(source) + "&hop=1")
    code = rows.again(source).bank.return_code
    page = owner.get(reverse("hub", args=[source.onboarding.uuid])).content.decode()
    assert f"{code[:3]} {code[3:]}" in page


@pytest.mark.parametrize("first", ["owner", "nobody"])
def test_the_waiting_tab_shows_the_code_whichever_browser_came_back_first(
    owner: Client, nobody: Client, source: Source, first: str
) -> None:
    for browser in (owner, nobody) if first == "owner" else (nobody, owner):
        browser.get(address(source) + "&hop=1")
    bank = rows.again(source).bank
    page = owner.get(reverse("hub", args=[source.onboarding.uuid])).content.decode()
    assert bank.returned_at is None
    assert f"{bank.return_code[:3]} {bank.return_code[3:]}" in page


def test_the_right_code_lets_the_import_go_on_and_shows_nothing_of_the_owners(nobody: Client, source: Source) -> None:
    nobody.get(address(source) + "&hop=1")
    code = rows.again(source).bank.return_code
    fields = {"redirectionId": source.bank.redirection_id, "code": code.lower()}
    response = post_form(strict(nobody), reverse("prove"), **fields)
    assert response.status_code == 200
    assert rows.again(source).bank.returned_at is not None
    assert str(source.onboarding.uuid) not in response.content.decode()
    assert nobody.get(reverse("hub", args=[source.onboarding.uuid])).status_code == 404


def test_a_wrong_code_is_told_with_the_tries_left(nobody: Client, source: Source) -> None:
    nobody.get(address(source) + "&hop=1")
    fields = {"redirectionId": source.bank.redirection_id, "code": "000000"}
    page = post_form(nobody, reverse("prove"), **fields).content.decode()
    assert "4 more tries" in page
    assert rows.again(source).bank.returned_at is None


def test_a_code_without_the_forms_token_counts_for_nothing(nobody: Client, source: Source) -> None:
    nobody.get(address(source) + "&hop=1")
    code = rows.again(source).bank.return_code
    fields = {"redirectionId": source.bank.redirection_id, "code": code}
    assert strict(nobody).post(reverse("prove"), fields).status_code == 403
    assert rows.again(source).bank.return_code_tries == 0


def test_a_code_is_only_sent_never_read(nobody: Client) -> None:
    assert nobody.get(reverse("prove")).status_code == 405


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_a_late_return_in_another_browser_gets_a_page_of_its_own(
    request: pytest.FixtureRequest, onboarding: Onboarding, who: str
) -> None:
    over = rows.source(onboarding, SourceState.IMPORTED)
    response = request.getfixturevalue(who).get(address(over) + "&hop=1")
    assert response.status_code == 200
    assert 'name="code"' not in response.content.decode()
    assert str(onboarding.uuid) not in response.content.decode()


def test_a_return_too_late_is_not_told_that_it_came_before(owner: Client, onboarding: Onboarding) -> None:
    over = rows.source(onboarding, SourceState.ABANDONED, failure="not_returned")
    page = owner.get(address(over), follow=True).content.decode()
    assert "This sign-in is over" in page
    assert "came back from this sign-in before" not in page
