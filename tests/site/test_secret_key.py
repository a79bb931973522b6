"""Renewing the signing key while people are under way."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import Onboarding

OLD = "an-old-signing-key-0123456789-abcdefghijklmnopqrstuvwxyz"
NEW = "a-new-signing-key-9876543210-zyxwvutsrqponmlkjihgfedcba"

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(settings: Settings, owner: Client, request: pytest.FixtureRequest) -> Onboarding:
    """An onboarding whose browser session was signed with the old key."""
    settings.SECRET_KEY = OLD
    onboarding: Onboarding = request.getfixturevalue("onboarding")
    assert owner.get(reverse("hub", args=[onboarding.uuid])).status_code == 200
    return onboarding


def test_who_began_under_the_old_key_goes_on_under_the_new_one(
    settings: Settings, owner: Client, begun: Onboarding
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert owner.get(reverse("hub", args=[begun.uuid])).status_code == 200


def test_control_without_the_old_key_they_would_be_strangers(
    settings: Settings, owner: Client, begun: Onboarding
) -> None:
    settings.SECRET_KEY = NEW
    assert owner.get(reverse("hub", args=[begun.uuid])).status_code != 200
