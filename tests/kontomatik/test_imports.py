"""Starting an import and asking how it goes."""

import pytest
import requests
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled, NoSuchCommand, OutcomeUnknown, Unavailable, VendorFault
from onboarding.kontomatik.records import CommandState, CommandStatus, ImportedAccount, StartedImport
from tests.kontomatik.calls import BASE, CALLS, expect
from tests.kontomatik.documents import element, fields, reply


def command(state: str, *inner: str, **attributes: str) -> bytes:
    return reply(element("command", *inner, id="7", state=state, **attributes))


def status_of(client: Client, vendor: responses.RequestsMock, body: bytes) -> CommandStatus:
    expect(vendor, "command", body=body)
    status = CALLS["command"](client)
    assert isinstance(status, CommandStatus)
    return status


def test_a_start_without_the_owner_says_none(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "start_import", status=202, body=command("in_progress"))
    assert CALLS["start_import"](client) == StartedImport(command_id="7", owner_external_id=None)


def test_a_foreign_owner_is_handed_to_the_caller(client: Client, vendor: responses.RequestsMock) -> None:
    body = reply(element("command", id="7", state="setup"), ownerExternalId="somebody-else")
    expect(vendor, "start_import", status=202, body=body)
    assert CALLS["start_import"](client) == StartedImport(command_id="7", owner_external_id="somebody-else")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html><body>Sign in</body></html>",
        b"<!DOCTYPE html><html></html>",
        b"<answer><command id='7' state='setup'/></answer>",
        b"<reply><command id='7' state='setup'>",
        reply(),
        reply(element("command", state="setup")),
        reply(element("command", id=" ", state="setup")),
        b"<reply>" + b" " * 1_100_000 + b"<command id='7'/></reply>",
    ],
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_start_whose_answer_can_not_be_read_has_an_unknown_outcome(
    status: int, body: bytes, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "start_import", status=status, body=body)
    with pytest.raises(OutcomeUnknown):
        CALLS["start_import"](client)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_start_that_is_redirected_has_an_unknown_outcome(
    status: int, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "start_import", status=status, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(OutcomeUnknown, match="Redirected"):
        CALLS["start_import"](client)


@pytest.mark.parametrize(
    "fault", [requests.ReadTimeout(), requests.ConnectionError(), requests.ConnectionError(ConnectionResetError())]
)
def test_a_start_that_may_have_arrived_has_an_unknown_outcome(
    fault: Exception, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "start_import", body=fault)
    with pytest.raises(OutcomeUnknown):
        CALLS["start_import"](client)


def test_a_start_that_never_left_is_only_unavailable(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "start_import", body=requests.ConnectTimeout())
    with pytest.raises(Unavailable, match="NoConnection"):
        CALLS["start_import"](client)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_start_answered_with_a_5xx_may_be_repeated(
    status: int, client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "start_import", status=status, body=b"<html>Bad gateway</html>")
    with pytest.raises(Unavailable, match=f"Http{status}"):
        CALLS["start_import"](client)


def test_an_exception_in_a_2xx_of_a_start_is_that_error(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "start_import", body=reply(element("exception", name="SomethingNew")))
    with pytest.raises(VendorFault, match="SomethingNew"):
        CALLS["start_import"](client)


@pytest.mark.parametrize("state", ["setup", "in_progress", "", "a_state_of_tomorrow", "SUCCESSFUL"])
def test_a_state_that_is_not_known_as_final_is_running(
    state: str, client: Client, vendor: responses.RequestsMock
) -> None:
    assert status_of(client, vendor, command(state)) == CommandStatus(state=CommandState.RUNNING)


def test_a_command_without_a_state_is_running(client: Client, vendor: responses.RequestsMock) -> None:
    assert status_of(client, vendor, reply(element("command", id="7"))).state is CommandState.RUNNING


@pytest.mark.parametrize("state", ["error", "fatal"])
def test_a_failed_command_says_its_exception(state: str, client: Client, vendor: responses.RequestsMock) -> None:
    exception = element("exception", element("message", "Dear Maria"), name="AccessBlocked")
    status = status_of(client, vendor, command(state, exception, target="KontoBank", institution="KB"))
    assert status == CommandStatus(
        state=CommandState.FAILED, target="KontoBank", institution="KB", failure="AccessBlocked"
    )


@pytest.mark.parametrize("inner", ["", "<exception/>", "<exception name=''/>", "<exception name='Dear Maria'/>"])
def test_a_failed_command_without_a_name_says_so(inner: str, client: Client, vendor: responses.RequestsMock) -> None:
    assert status_of(client, vendor, command("fatal", inner)).failure == "Unnamed"


def test_a_successful_import_may_hold_no_account(client: Client, vendor: responses.RequestsMock) -> None:
    status = status_of(client, vendor, command("successful", element("result", "<accounts/>")))
    assert (status.state, status.accounts) == (CommandState.SUCCESSFUL, ())


def test_a_result_names_its_accounts_cards_and_deposits(client: Client, vendor: responses.RequestsMock) -> None:
    rows = element("moneyTransactions", element("moneyTransaction", fields(currencyAmount="not read", name="Shop")))
    owners = element("owners", element("owner", fields(name="Maria Sochacka")))
    accounts = [
        element("account", fields(name="Konto", iban="pl61 1090"), rows, owners, fields(currencyName="PLN")),
        element("account", fields(friendlyName="Mine", unknown="x")),
    ]
    result = element(
        "result",
        owners,
        element("accounts", *accounts),
        element("creditCards", element("creditCard", fields(name="Card", currencyName="EUR"))),
        element("deposits", element("deposit")),
    )
    assert status_of(client, vendor, command("successful", result)).accounts == (
        ImportedAccount(iban="PL611090", name="Konto", currency="PLN"),
        ImportedAccount(iban=None, name="Mine", currency=None),
        ImportedAccount(iban=None, name="Card", currency="EUR"),
        ImportedAccount(iban=None, name=None, currency=None),
    )


def test_a_large_result_is_read_to_its_end(client: Client, vendor: responses.RequestsMock) -> None:
    row = element("moneyTransaction", fields(currencyAmount="-1.00", title="Coffee"))
    held = element("account", element("moneyTransactions", row * 20_000), fields(iban="PL1", currencyName="PLN"))
    status = status_of(client, vendor, command("successful", element("result", element("accounts", held))))
    assert status.accounts == (ImportedAccount(iban="PL1", name=None, currency="PLN"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html></html>",
        b"<!DOCTYPE reply [<!ENTITY a 'b'>]><reply><command id='7' state='successful'/></reply>",
        b"<command id='7' state='successful'/>",
        b"<reply><command id='7' state='successful'>",
        b"<reply/>",
        b"<reply>" + b"<a>" * 40 + b"</a>" * 40 + b"</reply>",
        b"<reply a='" + b"x" * 1_200_000 + b"'/>",
        command("successful", element("result", element("accounts", element("account", fields(name="x" * 9000))))),
        command("successful", element("result", element("accounts", "<account/>" * 10_001))),
    ],
)
def test_a_command_that_can_not_be_read_is_garbled(body: bytes, client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "command", body=body)
    with pytest.raises(Garbled):
        CALLS["command"](client)


def test_a_command_that_the_vendor_no_longer_knows_is_an_error_of_its_own(
    client: Client, vendor: responses.RequestsMock
) -> None:
    expect(vendor, "command", status=404, body=reply(element("exception", name="InvalidCommandId")))
    with pytest.raises(NoSuchCommand):
        CALLS["command"](client)


@pytest.mark.parametrize(
    ("command_id", "path"),
    [
        ("../../data", "..%2F..%2Fdata.xml"),
        ("..", "...xml"),
        ("7?ownerExternalId=x", "7%3FownerExternalId%3Dx.xml"),
        ("7#", "7%23.xml"),
        ("007", "007.xml"),
        ("a b\r\nX: y", "a%20b%0D%0AX%3A%20y.xml"),
        ("%2e%2e%2f", "%252e%252e%252f.xml"),
        ("{x}", "%7Bx%7D.xml"),
    ],
)
def test_a_commands_id_can_not_change_the_address(
    command_id: str, path: str, client: Client, vendor: responses.RequestsMock
) -> None:
    vendor.get(f"{BASE}/v1/command/{path}", body=command("setup"))
    client.command(command_id=command_id)
    assert vendor.calls[0].request.url == f"{BASE}/v1/command/{path}"
