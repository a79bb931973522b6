"""Which error each refusal of the vendor is: every row and name of the contract's table, and every status."""

import pytest
import requests
import responses

from onboarding.kontomatik import errors
from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import (
    AlreadyStarted,
    Garbled,
    KontomatikError,
    Misconfigured,
    NoSuchCommand,
    NoSuchOwner,
    OutcomeUnknown,
    QuotaExceeded,
    SessionOver,
    StatementRefused,
    Unavailable,
    UploadRefused,
    UserActionNeeded,
    VendorFault,
)
from tests.kontomatik.calls import CALLS, ONCE, expect
from tests.kontomatik.documents import element, reply

NAMES: dict[str, type[KontomatikError]] = {
    "InvalidSessionId": SessionOver,
    "SessionExpired": SessionOver,
    "InvalidSessionIdSignature": Misconfigured,
    "NotSignedIn": Misconfigured,
    "InvalidSince": Misconfigured,
    "InvalidParameter": Misconfigured,
    "InvalidTarget": Misconfigured,
    "InvalidCommandId": Misconfigured,
    "InvalidIban": Misconfigured,
    "InvalidOwnerExternalId": Misconfigured,
    "CommandNotAvailable": Misconfigured,
    "DefaultImportAlreadyExecuted": AlreadyStarted,
    "JobsQuotaExceeded": QuotaExceeded,
    "ConcurrentSessionsLimitExceed": Unavailable,
    "ConcurrentSessionsLimitExceeded": Unavailable,
    "ServiceMaintenance": Unavailable,
    "ServiceTemporarilyUnavailable": Unavailable,
    "InvalidCredentials": UserActionNeeded,
    "AccessBlocked": UserActionNeeded,
    "AccessTemporarilyBlocked": UserActionNeeded,
    "ManualActionRequired": UserActionNeeded,
    "TargetCredentialsMismatch": UserActionNeeded,
    "UnsupportedLoginMethod": UserActionNeeded,
    "UnsupportedLanguage": UserActionNeeded,
    "InsufficientIdentificationLevel": UserActionNeeded,
    "InvalidMultipleAccessId": UserActionNeeded,
    "MultipleAccessLimitExceeded": UserActionNeeded,
    "ANameOfTomorrow": VendorFault,
}


def refused(client: Client, call: str) -> KontomatikError:
    with pytest.raises(KontomatikError) as raised:
        CALLS[call](client)
    return raised.value


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
@pytest.mark.parametrize("name", [name for name, kind in NAMES.items() if kind is not VendorFault])
def test_a_known_name_decides_whatever_the_status(
    name: str, status: int, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "start_import", status=status, body=reply(element("exception", name=name)))
    error = refused(client, "start_import")
    assert (type(error), error.code, error.status) == (NAMES[name], name, status)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["JobsQuotaExceeded", "InvalidSessionId", "ServiceMaintenance", "ANameOfTomorrow"])
def test_a_name_means_the_same_for_every_call(
    name: str, call: str, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, call, status=400, body=reply(element("exception", name=name)))
    expected = NAMES[name]
    if (call, expected) == ("upload_owner", VendorFault):
        # A 400 is about what was uploaded, whatever its name.
        expected = UploadRefused
    assert type(refused(client, call)) is expected


@pytest.mark.parametrize(
    "body",
    [
        {"exception": {"name": "JobsQuotaExceeded", "message": "wait"}},
        {"exception": "JobsQuotaExceeded"},
        {"name": "JobsQuotaExceeded"},
        {"code": "JobsQuotaExceeded", "message": "wait"},
    ],
)
def test_a_name_is_found_in_a_json_refusal(
    body: dict[str, object], client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "begin_signin", status=400, json=body)
    assert type(refused(client, "begin_signin")) is QuotaExceeded


@pytest.mark.parametrize("place", ["reply", "command"])
def test_a_name_is_found_in_the_reply_and_in_its_command(
    place: str, client: Client, vendor: responses.RequestsMock
) -> None:
    exception = element("exception", name="SessionExpired")
    body = reply(exception if place == "reply" else element("command", exception))
    expect(vendor, "command", status=404, body=body)
    assert type(refused(client, "command")) is SessionOver


