"""A victim who signs in by an attacker's link must not end with their bank in the attacker's onboarding."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
import responses
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import BankSignIn, Failure, Onboarding, SourceState
from tests import vendor_says
from tests.attacks.lure import Lure

pytestmark = pytest.mark.django_db

VICTIM_RETURNS = {
    "the victim signs in and returns": ["victim signs in", "victim returns"],
    "the victim returns and the attacker opens the address after": [
        "victim signs in",
        "victim returns",
        "attacker opens return",
    ],
    "the attacker opens the address before": ["attacker opens return", "victim signs in", "victim returns"],
    "the attacker opens the address before and the service is asked at once": [
        "attacker opens return",
        "workers work",
        "victim signs in",
        "victim returns",
    ],
    "the sign-in was seen finished when the victim returns a second later": [
        "attacker opens return",
        "workers work",
        "victim signs in",
        "a second passes",
        "victim returns",
    ],
    "the attacker opens the address a hundred times": [
        *["attacker opens return"] * 100,
        "workers work",
        "victim signs in",
        "victim returns",
        *["attacker opens return"] * 5,
    ],
    "the attacker types the code": ["victim signs in", "victim returns", "attacker types code"],
    "the attacker had the address before and types the code": [
        "attacker opens return",
        "victim signs in",
        "victim returns",
        "attacker types code",
    ],
    "the attacker types the code and opens the address": [
        "victim signs in",
        "victim returns",
        "attacker types code",
        "attacker opens return",
    ],
    "the victim types a code that is not it five times": [
        "victim signs in",
        "victim returns",
        *["victim guesses code"] * 5,
        "victim types code",
    ],
    "the victim types the right code when it is dead": [
        "victim signs in",
        "victim returns",
        "two hours pass",
        "victim types code",
    ],
    "the victim returns twice": ["victim signs in", "victim returns", "victim returns", "attacker opens return"],
}
VICTIM_NEVER_RETURNS = {
    "nobody opens the address": ["victim signs in"],
    "the attacker opens the address before": ["attacker opens return", "workers work", "victim signs in"],
    "the attacker opens the address after": ["victim signs in", "attacker opens return"],
    "the attacker is in the line when the victim returns": [
        "victim signs in",
        "attacker opens return",
        "workers work",
        "victim returns",
    ],
    "the attacker guesses the number": ["victim signs in", "attacker opens return with a guess"],
    "the attacker has the number of another sign-in": ["victim signs in", "attacker opens return of another sign in"],
}
KNOWN_TO_BE_OPEN = [
    "the attacker opens the address before",
    "the attacker opens the address after",
    "the attacker is in the line when the victim returns",
]
"""Without a number in the return address, decision 19 says so; what the documents say of it is held here."""


@pytest.fixture
def service() -> Iterator[responses.RequestsMock]:
    """The service's edge; which of its addresses is asked is what the tests find out."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture(params=[False, True], ids=["one address", "address with a number"])
def return_state(request: pytest.FixtureRequest, settings: Settings) -> bool:
    settings.RETURN_STATE = request.param
    return bool(request.param)


def goes_on(lure: Lure) -> None:
    """Let the workers do all that they will ever do."""
    lure.act("workers work", "a minute passes", "a minute passes", "two hours pass")


@pytest.mark.parametrize("way", VICTIM_RETURNS)
def test_a_victim_who_returns_is_never_imported(service: responses.RequestsMock, return_state: bool, way: str) -> None:
    lure = Lure(service)
    lure.act(*VICTIM_RETURNS[way])
    goes_on(lure)
    assert lure.imports == 0
    assert lure.source.state == SourceState.ABANDONED
    assert (lure.source.bank.session_id, lure.source.bank.signature) == ("", "")


@pytest.mark.parametrize("way", VICTIM_NEVER_RETURNS)
def test_with_a_number_in_the_address_a_victim_who_never_returns_is_not_imported(
    service: responses.RequestsMock, settings: Settings, way: str
) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    lure.act(*VICTIM_NEVER_RETURNS[way])
    goes_on(lure)
    assert lure.imports == 0
    assert lure.source.failure in (Failure.NOT_RETURNED, Failure.RETURN_UNPROVEN)


