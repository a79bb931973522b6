"""Owner Upload: what is taken, what is refused and where, compression and its limits, the aggregate."""

import gzip
import json
from copy import deepcopy
from typing import Any

import pytest
import requests

from tests.sandbox.caller import Caller, owner_id, refusal, root

IBAN = "PL69137013140000049678278112"
ROW = {"bookedOn": "2026-01-31", "currencyAmount": "-12.30", "title": "Bread"}


def payload(owner: str = "", **changes: object) -> dict[str, Any]:
    account = {"iban": IBAN, "currencyName": "PLN", "moneyTransactions": [deepcopy(ROW)]} | changes
    return {"ownerExternalId": owner or owner_id(), "accounts": [account]}


def send(caller: Caller, asked: object, **options: Any) -> requests.Response:
    return caller.call("POST", "/v1/owner", json=asked, **options)


def send_packed(caller: Caller, body: bytes, encoding: str = "gzip") -> requests.Response:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    return caller.call("POST", "/v1/owner", data=body, headers=headers)


def wrong_places(response: requests.Response) -> list[str]:
    told = response.json()
    assert (response.status_code, told["code"]) == (400, "InvalidOwnerData")
    assert all(one["message"] for one in told["details"])
    return sorted(one["path"] for one in told["details"])


def uploads(caller: Caller, owner: str) -> list[dict[str, Any]]:
    owners = caller.control("GET", "state")["owners"]
    found: list[dict[str, Any]] = owners[owner]["uploads"] if owner in owners else []
    return found


def test_an_upload_answers_the_id_of_its_request(caller: Caller) -> None:
    owner = owner_id()
    response = send(caller, payload(owner))
    assert response.status_code == 200
    assert response.json().keys() == {"requestId"}
    (upload,) = uploads(caller, owner)
    assert (upload["id"], upload["rows"], upload["banks"]) == (response.json()["requestId"], 1, [None])
    assert upload["accounts"] == [{"iban": IBAN, "currency": "PLN", "transactions": 1, "sumInCents": -1230}]


def test_a_compressed_upload_is_taken_too(caller: Caller) -> None:
    owner = owner_id()
    assert send_packed(caller, gzip.compress(json.dumps(payload(owner)).encode())).status_code == 200
    assert len(uploads(caller, owner)) == 1


def test_every_known_name_comes_back_in_the_aggregate(caller: Caller) -> None:
    owner = owner_id()
    row = {
        "transactionOn": "2026-01-30",
        "bookedOn": "2026-01-31",
        "currencyAmount": "-12.30",
        "currencyBalance": "7.70",
        "title": "Bread & butter",
        "party": "Baker <Own>",
        "partyIban": IBAN,
        "kind": "Card",
        "status": "DONE",
        "labels": ["grocery", "food with delivery"],
        "variableSymbol": "0012",
        "constantSymbol": "0308",
    }
    account = {
        "name": "Account",
        "friendlyName": "Mine",
        "currencyBalance": "7.70",
        "currencyFundsAvailable": "7.70",
        "activeSinceAtLeast": "2020-02-29",
        "owners": [{"name": "Halina Wrzos", "kind": "OWNER", "address": "Lipowo", "phone": "+00"}],
        "moneyTransactions": [row],
    }
    assert send(caller, payload(owner, **account)).status_code == 200
    found = root(caller.aggregate(owner)).find("owner[@origin='upload']/target/accounts/account")
    assert found is not None
    given = {"iban": IBAN, "currencyName": "PLN"} | account
    assert {one.tag: one.text for one in found if not len(one)} == {
        name: text for name, text in given.items() if isinstance(text, str)
    }
    (shown,) = found.findall("moneyTransactions/moneyTransaction")
    assert {one.tag: one.text for one in shown if not len(one)} == {
        name: text for name, text in row.items() if isinstance(text, str)
    }
    assert [label.text for label in shown.findall("labels/label")] == row["labels"]
    assert found.findtext("owners/owner/phone") == "+00"


def test_accounts_of_two_banks_are_two_targets(caller: Caller) -> None:
    owner = owner_id()
    asked = payload(owner, target={"officialName": "One"})
    asked["accounts"] += [payload(target={"officialName": "Other"})["accounts"][0], asked["accounts"][0]]
    assert send(caller, asked).status_code == 200
    targets = root(caller.aggregate(owner)).findall("owner/target")
    assert [(one.get("officialName"), len(one.findall("accounts/account"))) for one in targets] == [
        ("One", 2),
        ("Other", 1),
    ]


