"""The control surface: faults that can be switched on for a route, the clock, the state, and its own rules."""

from typing import Any

import pytest
import requests

from tests.sandbox.caller import Caller, owner_id, refusal, root

STATUSES = {"http500": 500, "http502": 502, "http503": 503, "http429": 429}
NAMED = {"maintenance": (503, "ServiceMaintenance"), "quota": (400, "JobsQuotaExceeded"), "wrongkey": (401, None)}


def catalog(caller: Caller, **options: Any) -> requests.Response:
    return caller.call("GET", "/v1/catalog.xml", **options)


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_a_gateway_error_is_no_xml_of_the_contract(caller: Caller, kind: str, status: int) -> None:
    caller.fault("catalog", kind, times=1)
    response = catalog(caller)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")


def test_too_many_requests_says_when_to_come_back(caller: Caller) -> None:
    caller.fault("catalog", "http429", times=1)
    assert catalog(caller).headers["Retry-After"] == "2"


@pytest.mark.parametrize(("kind", "expected"), NAMED.items())
def test_a_named_fault_is_the_contracts_own_refusal(
    caller: Caller, kind: str, expected: tuple[int, str | None]
) -> None:
    caller.fault("catalog", kind, times=1)
    assert refusal(catalog(caller)) == expected


def test_a_fault_lasts_for_as_many_calls_as_asked(caller: Caller) -> None:
    caller.fault("catalog", "http503", times=2)
    assert [catalog(caller).status_code for _number in range(3)] == [503, 503, 200]


def test_a_fault_without_a_number_lasts_until_it_is_switched_off(caller: Caller) -> None:
    caller.fault("catalog", "http503", times=None)
    assert [catalog(caller).status_code for _number in range(3)] == [503, 503, 503]
    caller.control("DELETE", "faults")
    assert catalog(caller).status_code == 200


def test_a_fault_of_one_route_leaves_the_others_alone(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    caller.fault("delete", "http500")
    assert caller.aggregate(owner).status_code == 200
    assert caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner}).status_code == 500


def test_two_faults_of_a_route_come_one_after_the_other(caller: Caller) -> None:
    caller.fault("catalog", "http500", times=1)
    caller.fault("catalog", "http502", times=1)
    assert [catalog(caller).status_code for _number in range(3)] == [500, 502, 200]


@pytest.mark.parametrize("kind", ["http500", "reset", "empty", "maintenance", "wrongkey"])
def test_a_refusing_fault_leaves_the_import_unstarted(caller: Caller, kind: str) -> None:
    fields = caller.mock_session(owner_id())
    caller.fault("import", kind, times=1)
    try:
        assert caller.start(fields).status_code != 202
    except requests.ConnectionError:
        assert kind == "reset"
    assert caller.start(fields).status_code == 202


@pytest.mark.parametrize("kind", ["lost", "truncated", "cut", "unknownstate"])
def test_a_spoiled_answer_leaves_the_import_started(caller: Caller, kind: str) -> None:
    fields = caller.mock_session(owner_id())
    caller.fault("import", kind, times=1)
    try:
        assert caller.start(fields).status_code == 202
    except requests.RequestException:
        assert kind in {"lost", "cut"}
    assert refusal(caller.start(fields)) == (400, "DefaultImportAlreadyExecuted")


def test_a_reset_connection_gives_no_byte(caller: Caller) -> None:
    caller.fault("catalog", "reset", times=1)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        catalog(caller)