def test_without_the_number_too_a_victim_whose_return_nobody_opens_is_not_imported(
    service: responses.RequestsMock, settings: Settings
) -> None:
    settings.RETURN_STATE = False
    lure = Lure(service)
    lure.act(*VICTIM_NEVER_RETURNS["nobody opens the address"])
    goes_on(lure)
    assert lure.imports == 0


@pytest.mark.parametrize("way", KNOWN_TO_BE_OPEN)
def test_control_without_the_number_a_victim_who_never_returns_in_time_is_imported(
    service: responses.RequestsMock, way: str
) -> None:
    lure = Lure(service)
    lure.act(*VICTIM_NEVER_RETURNS[way])
    goes_on(lure)
    assert lure.imports == 1


def test_control_the_number_helps_only_while_the_services_pages_keep_it(
    service: responses.RequestsMock, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    lure.act("victim signs in", "attacker opens the given address")
    goes_on(lure)
    assert lure.imports == 1


def test_a_number_that_leaked_does_not_help_against_a_victim_who_returns(
    service: responses.RequestsMock, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    lure.act("attacker opens the given address", "workers work", "victim signs in", "victim returns")
    goes_on(lure)
    assert lure.imports == 0


def test_only_a_code_that_the_victim_is_talked_into_typing_imports_anything(
    service: responses.RequestsMock, return_state: bool
) -> None:
    lure = Lure(service)
    lure.act("victim signs in", "victim returns")
    page = lure.answers[-1].content.decode()
    assert "Did somebody else send you here? Then type nothing" in page
    lure.act("victim types code")
    goes_on(lure)
    assert lure.imports == 1


def test_whoever_signs_in_by_their_own_link_is_imported(service: responses.RequestsMock, return_state: bool) -> None:
    lure = Lure(service)
    lure.act("victim signs in", "attacker opens the given address", "workers work")
    assert lure.imports == 1


def test_nothing_of_the_attackers_is_shown_to_the_victim(service: responses.RequestsMock, return_state: bool) -> None:
    lure = Lure(service)
    lure.act("victim signs in", "victim returns", "victim guesses code", "victim types code")
    for answer in lure.answers:
        said = answer.content.decode()
        assert str(lure.onboarding.uuid) not in said
        assert lure.onboarding.owner_external_id not in said
    assert lure.victim.get(reverse("hub", args=[lure.onboarding.uuid])).status_code == 404


def test_a_return_without_its_number_leads_the_own_browser_to_its_list_and_does_nothing(
    service: responses.RequestsMock, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    lure.act("attacker opens return")
    assert lure.answers[-1].headers["Location"] == reverse("hub", args=[lure.onboarding.uuid])
    assert lure.source.bank.returned_at is None


def test_a_return_without_its_number_in_another_browser_makes_no_code(
    service: responses.RequestsMock, settings: Settings
) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    lure.given_address = reverse("return")
    lure.act("victim returns")
    assert lure.source.bank.return_code == ""
    assert lure.answers[-1].headers["Location"] == reverse("home")


def test_of_the_number_only_a_digest_is_kept(service: responses.RequestsMock, settings: Settings) -> None:
    settings.RETURN_STATE = True
    lure = Lure(service)
    number = lure.given_address.removeprefix("/return/").rstrip("/")
    assert len(number) == 43
    row = vars(lure.source.bank)
    assert len(row["return_state"]) == 64
    assert not [column for column, value in row.items() if number in str(value)]


def test_every_sign_in_has_a_number_of_its_own(
    service: responses.RequestsMock, settings: Settings, owner: Client, onboarding: Onboarding
) -> None:
    settings.RETURN_STATE = True
    for number in "12":
        reply = {"redirectionId": f"r-{number}", "redirectionLink": "https://signin.vendor.example/x"}
        service.post(vendor_says.REDIRECTION_PATH, json=reply)
        owner.post(reverse("add_bank", args=[onboarding.uuid]), {"intent": str(uuid4())})
    addresses = {json.loads(call.request.body)["redirectUri"] for call in service.calls}
    assert len(addresses) == 2
    assert len(set(BankSignIn.objects.values_list("return_state", flat=True))) == 2


def test_sign_ins_that_were_opened_before_the_setting_was_switched_on_still_return(
    service: responses.RequestsMock, settings: Settings
) -> None:
    lure = Lure(service)
    settings.RETURN_STATE = True
    lure.act("victim signs in", "attacker opens return", "workers work")
    assert lure.imports == 1
