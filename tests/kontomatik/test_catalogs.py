"""Reading both catalogs of banks."""

from typing import Any

import pytest
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled, KontomatikError, QuotaExceeded
from onboarding.kontomatik.records import CatalogTarget
from tests.kontomatik.calls import BASE, CALLS, KEY, expect
from tests.kontomatik.documents import element, reply

CATALOGS = ["catalog", "statement_catalog"]
FULL = element(
    "target",
    element("supportedAccountTypes", element("accountType", "personal"), element("accountType", name="business")),
    element("commands", element("command", name="DefaultImport")),
    element("credentialsMetadata", element("credential", name="login"), element("target", name="Inner")),
    country="pl",
    name="KontoBankApi_pl",
    institution="KontoBank",
    officialName="KontoBank&#10; SA",
    officialUrl="https://kontobank.example",
    loginName="identifier",
    beta="true",
    psd2="true",
    unknown="x",
)
FULL_TARGET = CatalogTarget(
    country="pl",
    name="KontoBankApi_pl",
    institution="KontoBank",
    official_name="KontoBank SA",
    login_name="identifier",
    beta=True,
    psd2=True,
    account_types=("personal", "business"),
)


def listed(client: Client, vendor: responses.RequestsMock, call: str, body: bytes, **answer: Any) -> object:
    expect(vendor, call, body=body, **answer)
    return CALLS[call](client)


@pytest.mark.parametrize("call", CATALOGS)
@pytest.mark.parametrize(
    "body", [reply(element("targets", FULL)), reply(FULL), reply(element("catalog", element("targets", FULL)))]
)
def test_a_target_is_read_wherever_it_stands(
    body: bytes, call: str, client: Client, vendor: responses.RequestsMock
) -> None:
    assert listed(client, vendor, call, body) == [FULL_TARGET]


def test_only_the_name_must_be_there(client: Client, vendor: responses.RequestsMock) -> None:
    body = reply(element("target", name="A"), element("target", officialName="B SA"), element("target", name=" "))
    assert listed(client, vendor, "statement_catalog", body) == [
        CatalogTarget(country=None, name="A", institution=None, official_name=None)
    ]


@pytest.mark.parametrize(
    ("said", "beta", "psd2"),
    [
        ({"beta": "false", "psd2": "false"}, False, False),
        ({"beta": "1", "psd2": "0"}, True, False),
        ({"psd2": "?"}, False, None),
    ],
)
def test_flags_are_read(
    said: dict[str, str], beta: bool, psd2: bool | None, client: Client, vendor: responses.RequestsMock
) -> None:
    listing = listed(client, vendor, "catalog", reply(element("target", name="A", **said)))
    assert listing == [CatalogTarget(None, "A", None, None, beta=beta, psd2=psd2)]


def test_official_names_that_repeat_and_the_order_are_kept(client: Client, vendor: responses.RequestsMock) -> None:
    body = reply(*(element("target", name=name, officialName="Same") for name in "CAB"))
    listing = listed(client, vendor, "catalog", body)
    assert isinstance(listing, list)
    assert [target.name for target in listing] == ["C", "A", "B"]


@pytest.mark.parametrize("body", [reply(), reply(element("targets"))])
def test_a_catalog_may_be_empty(body: bytes, client: Client, vendor: responses.RequestsMock) -> None:
    assert listed(client, vendor, "catalog", body) == []


def test_a_catalog_in_another_encoding_is_read(client: Client, vendor: responses.RequestsMock) -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><reply><target name="Caf\xe9"/></reply>'.encode("iso-8859-1")
    assert listed(client, vendor, "catalog", body) == [CatalogTarget(None, "Café", None, None)]


@pytest.mark.parametrize("call", CATALOGS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html><target name='A'/></html>",
        b"<!DOCTYPE reply><reply/>",
        b"<targets><target name='A'/></targets>",
        b"<reply><target name='A'/>",
        b"<reply>" + b"<target name='A'>" * 100,
        reply(*["<target name='A'/>"] * 20_001),
    ],
)
def test_what_is_no_catalog_is_garbled(body: bytes, call: str, client: Client, vendor: responses.RequestsMock) -> None:
    with pytest.raises(Garbled, match="NotAReply"):
        listed(client, vendor, call, body)


def test_a_catalog_without_end_is_garbled(vendor: responses.RequestsMock) -> None:
    client = Client(base_url=BASE, api_key=KEY, max_catalog_bytes=1000)
    with pytest.raises(Garbled, match="TooLong"):
        listed(client, vendor, "catalog", reply(*["<target name='A'/>"] * 100))


@pytest.mark.parametrize("status", [200, 400])
def test_an_exception_in_a_catalog_is_that_error(status: int, client: Client, vendor: responses.RequestsMock) -> None:
    body = reply(element("exception", name="JobsQuotaExceeded"))
    with pytest.raises(KontomatikError) as raised:
        listed(client, vendor, "catalog", body, status=status)
    assert type(raised.value) is QuotaExceeded
