"""A session that somebody planted, stole or kept opens nothing."""

from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding
from tests import rows
from tests.views.browsing import consent

pytestmark = pytest.mark.django_db


def test_a_start_rotates_the_session(nobody: Client) -> None:
    session = nobody.session
    session["planted"] = "by somebody"
    session.save()
    planted = session.session_key
    nobody.cookies["session"] = planted
    assert nobody.post(reverse("start"), consent()).status_code == 302
    assert nobody.cookies["session"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_who_planted_a_session_sees_nothing_of_the_victims_onboarding(nobody: Client) -> None:
    attacker = Client()
    attacker.get(reverse("return") + "?redirectionId=x&hop=1")
    planted = attacker.cookies["session"].value
    victim = nobody
    victim.cookies["session"] = planted
    hub = victim.post(reverse("start"), consent()).headers["Location"]
    assert victim.get(hub).status_code == 200
    assert attacker.get(hub).status_code == 404


def test_a_session_id_of_somebodys_making_is_not_taken(nobody: Client) -> None:
    made_up = "a" * 32
    nobody.cookies["session"] = made_up
    nobody.post(reverse("start"), consent())
    assert nobody.cookies["session"].value != made_up
    assert not Session.objects.filter(session_key=made_up).exists()


def test_the_id_in_the_address_opens_nothing(owner: Client, onboarding: Onboarding, nobody: Client) -> None:
    for kept in ("session", "sessionid", "PHPSESSID"):
        target = f"{reverse('hub', args=[onboarding.uuid])}?{kept}={owner.cookies['session'].value}"
        assert nobody.get(target).status_code == 404


def test_the_cookie_tells_nothing(owner: Client, onboarding: Onboarding) -> None:
    told = str(owner.cookies["session"].value)
    assert str(onboarding.uuid) not in told
    assert onboarding.browser not in told
    assert len(told) == 32


def test_the_rows_of_an_onboarding_open_no_browser(onboarding: Onboarding, nobody: Client) -> None:
    rows.onboarding(nobody)
    session = nobody.session
    session["browser"] = onboarding.browser
    session.save()
    assert nobody.get(reverse("hub", args=[onboarding.uuid])).status_code == 404


def test_an_ended_session_opens_nothing(owner: Client, onboarding: Onboarding) -> None:
    target = reverse("hub", args=[onboarding.uuid])
    assert owner.get(target).status_code == 200
    Session.objects.all().delete()
    assert owner.get(target).status_code == 404


def test_a_start_forms_number_that_was_seen_opens_nothing(nobody: Client) -> None:
    intent = str(uuid4())
    victim = Client()
    hub = victim.post(reverse("start"), consent(intent=intent)).headers["Location"]
    assert nobody.get(hub).status_code == 404
