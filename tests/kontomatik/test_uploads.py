"""Uploading own data: what is sent, every answer, and where a refusal points."""

import io
from typing import Any

import pytest
import requests
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import (
    KontomatikError,
    Misconfigured,
    OutcomeUnknown,
    QuotaExceeded,
    Unavailable,
    UploadRefused,
    VendorFault,
)
from onboarding.kontomatik.records import UploadAnswer
from tests.kontomatik.calls import BASE, CALLS, KEY, expect
from tests.kontomatik.documents import element, reply


def answered(client: Client, vendor: responses.RequestsMock, **answer: Any) -> object:
    expect(vendor, "upload_owner", **answer)
    return CALLS["upload_owner"](client)


def refused(client: Client, vendor: responses.RequestsMock, **answer: Any) -> KontomatikError:
    with pytest.raises(KontomatikError) as raised:
        answered(client, vendor, **answer)
    return raised.value


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    ("body", "request_id"),
    [
        ({"requestId": "r-7"}, "r-7"),
        ({"requestId": 12345678901234567890, "more": []}, "12345678901234567890"),
        ({}, None),
    ],
)
def test_an_upload_that_was_taken_says_its_number(
    body: dict[str, object], request_id: str | None, status: int, client: Client, vendor: responses.RequestsMock
) -> None:
    assert answered(client, vendor, status=status, json=body) == UploadAnswer(request_id=request_id)


@pytest.mark.parametrize("size", [0, -1])
def test_an_empty_payload_is_never_sent(size: int, client: Client, vendor: responses.RequestsMock) -> None:
    with pytest.raises(ValueError, match="hold something"):
        client.upload_owner(payload=io.BytesIO(b""), size=size)
    assert len(vendor.calls) == 0


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"details": [{"path": "accounts[0].iban", "message": "x"}]}, ("accounts[0].iban",)),
        (
            {"details": [{"pointer": "/accounts/0/moneyTransactions/12/currencyAmount"}]},
            ("accounts[0].moneyTransactions[12].currencyAmount",),
        ),
        ({"errors": {"$.accounts[1].currencyName": ["unknown"]}}, ("accounts[1].currencyName",)),
        ({"message": "accounts[2].target.officialName: is too long"}, ("accounts[2].target.officialName",)),
        ({"errors": [{"field": "accounts"}, {"field": "accounts"}]}, ("accounts",)),
        ({"errors": ["accounts[0].iban PL69137013140000049678278112 is wrong"]}, ("accounts[0].iban",)),
        ({"errors": ["accounts[0].Maria.name"]}, ("accounts[0]",)),
        ({"errors": ["accounts[69137013140000049678278112]"]}, ("accounts",)),
        ({"errors": ["accounts.69137013140000049678278112"]}, ("accounts",)),
        ({"errors": ["accountsOfMaria[0]", "iban", "payment.title"]}, ()),
        ({"details": "it is wrong"}, ()),
    ],
)
@pytest.mark.parametrize("name", ["ValidationFailed", "InvalidIban"])
def test_a_refusal_of_the_content_says_where_in_names_of_the_payload(
    name: str, body: dict[str, object], places: tuple[str, ...], client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, status=400, json={"code": name, **body})
    assert isinstance(error, UploadRefused)
    assert (error.code, error.places, error.status) == (name, places, 400)


def test_at_most_fifty_places_are_kept(client: Client, vendor: responses.RequestsMock) -> None:
    error = refused(client, vendor, status=400, json={"errors": [f"accounts[{number}].iban" for number in range(300)]})
    assert isinstance(error, UploadRefused)
    assert error.places == tuple(f"accounts[{number}].iban" for number in range(50))


def test_a_refusal_in_xml_is_read_too(client: Client, vendor: responses.RequestsMock) -> None:
    body = reply(element("exception", name="InvalidPayload", message="accounts[3].iban is wrong"))
    error = refused(client, vendor, status=422, body=body)
    assert isinstance(error, UploadRefused)
    assert (error.code, error.places) == ("InvalidPayload", ("accounts[3].iban",))


def test_a_refusal_in_a_2xx_is_one(client: Client, vendor: responses.RequestsMock) -> None:
    error = refused(client, vendor, status=200, json={"exception": {"name": "InvalidPayload"}})
    assert type(error) is UploadRefused
    assert type(refused(client, vendor, status=200, json={"code": "JobsQuotaExceeded"})) is QuotaExceeded


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"{}", UploadRefused),
        (400, b'{"code": "ANameOfTomorrow"}', UploadRefused),
        (400, b'{"code": "InvalidParameter", "details": ["accounts[0].iban"]}', UploadRefused),
        (413, b"<html/>", UploadRefused),
        (422, b"", UploadRefused),
        (400, b"<html/>", Misconfigured),
        (400, b"", Misconfigured),
        (400, b'{"code": "InvalidParameter"}', Misconfigured),
        (400, b'{"code": "InvalidParameter", "details": ["ownerExternalId"]}', Misconfigured),
        (400, b'{"code": "InvalidOwnerExternalId", "details": ["accounts"]}', Misconfigured),
        (401, b'{"code": "InvalidPayload", "details": ["accounts"]}', Misconfigured),
        (403, b"{}", Misconfigured),
        (404, b"{}", Misconfigured),
        (415, b"{}", Misconfigured),
        (404, b'{"code": "ANameOfTomorrow"}', VendorFault),
        (400, b'{"code": "JobsQuotaExceeded", "details": ["accounts"]}', QuotaExceeded),
        (429, b"", Unavailable),
        (400, b'{"code": "ServiceMaintenance"}', Unavailable),
        (500, b'{"details": ["accounts[0].iban"]}', Unavailable),
        (503, b"", Unavailable),
        (200, b"", OutcomeUnknown),
        (200, b"OK", OutcomeUnknown),
        (200, b"[]", OutcomeUnknown),
        (202, b"<reply/>", OutcomeUnknown),
        (302, b"", OutcomeUnknown),
    ],
)
def test_an_answer_means_one_thing(
    status: int, body: bytes, kind: type[KontomatikError], client: Client, vendor: responses.RequestsMock
) -> None:
    headers = {"Location": "https://elsewhere.example/"} if status == 302 else None
    assert type(refused(client, vendor, status=status, body=body, headers=headers)) is kind


def test_an_answer_without_end_has_an_unknown_outcome(vendor: responses.RequestsMock) -> None:
    client = Client(base_url=BASE, api_key=KEY, max_reply_bytes=100)
    error = refused(client, vendor, body=b'{"requestId": "r-7"}'.ljust(101))
    assert (type(error), error.code) == (OutcomeUnknown, "TooLong")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (requests.ConnectTimeout(), Unavailable),
        (requests.ReadTimeout(), OutcomeUnknown),
        (requests.ConnectionError(), OutcomeUnknown),
    ],
)
def test_a_lost_answer_is_unknown_and_a_connection_never_made_is_not(
    fault: Exception, kind: type[KontomatikError], client: Client, vendor: responses.RequestsMock
) -> None:
    assert type(refused(client, vendor, body=fault)) is kind