@pytest.mark.parametrize("body", ["", "<html>No</html>", "{}", "[1]", "<reply/>", '{"code": ""}', "\ufeff<reply>"])
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Misconfigured, "Http400"),
        (401, Misconfigured, "Unauthorized"),
        (403, Misconfigured, "Http403"),
        (404, Misconfigured, "Http404"),
        (405, Misconfigured, "Http405"),
        (408, Unavailable, "Http408"),
        (413, Misconfigured, "Http413"),
        (425, Unavailable, "Http425"),
        (429, Unavailable, "Http429"),
        (500, Unavailable, "Http500"),
        (502, Unavailable, "Http502"),
        (503, Unavailable, "Http503"),
        (504, Unavailable, "Http504"),
        (599, Unavailable, "Http599"),
    ],
)
def test_without_a_name_the_status_decides(
    status: int, kind: type[KontomatikError], code: str, body: str, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "command", status=status, body=body)
    error = refused(client, "command")
    assert (type(error), error.code, error.status) == (kind, code, status)


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_name_of_a_5xx_is_unavailable(call: str, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, call, status=500, body=reply(element("exception", name="ANameOfTomorrow")))
    error = refused(client, call)
    assert (type(error), error.code) == (Unavailable, "ANameOfTomorrow")


@pytest.mark.parametrize("call", CALLS)
def test_a_401_is_ours_to_fix_whatever_its_body(call: str, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, call, status=401, body=b"\x00not xml at all")
    assert type(refused(client, call)) is Misconfigured


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ONCE])
def test_a_redirect_is_garbled(call: str, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, call, status=302, headers={"Location": "http://[not an address"})
    error = refused(client, call)
    assert (type(error), error.code) == (Garbled, "Redirected")


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ONCE])
@pytest.mark.parametrize(
    "fault",
    [requests.ConnectTimeout(), requests.ReadTimeout(), requests.ConnectionError(), requests.TooManyRedirects()],
)
def test_a_lost_connection_is_unavailable(
    fault: Exception, call: str, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, call, body=fault)
    assert type(refused(client, call)) is Unavailable


def test_nothing_under_an_owner_is_an_error_of_its_own(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "aggregate", status=404, body=reply(element("exception", name="InvalidOwnerExternalId")))
    assert type(refused(client, "aggregate")) is NoSuchOwner


def test_a_refused_form_of_an_owner_id_is_not_an_empty_owner(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "aggregate", status=400, body=reply(element("exception", name="InvalidOwnerExternalId")))
    assert type(refused(client, "aggregate")) is Misconfigured


def test_a_404_of_another_name_is_not_an_empty_owner(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "delete_owner", status=404, body=reply(element("exception", name="NoSuchPage")))
    assert type(refused(client, "delete_owner")) is VendorFault


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_deletion_that_was_taken_is_done(status: int, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "delete_owner", status=status)
    assert CALLS["delete_owner"](client) is None


def test_a_deletion_of_nothing_is_done(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "delete_owner", status=404, body=reply(element("exception", name="InvalidOwnerExternalId")))
    assert CALLS["delete_owner"](client) is None


def test_a_deletion_whose_2xx_reports_an_error_is_not_done(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "delete_owner", status=200, body=reply(element("exception", name="ServiceMaintenance")))
    assert type(refused(client, "delete_owner")) is Unavailable


def test_an_exception_in_a_2xx_of_a_command_is_that_error(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "command", body=reply(element("exception", name="InvalidCommandId")))
    assert type(refused(client, "command")) is NoSuchCommand


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": " 17 "}, 17),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "86400"}, 3600),
        ({"Retry-After": "99999999999999999999"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
        (
            {"Retry-After": "Tue, 23 May 2023 07:50:00 GMT", "Date": "Tue, 23 May 2023 07:49:15 GMT"},
            45,
        ),
        ({"Retry-After": "Tue, 23 May 2023 07:40:00 GMT", "Date": "Tue, 23 May 2023 07:49:15 GMT"}, 0),
        ({"Retry-After": "Tue, 23 May 2023 07:50:00 GMT"}, None),
        ({"Retry-After": "Tue, 23 May 2023 07:50:00 GMT", "Date": "Tue, 23 May 2023 07:49:15"}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_the_vendor_asks_for_is_kept(
    status: int, headers: dict[str, str], seconds: int | None, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "command", status=status, headers=headers)
    error = refused(client, "command")
    assert isinstance(error, Unavailable)
    assert error.retry_after == seconds


def test_every_error_of_the_family_comes_from_some_answer() -> None:
    family = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, KontomatikError)}
    shown = {*NAMES.values(), Garbled, NoSuchCommand, NoSuchOwner, OutcomeUnknown, StatementRefused, UploadRefused}
    # The one of them without an answer has tests of its own: nothing was asked.
    assert family - {KontomatikError, errors.LeftAlone} == shown
