"""The start: consent, a rotated session, one onboarding however often the form comes."""

import copy
from importlib import import_module

import pytest
from django.conf import settings as live_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.countries import vendor_locale
from onboarding.models import Invitation, Onboarding
from onboarding.services import starting
from tests import rows
from tests.views.browsing import consent, post_form, strict

pytestmark = pytest.mark.django_db


def test_agreeing_begins_an_onboarding_and_leads_to_its_list(nobody: Client) -> None:
    response = post_form(strict(nobody), reverse("start"), **consent())
    onboarding = Onboarding.objects.get()
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert nobody.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "fields", [{"consent": ""}, {"country": "xx"}, {"country": ""}, {"intent": "no number"}], ids=str
)
def test_without_agreement_or_with_a_wrong_field_nothing_begins(nobody: Client, fields: dict[str, str]) -> None:
    response = post_form(strict(nobody), reverse("start"), **consent(**fields))
    assert response.status_code == 200
    assert not Onboarding.objects.exists()


def test_a_form_without_its_token_begins_nothing(nobody: Client) -> None:
    assert strict(nobody).post(reverse("start"), consent()).status_code == 403
    assert not Onboarding.objects.exists()


def test_a_session_that_somebody_planted_is_worthless_afterwards(nobody: Client) -> None:
    planted = import_module(live_settings.SESSION_ENGINE).SessionStore()
    planted["browser"] = "planted"
    planted.create()
    nobody.cookies["session"] = planted.session_key
    attacker = Client()
    attacker.cookies["session"] = planted.session_key
    post_form(nobody, reverse("start"), **consent())
    assert nobody.cookies["session"].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
    onboarding = Onboarding.objects.get()
    assert attacker.get(reverse("hub", args=[onboarding.uuid])).status_code == 404
    assert nobody.get(reverse("hub", args=[onboarding.uuid])).status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites_forms(nobody: Client) -> None:
    post_form(nobody, reverse("start"), **consent())
    cookie = nobody.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_a_double_click_whose_second_hit_brings_the_old_session_is_one_onboarding(owner: Client) -> None:
    rows.onboarding(owner)
    owner.get(reverse("start"))
    second_hit = Client()
    second_hit.cookies = copy.deepcopy(owner.cookies)
    form = consent()
    first, second = (post_form(strict(browser), reverse("start"), **form) for browser in (owner, second_hit))
    assert first.headers["Location"] == second.headers["Location"]
    assert Onboarding.objects.filter(intent_digest=starting.digest_of(form["intent"])).count() == 1
    for browser in (owner, second_hit):
        assert browser.get(first.headers["Location"]).status_code == 200


def test_what_was_begun_before_in_this_browser_stays_in_reach(owner: Client, onboarding: Onboarding) -> None:
    post_form(owner, reverse("start"), **consent())
    assert owner.get(reverse("hub", args=[onboarding.uuid])).status_code == 200


def test_a_start_that_is_refused_leaves_what_was_begun_before_in_reach(owner: Client, onboarding: Onboarding) -> None:
    form = consent()
    taken = rows.onboarding(intent_digest=starting.digest_of(form["intent"]))
    response = post_form(owner, reverse("start"), **form)
    assert response.status_code == 404
    assert owner.get(reverse("hub", args=[onboarding.uuid])).status_code == 200
    assert owner.get(reverse("hub", args=[taken.uuid])).status_code == 404


def test_a_closed_site_asks_for_an_invitation(nobody: Client, settings: Settings) -> None:
    settings.ONBOARDING_OPEN = False
    assert nobody.get(reverse("start")).status_code == 403
    assert nobody.post(reverse("start"), consent()).status_code == 403
    assert not Onboarding.objects.exists()


def test_an_invitation_begins_one_onboarding_in_its_own_country(nobody: Client, settings: Settings) -> None:
    settings.ONBOARDING_OPEN = False
    invitation = Invitation(country="es", expires_at=rows.ago(hours=-1))
    token = invitation.renew_token()
    invitation.save()
    address = reverse("start_invited", args=[token])
    assert nobody.get(address).status_code == 200
    nobody.post(address, consent(country="es"))
    assert Onboarding.objects.get().country == "es"
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize(
    ("language", "locale"), [("cs", "cz"), ("en", "en")], ids=["Czech as the vendor writes it", "English"]
)
def test_the_vendors_locale_follows_the_language(language: str, locale: str) -> None:
    assert vendor_locale(language) == locale


def test_whoever_comes_back_is_led_on_to_where_they_left(owner: Client, onboarding: Onboarding) -> None:
    assert reverse("hub", args=[onboarding.uuid]) in owner.get(reverse("home")).content.decode()
    rows.aggregation(onboarding)
    assert reverse("summary", args=[onboarding.uuid]) in owner.get(reverse("home")).content.decode()


def test_a_new_visitor_is_led_to_the_start(nobody: Client) -> None:
    assert reverse("start") in nobody.get(reverse("home")).content.decode()


def test_the_number_of_a_start_form_stands_in_no_row(nobody: Client) -> None:
    form = consent()
    post_form(nobody, reverse("start"), **form)
    row = Onboarding.objects.values().get()
    assert form["intent"] not in repr(row)