def test_a_cut_reply_promises_more_than_it_gives(caller: Caller) -> None:
    caller.fault("catalog", "cut", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        catalog(caller)


def test_a_slow_reply_outlasts_the_client_but_takes_effect(caller: Caller) -> None:
    fields = caller.mock_session(owner_id())
    caller.fault("import", "slow", times=1, seconds=300)
    with pytest.raises(requests.ReadTimeout):
        caller.call("POST", "/v1/command/default-import.xml", data=fields, timeout=0.5)
    assert refusal(caller.start(fields)) == (400, "DefaultImportAlreadyExecuted")


def test_a_trickled_reply_comes_byte_by_byte_and_whole_once_released(caller: Caller) -> None:
    caller.fault("catalog", "trickle", times=1, seconds=300)
    with catalog(caller, stream=True) as response:
        first = response.raw.read(1)
        caller.control("DELETE", "faults")
        rest = response.raw.read()
    assert first == b"<"
    assert len(first + rest) == int(response.headers["Content-Length"])
    assert rest.endswith(b"</reply>")


@pytest.mark.parametrize("kind", ["truncated", "empty"])
def test_a_reply_that_is_not_whole_comes_with_200(caller: Caller, kind: str) -> None:
    caller.fault("catalog", kind, times=1)
    response = catalog(caller)
    assert response.status_code == 200
    with pytest.raises(SyntaxError):
        root(response)


def test_an_html_reply_comes_with_200(caller: Caller) -> None:
    caller.fault("catalog", "html", times=1)
    response = catalog(caller)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html")


def test_a_wrong_root_is_whole_xml(caller: Caller) -> None:
    caller.fault("catalog", "wrongroot", times=1)
    response = catalog(caller)
    assert (response.status_code, root(response).tag) == (200, "answer")


def test_a_redirect_leads_elsewhere(caller: Caller) -> None:
    caller.fault("import", "redirect", times=1)
    response = caller.start(caller.mock_session(owner_id()))
    assert (response.status_code, response.headers["Location"]) == (302, "https://elsewhere.example/")


def test_an_unseen_state_of_a_command_has_no_result(caller: Caller) -> None:
    command_id = caller.imported(owner_id())
    caller.fault("command", "unknownstate", times=1)
    command = root(caller.command(command_id)).find("command")
    assert command is not None
    assert command.attrib["state"] == "waiting_for_review"
    assert [child.tag for child in command] == ["progress"]
    assert caller.command_state(command_id) == "successful"


def test_an_unseen_status_of_a_redirection_has_no_session(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "ok")
    caller.fault("status", "unknownstate", times=1)
    assert caller.status(begun).json() == {"status": "waiting_for_review", "params": {}}
    assert caller.status(begun).json()["status"] == "success"


def test_a_missing_target_is_the_bank_imported_last(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="PodLipamiApi")
    caller.imported(owner, target="KastanApi")
    caller.fault("data", "missing_target", times=1)
    assert [target.attrib["name"] for target in caller.targets(owner)] == ["PodLipamiApi"]
    assert [target.attrib["name"] for target in caller.targets(owner)] == ["PodLipamiApi", "KastanApi"]


@pytest.mark.parametrize(
    "asked",
    [
        {"route": "elsewhere", "kind": "http500"},
        {"route": "data", "kind": "explosion"},
        {"route": "data", "kind": "unknownstate"},
        {"route": "command", "kind": "missing_target"},
        {"route": "data", "kind": "http500", "times": 0},
        {"route": "data", "kind": "slow", "seconds": "long"},
        {},
    ],
)
def test_a_fault_that_does_not_exist_is_refused(caller: Caller, asked: dict[str, Any]) -> None:
    response = caller.call("POST", "/_control/faults", json=asked)
    assert refusal(response) == (400, "InvalidParameter")


@pytest.mark.parametrize("asked", [{}, {"advance": "a day"}, {"advance": True}, {"advance": 1e12}])
def test_the_clock_moves_by_seconds_only(caller: Caller, asked: dict[str, Any]) -> None:
    assert refusal(caller.call("POST", "/_control/clock", json=asked)) == (400, "InvalidParameter")


def test_the_clock_moves_and_is_reset(caller: Caller) -> None:
    before = caller.control("GET", "clock")["now"]
    ahead = caller.control("POST", "clock", advance=10 * 86_400)["now"]
    assert before < ahead
    assert caller.control("POST", "reset")["now"] < ahead


def test_the_state_counts_calls_by_route(caller: Caller) -> None:
    caller.imported(owner_id())
    catalog(caller)
    catalog(caller)
    assert caller.control("GET", "state")["calls"] == {"mock-session": 1, "import": 1, "catalog": 2}


def test_the_state_tells_redirections_sessions_and_commands(caller: Caller) -> None:
    owner = owner_id()
    begun = caller.begin(owner)
    caller.sign_in(begun, "ok")
    params = caller.status(begun).json()["params"]
    caller.start({"since": "2026-01-01"} | {name: params[name] for name in ("sessionId", "sessionIdSignature")})
    told = caller.control("GET", "state")
    assert told["redirections"][0]["id"] == begun["redirectionId"]
    assert told["sessions"][0]["id"] == told["redirections"][0]["session"] == params["sessionId"]
    assert told["commands"][0]["owner"] == owner


def test_the_state_never_tells_a_signature(caller: Caller) -> None:
    fields = caller.mock_session(owner_id())
    assert fields["sessionIdSignature"] not in caller.call("GET", "/_control/state").text


def test_a_reset_forgets_everything(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    caller.control("POST", "reset")
    assert refusal(caller.aggregate(owner)) == (404, "InvalidOwnerExternalId")
