"""Every recorded reply of the real service, through the client and the parser."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Misconfigured, SessionOver
from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import (
    Account,
    AggregateRecord,
    CommandState,
    CommandStatus,
    ImportedAccount,
    Owner,
    Person,
    StartedImport,
    Target,
    Transaction,
)
from tests.kontomatik.calls import CALLS, expect
from tests.kontomatik.documents import element, owner, reply

Recording = Callable[[str], bytes]
SUCCESS = "command.successful.200.xml"


def result_of(recorded: bytes) -> str:
    result = ElementTree.fromstring(recorded).find("command/result")  # noqa: S314 - a file of our own
    assert result is not None
    return "".join(ElementTree.tostring(child, encoding="unicode") for child in result)


def bank(recorded: bytes, name: str = "KontoBank") -> str:
    return element("target", result_of(recorded), name=name, officialName="KontoBank", institution="KontoBank")


def read(document: bytes) -> list[AggregateRecord]:
    return list(read_aggregate(io.BytesIO(document)))


def test_the_recorded_start_gives_the_command_and_whose_it_is(
    recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, "start_import", status=202, body=recording("default-import.202.xml"))
    assert CALLS["start_import"](client) == StartedImport(
        command_id="455026009", owner_external_id="kontomatik-27452a6f-3efc-4e17-b07e-6f0dc6225b27"
    )


def test_the_recorded_start_asked_for_again_is_still_running(
    recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, "command", body=recording("default-import.202.xml"))
    assert CALLS["command"](client) == CommandStatus(state=CommandState.RUNNING)


def test_the_recorded_success_gives_the_bank_and_its_account(
    recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, "command", body=recording(SUCCESS))
    assert CALLS["command"](client) == CommandStatus(
        state=CommandState.SUCCESSFUL,
        target="KontoBank",
        institution="KontoBank",
        accounts=(ImportedAccount(iban="PL69137013140000049678278112", name="Konto 0", currency="PLN"),),
    )


@pytest.mark.parametrize("call", ["start_import", "command", "aggregate"])
def test_the_recorded_end_of_a_session_ends_it(
    call: str, recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, call, status=404, body=recording("session-expired.404.xml"))
    with pytest.raises(SessionOver, match="InvalidSessionId"):
        CALLS[call](client)


@pytest.mark.parametrize("call", CALLS)
def test_the_recorded_refusal_of_a_key_is_ours_to_fix(
    call: str, recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, call, status=401, body=recording("unauthorized.401.xml"))
    with pytest.raises(Misconfigured, match=r"^Misconfigured: Unauthorized \(HTTP 401\)$"):
        CALLS[call](client)


def test_the_recorded_unavailable_command_is_ours_to_fix(
    recording: Recording, vendor: responses.RequestsMock, client: Client
) -> None:
    expect(vendor, "command", status=400, body=recording("command-not-available.400.xml"))
    with pytest.raises(Misconfigured, match="CommandNotAvailable"):
        CALLS["command"](client)


def test_the_recorded_result_as_an_aggregate_is_read_row_by_row(recording: Recording) -> None:
    recorded = recording(SUCCESS)
    records = read(reply(owner(bank(recorded))))
    rows = [record for record in records if isinstance(record, Transaction)]
    written = ElementTree.fromstring(recorded).iter("moneyTransaction")  # noqa: S314 - a file of our own
    assert [(row.booked_on, row.amount, row.balance, row.title, row.party, row.kind) for row in rows] == [
        (
            date.fromisoformat(one.findtext("bookedOn", "")),
            Decimal(one.findtext("currencyAmount", "")),
            Decimal(one.findtext("currencyBalance", "")),
            one.findtext("title"),
            one.findtext("party"),
            one.findtext("kind"),
        )
        for one in written
    ]
    assert len(rows) == 72


def test_the_recorded_result_keeps_its_persons_and_its_account(recording: Recording) -> None:
    records = read(reply(owner(bank(recording(SUCCESS)))))
    persons = [Person("Tadeusz Krajowy", "CO_OWNER"), Person("Maria Sochacka", "OWNER")]
    assert [record for record in records if isinstance(record, Person)] == persons * 2
    (account,) = (record for record in records if isinstance(record, Account))
    assert (account.name, account.balance, account.active_since) == ("Konto 0", Decimal("259402.51"), date(2022, 10, 8))


def test_the_recorded_amounts_lead_from_balance_to_balance(recording: Recording) -> None:
    rows = [record for record in read(reply(owner(bank(recording(SUCCESS))))) if isinstance(record, Transaction)]
    for newer, older in pairwise(rows):
        assert newer.balance is not None
        assert newer.balance - newer.amount == older.balance


def test_inner_blanks_of_a_recorded_title_are_kept(recording: Recording) -> None:
    records = read(reply(owner(bank(recording(SUCCESS)))))
    assert any(
        record.title == "BILETOMAT BILET ZTM    Warszaw" for record in records if isinstance(record, Transaction)
    )


def test_two_recorded_banks_under_one_owner_are_both_read(recording: Recording) -> None:
    recorded = recording(SUCCESS)
    records = read(reply(owner(bank(recorded, "KontoBank"), bank(recorded, "OtherBank"))))
    assert [record.name for record in records if isinstance(record, Target)] == ["KontoBank", "OtherBank"]
    assert sum(isinstance(record, Transaction) for record in records) == 144


def test_recorded_banks_under_two_owners_are_all_read(recording: Recording) -> None:
    recorded = recording(SUCCESS)
    records = read(reply(owner(bank(recorded)), owner(bank(recorded), origin="pdf")))
    assert [record.origin for record in records if isinstance(record, Owner)] == ["scraper", "pdf"]
    assert sum(isinstance(record, Transaction) for record in records) == 144
