"""What opens a door can't be guessed: 128 bits and more from the system's generator (ASVS 11.5.1)."""

import re
from base64 import urlsafe_b64decode

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Invitation, Onboarding
from tests import rows
from tests.views.browsing import consent, post_form, strict

pytestmark = pytest.mark.django_db
LEAST_BYTES = 16


def bytes_of(token: str) -> int:
    """Return how many random bytes stand behind a url-safe text."""
    return len(urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def number_of(page: str) -> str:
    found = re.search(r'name="intent" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_start_forms_number_opens_pages_and_has_256_bits(nobody: Client) -> None:
    first, second = (number_of(nobody.get(reverse("start")).content.decode()) for _ in range(2))
    assert first != second
    assert bytes_of(first) == 32


def test_the_start_forms_own_number_begins_one_onboarding_however_often_it_comes(nobody: Client) -> None:
    number = number_of(nobody.get(reverse("start")).content.decode())
    first, second = (post_form(strict(nobody), reverse("start"), **consent(intent=number)) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Onboarding.objects.count() == 1


def test_the_secret_of_a_browser_has_256_bits(nobody: Client) -> None:
    post_form(strict(nobody), reverse("start"), **consent())
    assert len(bytes.fromhex(nobody.session["browser"])) == 32


def test_the_secret_that_a_returning_browser_is_given_has_256_bits(nobody: Client) -> None:
    nobody.get(reverse("return"), {"redirectionId": "r", "hop": "1"})
    assert bytes_of(nobody.session["browser"]) == 32


def test_a_session_cookie_has_more_than_128_bits(nobody: Client) -> None:
    post_form(strict(nobody), reverse("start"), **consent())
    key = nobody.cookies["session"].value
    # Of 36 letters and digits each: 5.17 bits.
    assert re.fullmatch(r"[a-z0-9]{32}", key)
    assert len(key) * 5.17 > 8 * LEAST_BYTES


def test_an_invitations_token_has_256_bits() -> None:
    assert bytes_of(Invitation(country="pl", expires_at=rows.ago()).renew_token()) == 32


@pytest.mark.parametrize(
    "number", ["1", "a" * 21, "a" * 65, "ä" * 30, "no number at all, but long enough", "x" * 30 + "\n"]
)
def test_a_number_of_another_form_begins_nothing(nobody: Client, number: str) -> None:
    assert post_form(strict(nobody), reverse("start"), **consent(intent=number)).status_code == 200
    assert not Onboarding.objects.exists()
