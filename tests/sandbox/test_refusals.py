"""Clients are held to the contract: what is missing, wrong, late or too much is refused by its name."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.caller import KEY, Caller, owner_id, refusal, root

ADDRESSES = [
    ("POST", "/v1/signin/redirection"),
    ("GET", "/v1/signin/redirection-status"),
    ("POST", "/v1/command/default-import.xml"),
    ("GET", "/v1/command/0000000001.xml"),
    ("GET", "/v1/data.xml"),
    ("DELETE", "/v1/data.xml"),
    ("GET", "/v1/catalog.xml"),
    ("POST", "/v1/mock-session.xml"),
    ("GET", "/v1/parser-catalog.xml"),
    ("POST", "/v1/statement.xml"),
    ("POST", "/v1/pdf/statement"),
    ("POST", "/v1/pdf/statement-trusted"),
    ("POST", "/v1/owner"),
    ("GET", "/_control/state"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("key", ["a-key-that-nobody-was-given", ""])
def test_every_address_refuses_a_wrong_or_empty_key(caller: Caller, method: str, path: str, key: str) -> None:
    response = caller.call(method, path, headers={"X-Api-Key": key})
    assert refusal(response) == (401, None)
    assert root(response).attrib["status"] == "401 Unauthorized"
    assert root(response).find("comment") is not None


def test_the_reply_to_a_wrong_key_repeats_neither_key_in_full(caller: Caller) -> None:
    sent = "a-key-that-nobody-was-given"
    text = caller.call("GET", "/v1/catalog.xml", headers={"X-Api-Key": sent}).text
    assert sent not in text
    assert KEY not in text


@pytest.mark.parametrize("field", ["redirectUri", "ownerExternalId", "country", "locale", "psd2"])
def test_a_redirection_without_one_of_its_fields_is_refused(caller: Caller, field: str) -> None:
    asked = caller.redirection_request()
    del asked[field]
    assert refusal(caller.begin_with(asked)) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirectUri": "/return/"},
        {"redirectUri": "wizard.example/return/"},
        {"redirectUri": "javascript:alert(1)"},
        {"redirectUri": "ftp://wizard.example/"},
        {"redirectUri": "http://"},
        {"redirectUri": "http://wizard.example:99999/"},
        {"redirectUri": "http://someone@wizard.example/"},
        {"redirectUri": "http://wizard.example/;script-src *"},
        {"redirectUri": 5},
        {"country": "PL"},
        {"country": "xx"},
        {"locale": "cs"},
        {"locale": "et"},
        {"psd2": {"accessMode": "single"}},
        {"psd2": "SINGLE"},
        {"ownerExternalId": 7},
    ],
)
def test_a_redirection_with_a_field_of_the_wrong_form_is_refused(caller: Caller, changes: dict[str, Any]) -> None:
    assert refusal(caller.begin_with(caller.redirection_request() | changes)) == (400, "InvalidParameter")


@pytest.mark.parametrize("owner", ["person@example.org", "two words", "a/b", "x" * 201])
def test_an_owner_id_that_is_not_opaque_is_refused_everywhere(caller: Caller, owner: str) -> None:
    expected = (400, "InvalidOwnerExternalId")
    assert refusal(caller.begin_with(caller.redirection_request(owner))) == expected
    assert refusal(caller.aggregate(owner)) == expected
    assert refusal(caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})) == expected


def test_a_redirection_for_an_unknown_target_is_refused(caller: Caller) -> None:
    asked = caller.redirection_request() | {"target": "NoSuchBank"}
    assert refusal(caller.begin_with(asked)) == (400, "InvalidTarget")


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"'])
def test_a_redirection_that_is_no_json_object_is_refused(caller: Caller, body: bytes) -> None:
    response = caller.call("POST", "/v1/signin/redirection", data=body, headers={"Content-Type": "application/json"})
    assert refusal(response) == (400, "InvalidParameter")


def test_a_redirection_sent_as_a_form_is_refused(caller: Caller) -> None:
    response = caller.call("POST", "/v1/signin/redirection", data=caller.redirection_request())
    assert refusal(response) == (400, "InvalidParameter")


def test_the_status_of_an_unknown_redirection_is_refused(caller: Caller) -> None:
    assert refusal(caller.status({"redirectionId": owner_id()})) == (404, "InvalidParameter")


def test_the_status_without_an_id_is_refused(caller: Caller) -> None:
    response = caller.call("GET", "/v1/signin/redirection-status")
    assert refusal(response) == (400, "InvalidParameter")


@pytest.mark.parametrize("field", ["sessionId", "sessionIdSignature", "since"])
def test_an_import_without_one_of_its_fields_is_refused(caller: Caller, field: str) -> None:
    fields = caller.mock_session(owner_id())
    del fields[field]
    assert refusal(caller.start(fields)) == (400, "InvalidParameter")


def test_an_import_sent_as_json_is_refused(caller: Caller) -> None:
    fields = caller.mock_session(owner_id())
    response = caller.call("POST", "/v1/command/default-import.xml", json=fields)
    assert refusal(response) == (400, "InvalidParameter")


@pytest.mark.parametrize("since", ["yesterday", "2026-02-30", "20260101", "01.01.2026", "2026-01-01T00:00:00Z"])
def test_since_must_be_a_date(caller: Caller, since: str) -> None:
    fields = caller.mock_session(owner_id()) | {"since": since}
    assert refusal(caller.start(fields)) == (400, "InvalidSince")


def test_a_signature_of_another_session_is_refused(caller: Caller) -> None:
    other = caller.mock_session(owner_id())
    fields = caller.mock_session(owner_id()) | {"sessionIdSignature": other["sessionIdSignature"]}
    assert refusal(caller.start(fields)) == (400, "InvalidSessionIdSignature")


def test_an_unknown_session_is_refused(caller: Caller) -> None:
    fields = caller.mock_session(owner_id()) | {"sessionId": "unknown"}
    assert refusal(caller.start(fields)) == (404, "InvalidSessionId")


def test_a_session_is_good_for_fifteen_minutes(caller: Caller) -> None:
    first, second = caller.mock_session(owner_id()), caller.mock_session(owner_id())
    caller.advance(840)
    assert caller.start(first).status_code == 202
    caller.advance(70)
    assert refusal(caller.start(second)) == (404, "InvalidSessionId")


def test_a_second_import_in_a_session_is_refused_even_after_the_first_has_ended(caller: Caller) -> None:
    fields = caller.mock_session(owner_id())
    caller.start(fields)
    assert refusal(caller.start(fields)) == (400, "DefaultImportAlreadyExecuted")
    caller.advance(60)
    assert refusal(caller.start(fields)) == (400, "DefaultImportAlreadyExecuted")


def test_an_unknown_command_is_refused(caller: Caller) -> None:
    assert refusal(caller.command("0000000001")) == (404, "InvalidCommandId")


def test_a_command_id_is_text_with_a_leading_zero_that_a_number_would_lose(caller: Caller) -> None:
    command_id = caller.started(owner_id())
    assert command_id.startswith("0")
    assert refusal(caller.command(str(int(command_id)))) == (404, "InvalidCommandId")


def test_the_ninth_command_in_flight_is_refused_and_taken_once_a_slot_is_free(caller: Caller) -> None:
    for _number in range(8):
        caller.started(owner_id(), "slow")
    ninth = caller.mock_session(owner_id())
    assert refusal(caller.start(ninth)) == (400, "JobsQuotaExceeded")
    caller.advance(45)
    assert caller.start(ninth).status_code == 202
    assert caller.control("GET", "state")["mostInFlight"] == 8


def at_once(caller: Caller, forms: list[dict[str, str]]) -> list[int]:
    """Start all these imports at the same time, each over a connection of its own, and return the statuses."""

    def start(form: dict[str, str]) -> int:
        with Caller(caller.address) as another:
            return another.start(form).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        return sorted(pool.map(start, forms))


def test_twelve_starts_of_one_session_at_once_are_one_import(caller: Caller) -> None:
    form = caller.mock_session(owner_id(), "slow")
    assert at_once(caller, [form] * 12) == [202] + [400] * 11
    (session,) = caller.control("GET", "state")["sessions"]
    assert (session["effectiveStarts"], session["refusedStarts"]) == (1, 11)


def test_twelve_sessions_at_once_get_eight_slots(caller: Caller) -> None:
    forms = [caller.mock_session(owner_id(), "slow") for _number in range(12)]
    assert at_once(caller, forms) == [202] * 8 + [400] * 4
    assert caller.control("GET", "state")["mostInFlight"] == 8


def test_an_import_refused_for_the_quota_has_not_used_up_its_session(caller: Caller) -> None:
    for _number in range(8):
        caller.started(owner_id(), "slow")
    fields = caller.mock_session(owner_id())
    caller.start(fields)
    sessions = caller.control("GET", "state")["sessions"]
    (session,) = [one for one in sessions if one["id"] == fields["sessionId"]]
    assert session["effectiveStarts"] == 0


def test_an_owner_without_any_import_is_unknown(caller: Caller) -> None:
    assert refusal(caller.aggregate(owner_id())) == (404, "InvalidOwnerExternalId")


def test_an_aggregate_without_an_owner_id_is_refused(caller: Caller) -> None:
    assert refusal(caller.call("GET", "/v1/data.xml")) == (400, "InvalidParameter")


def test_the_catalog_of_a_country_without_banks_is_refused(caller: Caller) -> None:
    response = caller.call("GET", "/v1/catalog.xml", params={"country": "fr"})
    assert refusal(response) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    "changes",
    [
        {"login": ""},
        {"login": "nobody"},
        {"login": "wrong"},
        {"login": "test2"},
        {"country": "xx"},
        {"multipleAccess": "maybe"},
    ],
)
def test_a_mock_session_with_a_wrong_field_is_refused(caller: Caller, changes: dict[str, str]) -> None:
    fields = {"login": "ok", "country": "pl", "ownerExternalId": owner_id(), "multipleAccess": "false"}
    response = caller.call("POST", "/v1/mock-session.xml", data=fields | changes)
    assert refusal(response) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/signin/redirection"),
        ("GET", "/v1/command/default-import.xml"),
        ("PUT", "/v1/data.xml"),
        ("GET", "/v1/statement.xml"),
        ("GET", "/v1/owner"),
    ],
)
def test_another_method_is_not_allowed(caller: Caller, method: str, path: str) -> None:
    assert caller.call(method, path).status_code == 405


def test_an_unknown_host_name_is_refused(caller: Caller) -> None:
    assert caller.call("GET", "/healthz", headers={"Host": "elsewhere.example"}).status_code == 400
