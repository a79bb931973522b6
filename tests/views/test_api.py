"""The host's interface: with its key a host pushes own data for a person; nobody else sees that it exists."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from onboarding import vault
from onboarding.models import Onboarding, Source, SourceState
from tests import rows
from tests.full_disk import files_of_at_most

pytestmark = pytest.mark.django_db

KEY = "planted-host-secret-0123456789abcdef"
OTHER_KEY = "another-host-secret-0123456789abcdef"
IBAN = "PL61109010140000071219812874"


@pytest.fixture(autouse=True)
def _hosts(settings: Any) -> None:
    settings.HOST_API_KEYS = {"lender": KEY, "bookkeeper": OTHER_KEY}


@pytest.fixture
def host() -> Client:
    """A host's server: no cookie, and Django's check of forms switched on."""
    return Client(enforce_csrf_checks=True)


def document(amount: str = "-12.50") -> dict[str, Any]:
    row = {"bookedOn": "2026-11-02", "currencyAmount": amount, "title": "Bread"}
    account = {"iban": IBAN, "currencyName": "PLN", "currencyBalance": "100.00", "moneyTransactions": [row]}
    return {"bank": "Zimorodek Bank", "accounts": [account]}


def push(host: Client, onboarding: Onboarding, body: Any = None, key: str = "k-1", secret: str = KEY) -> HttpResponse:
    headers = {"Authorization": f"Bearer {secret}", **({"Idempotency-Key": key} if key else {})}
    content = body if isinstance(body, bytes) else json.dumps(body or document())
    address = reverse("api_push", args=[onboarding.uuid])
    response: HttpResponse = host.post(address, content, content_type="application/json", headers=headers)  # type: ignore[assignment]
    return response


def sealed_files() -> list[str]:
    return [name for name, _at in vault.names()]


def test_pushed_data_joins_the_line_as_it_will_be_sent(host: Client, onboarding: Onboarding) -> None:
    response = push(host, onboarding)
    source = onboarding.sources.select_related("file").get()
    assert response.status_code == 202
    assert response.json() == {"source": str(source.uuid), "state": "queued", "failure": None}
    sent = json.loads(gzip.decompress(b"".join(vault.chunks(source.file.payload))))
    assert sent["ownerExternalId"] == onboarding.owner_external_id
    assert sent["accounts"][0]["moneyTransactions"][0]["currencyAmount"] == "-12.50"
    assert (source.file.pushed_by, source.file.row_count, source.account_count) == ("lender", 1, 1)


def test_the_same_key_twice_is_one_source(host: Client, onboarding: Onboarding) -> None:
    first, second = push(host, onboarding), push(host, onboarding)
    assert first.json() == second.json()
    assert (onboarding.sources.count(), len(sealed_files())) == (1, 1)


def test_the_same_data_under_another_key_is_the_same_source(host: Client, onboarding: Onboarding) -> None:
    first, second = push(host, onboarding, key="k-1"), push(host, onboarding, key="k-2")
    assert first.json() == second.json()
    assert (onboarding.sources.count(), len(sealed_files())) == (1, 1)


def test_a_key_with_other_data_is_refused(host: Client, onboarding: Onboarding) -> None:
    push(host, onboarding)
    response = push(host, onboarding, document("-99.00"))
    assert (response.status_code, response.json()["error"]) == (409, "key_reused")
    assert (onboarding.sources.count(), len(sealed_files())) == (1, 1)


def test_two_hosts_with_the_same_key_are_two(host: Client, onboarding: Onboarding) -> None:
    push(host, onboarding)
    response = push(host, onboarding, document("-99.00"), secret=OTHER_KEY)
    assert response.status_code == 202
    assert onboarding.sources.count() == 2


def test_the_same_data_from_another_host_is_refused_and_nothing_told_of_the_first(
    host: Client, onboarding: Onboarding
) -> None:
    first = push(host, onboarding).json()
    response = push(host, onboarding, secret=OTHER_KEY)
    assert (response.status_code, response.json()["error"]) == (409, "not_possible")
    assert first["source"] not in response.content.decode()
    assert (onboarding.sources.count(), len(sealed_files())) == (1, 1)


def test_wrong_places_are_named_and_nothing_is_taken(host: Client, onboarding: Onboarding) -> None:
    response = push(host, onboarding, document("12.5"))
    assert response.status_code == 422
    assert [one["path"] for one in response.json()["details"]] == ["accounts[0].moneyTransactions[0].currencyAmount"]
    assert (onboarding.sources.count(), sealed_files()) == (0, [])


@pytest.mark.parametrize("secret", ["wrong", "", KEY[:-1], KEY + "x"])
def test_a_wrong_key_is_refused(host: Client, onboarding: Onboarding, secret: str) -> None:
    response = push(host, onboarding, secret=secret)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert not Source.objects.exists()


def test_no_key_at_all_is_refused(host: Client, onboarding: Onboarding) -> None:
    response = host.post(reverse("api_push", args=[onboarding.uuid]), "{}", content_type="application/json")
    assert response.status_code == 401


def test_the_key_under_another_scheme_is_refused(host: Client, onboarding: Onboarding) -> None:
    response = host.post(
        reverse("api_push", args=[onboarding.uuid]),
        json.dumps(document()),
        content_type="application/json",
        headers={"Authorization": f"Basic {KEY}", "Idempotency-Key": "k"},
    )
    assert response.status_code == 401


def test_the_person_can_not_push_with_the_browsers_cookie(owner: Client, onboarding: Onboarding) -> None:
    response = owner.post(
        reverse("api_push", args=[onboarding.uuid]), json.dumps(document()), content_type="application/json"
    )
    assert response.status_code == 401


def test_without_keys_the_address_is_not_there(host: Client, onboarding: Onboarding, settings: Any) -> None:
    settings.HOST_API_KEYS = {}
    assert push(host, onboarding).status_code == 404


def test_an_unknown_onboarding_is_not_found(host: Client, onboarding: Onboarding) -> None:
    onboarding.uuid = uuid4()
    assert push(host, onboarding).json()["error"] == "not_found"


def test_an_erased_onboarding_is_not_found(host: Client, onboarding: Onboarding) -> None:
    Onboarding.objects.update(erased_at=rows.ago())
    assert push(host, onboarding).status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_without_a_usable_idempotency_key_nothing_is_taken(host: Client, onboarding: Onboarding, key: str) -> None:
    response = push(host, onboarding, key=key)
    assert (response.status_code, response.json()["error"]) == (400, "no_idempotency_key")


def test_another_content_type_is_refused(host: Client, onboarding: Onboarding) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}
    response = host.post(reverse("api_push", args=[onboarding.uuid]), {"a": "b"}, headers=headers)
    assert response.status_code == 415


def test_without_room_for_more_files_the_host_is_told_when_to_come_again(
    host: Client, onboarding: Onboarding, settings: Any
) -> None:
    settings.UPLOAD_FOLDER_MAX_BYTES = 10
    response = push(host, onboarding)
    assert (response.status_code, response.json()["error"], response["Retry-After"]) == (503, "no_room", "60")
    assert not onboarding.sources.exists()


def test_while_the_disk_is_full_the_host_is_told_when_to_come_again(host: Client, onboarding: Onboarding) -> None:
    with files_of_at_most(10):
        response = push(host, onboarding)
    assert (response.status_code, response.json()["error"], response["Retry-After"]) == (503, "no_room", "60")
    assert not onboarding.sources.exists()


def test_a_document_that_is_too_large_is_refused(host: Client, onboarding: Onboarding, settings: Any) -> None:
    settings.API_MAX_BYTES = 100
    assert push(host, onboarding).status_code == 413


def test_a_host_is_told_what_became_of_its_data(host: Client, onboarding: Onboarding) -> None:
    pushed = push(host, onboarding).json()
    address = reverse("api_pushed", args=[onboarding.uuid, pushed["source"]])
    response = host.get(address, headers={"Authorization": f"Bearer {KEY}"})
    assert response.json() == pushed


def test_a_host_is_told_nothing_of_another_hosts_data(host: Client, onboarding: Onboarding) -> None:
    address = reverse("api_pushed", args=[onboarding.uuid, push(host, onboarding).json()["source"]])
    assert host.get(address, headers={"Authorization": f"Bearer {OTHER_KEY}"}).status_code == 404


def test_a_host_is_told_nothing_of_the_persons_own_sources(host: Client, onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTED)
    address = reverse("api_pushed", args=[onboarding.uuid, source.uuid])
    assert host.get(address, headers={"Authorization": f"Bearer {KEY}"}).status_code == 404


def test_nothing_of_the_data_reaches_a_log(
    host: Client, onboarding: Onboarding, caplog: pytest.LogCaptureFixture
) -> None:
    push(host, onboarding)
    push(host, onboarding, document("planted"), key="k-2")
    push(host, onboarding, secret="wrong-planted-secret")
    assert IBAN not in caplog.text
    assert "planted" not in caplog.text