def test_an_upload_of_no_named_bank_is_a_target_without_a_name(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    send(caller, payload(owner))
    owners = root(caller.aggregate(owner)).findall("owner")
    assert [one.attrib["origin"] for one in owners] == ["scraper", "upload"]
    target = owners[1].find("target")
    assert target is not None
    assert target.attrib == {}


def test_deletion_removes_an_upload(caller: Caller) -> None:
    owner = owner_id()
    send(caller, payload(owner))
    caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})
    assert refusal(caller.aggregate(owner)) == (404, "InvalidOwnerExternalId")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currencyName", "pln"),
        ("currencyName", None),
        ("currencyName", "PLNX"),
        ("currencyBalance", "1.0"),
        ("currencyBalance", 1),
        ("iban", "PL00137013140000049678278112"),
        ("iban", "PL6913701314000004967827811"),
        ("iban", "GB00WEST12345698765432"),
        ("activeSinceAtLeast", "2026-02-30"),
        ("name", 5),
        ("name", "two\nlines"),
        ("moneyTransactions", {}),
        ("owners", "Halina"),
        ("target", "Bank"),
        ("balance", "1.00"),
    ],
)
def test_an_account_with_a_wrong_value_is_refused_with_its_path(caller: Caller, name: str, value: object) -> None:
    assert wrong_places(send(caller, payload(**{name: value}))) == [f"accounts[0].{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currencyAmount", "12"),
        ("currencyAmount", "1,20"),
        ("currencyAmount", "+1.20"),
        ("currencyAmount", "1.200"),
        ("currencyAmount", 1.2),
        ("currencyAmount", None),
        ("bookedOn", "31.01.2026"),
        ("bookedOn", "2026-02-30"),
        ("bookedOn", None),
        ("transactionOn", "2026-1-1"),
        ("currencyBalance", "1"),
        ("partyIban", "PL1"),
        ("title", "x" * 1001),
        ("labels", "grocery"),
        ("amount", "1.00"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused_with_its_path(caller: Caller, name: str, value: object) -> None:
    rows = [ROW, ROW | {name: value}]
    path = f"accounts[0].moneyTransactions[1].{name}"
    assert wrong_places(send(caller, payload(moneyTransactions=rows))) == [path]


def test_a_number_that_is_no_iban_is_taken_as_it_is(caller: Caller) -> None:
    assert send(caller, payload(iban="1234567890")).status_code == 200


def test_a_row_with_the_day_of_the_payment_alone_is_taken(caller: Caller) -> None:
    rows = [{"transactionOn": "2026-01-31", "currencyAmount": "0.00"}]
    assert send(caller, payload(moneyTransactions=rows)).status_code == 200


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(caller: Caller) -> None:
    owner = owner_id()
    asked = payload(owner, moneyTransactions=[ROW, {"title": 5}, "row"]) | {"note": "x"}
    assert wrong_places(send(caller, asked)) == [
        "accounts[0].moneyTransactions[1].bookedOn",
        "accounts[0].moneyTransactions[1].currencyAmount",
        "accounts[0].moneyTransactions[1].title",
        "accounts[0].moneyTransactions[2]",
        "note",
    ]
    assert uploads(caller, owner) == []


def test_no_more_than_a_hundred_places_are_told(caller: Caller) -> None:
    rows = [{"bookedOn": "2026-01-31", "currencyAmount": "x"}] * 300
    assert len(wrong_places(send(caller, payload(moneyTransactions=rows)))) == 100


def test_a_refusal_repeats_no_value(caller: Caller) -> None:
    rows = [ROW | {"title": "a secret\ntitle", "someone's secret": 1}]
    assert "secret" not in send(caller, payload(moneyTransactions=rows)).text


@pytest.mark.parametrize("accounts", [None, [], {}, "accounts"])
def test_an_upload_without_accounts_is_refused(caller: Caller, accounts: object) -> None:
    assert wrong_places(send(caller, {"ownerExternalId": owner_id(), "accounts": accounts})) == ["accounts"]


@pytest.mark.parametrize("owner", ["", "person@example.org", 7])
def test_an_upload_without_a_fit_owner_id_is_refused(caller: Caller, owner: object) -> None:
    response = send(caller, payload() | {"ownerExternalId": owner})
    assert response.status_code == 400
    assert response.json()["code"] in {"InvalidParameter", "InvalidOwnerExternalId"}


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(caller: Caller, body: bytes) -> None:
    response = caller.call("POST", "/v1/owner", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not packed", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip"),
        (b"{}", "br"),
    ],
)
def test_a_body_that_is_not_packed_as_it_says_is_refused(caller: Caller, body: bytes, encoding: str) -> None:
    response = send_packed(caller, body, encoding)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidParameter")


def test_a_body_that_unpacks_to_far_more_is_refused(caller: Caller) -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), compresslevel=9)
    assert len(bomb) < 1_000_000
    response = send_packed(caller, bomb)
    assert (response.status_code, response.json()["code"]) == (413, "RequestTooLarge")


def test_a_body_above_the_size_is_refused(caller: Caller) -> None:
    response = send_packed(caller, bytes(33_000_000))
    assert (response.status_code, response.json()["code"]) == (413, "RequestTooLarge")


def test_an_upload_takes_one_of_the_slots(caller: Caller) -> None:
    for _number in range(7):
        caller.started(owner_id(), "slow")
    assert send(caller, payload()).status_code == 200
    assert caller.control("GET", "state")["mostInFlight"] == 8
    caller.started(owner_id(), "slow")
    response = send(caller, payload())
    assert (response.status_code, response.json()["code"]) == (400, "JobsQuotaExceeded")


def test_a_lost_answer_leaves_the_upload_kept(caller: Caller) -> None:
    owner = owner_id()
    caller.fault("upload", "lost", times=1)
    with pytest.raises(requests.ConnectionError):
        send(caller, payload(owner))
    assert len(uploads(caller, owner)) == 1


def test_a_refusing_fault_leaves_nothing(caller: Caller) -> None:
    owner = owner_id()
    caller.fault("upload", "maintenance", times=1)
    response = send(caller, payload(owner))
    assert (response.status_code, response.json()["code"]) == (503, "ServiceMaintenance")
    assert uploads(caller, owner) == []
