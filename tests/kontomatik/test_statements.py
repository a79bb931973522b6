"""Sending PDF statements in both forms: what is sent, and every answer that is no refusal of the file."""

from typing import Any

import pytest
import requests
import responses
from responses import matchers

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import KontomatikError, OutcomeUnknown, RefusedBecause, StatementRefused, Unavailable
from onboarding.kontomatik.records import ImportedAccount, StatementAnswer, StatementForm
from tests.kontomatik.calls import AS_FILE, AS_TEXT, BASE, HEADERS, METHODS, OWNER, send
from tests.kontomatik.documents import account, element, fields, reply
from tests.kontomatik.sent import multipart_matcher
from tests.kontomatik.statements import FORMS, IBAN, JSON_FORMS, answered, refused, statement

OWNER_PART = {"ownerExternalId": (None, None, OWNER.encode())}


def sent_as(vendor: responses.RequestsMock, form: StatementForm, parts: dict[str, Any], **answer: Any) -> None:
    """Expect exactly these parts and nothing else."""
    method, path = METHODS[FORMS[form]]
    accept = "application/xml" if form is StatementForm.XML else "application/json"
    headers = matchers.header_matcher({**HEADERS, "Accept": accept})
    vendor.add(method, BASE + path, match=[headers, multipart_matcher(parts)], **answer)


def test_the_xml_form_is_a_text_and_the_owner(client: Client, vendor: responses.RequestsMock) -> None:
    sent_as(vendor, StatementForm.XML, {**OWNER_PART, "pdfAsBase64": AS_TEXT}, body=statement(id="7"))
    send(client, StatementForm.XML)


@pytest.mark.parametrize("form", JSON_FORMS)
def test_the_json_forms_are_a_file_of_a_neutral_name_and_the_owner(
    form: StatementForm, client: Client, vendor: responses.RequestsMock
) -> None:
    sent_as(vendor, form, {**OWNER_PART, "pdf": AS_FILE}, json={"statementId": "7"})
    send(client, form)


def test_only_the_xml_form_asks_to_accept_figures_that_disagree(client: Client, vendor: responses.RequestsMock) -> None:
    accepts = {"acceptInconsistent": (None, None, b"true")}
    sent_as(vendor, StatementForm.XML, {**OWNER_PART, "pdfAsBase64": AS_TEXT, **accepts}, body=statement(id="7"))
    send(client, StatementForm.XML, accept_inconsistent=True)
    sent_as(vendor, StatementForm.JSON, {**OWNER_PART, "pdf": AS_FILE}, json={"statementId": "7"})
    send(client, StatementForm.JSON, accept_inconsistent=True)


@pytest.mark.parametrize(
    "body",
    [
        statement(id="7", isConsistent="true"),
        statement(fields(id="7", isConsistent="true")),
        statement(fields(isConsistent=" TRUE "), id="7"),
        statement(element("unknown", element("id", "8")), fields(isConsistent="1"), id="7", unknown="x"),
        statement(element("logo", "x" * 100_000), id="7", isConsistent="true"),
        b"\xef\xbb\xbf" + statement(id="7", isConsistent="true").partition(b"?>")[2],
    ],
)
def test_an_xml_answer_is_read_from_attributes_and_children(
    body: bytes, client: Client, vendor: responses.RequestsMock
) -> None:
    taken = answered(client, vendor, StatementForm.XML, body=body)
    assert taken == StatementAnswer(statement_id="7", is_consistent=True, owner_external_id=OWNER)


def test_an_xml_answer_without_id_and_verdict_is_taken_all_the_same(
    client: Client, vendor: responses.RequestsMock
) -> None:
    taken = answered(client, vendor, StatementForm.XML, body=reply(element("statement")))
    assert taken == StatementAnswer()


@pytest.mark.parametrize(
    "said",
    [
        element("bank", "Bank SA"),
        element("officialName", "Bank SA"),
        element("target", name="Bank", officialName="Bank SA"),
    ],
)
def test_an_xml_answers_bank_is_read_where_it_may_stand(
    said: str, client: Client, vendor: responses.RequestsMock
) -> None:
    assert answered(client, vendor, StatementForm.XML, body=statement(said, id="7")).bank == "Bank SA"


@pytest.mark.parametrize("within", [[], ["target"], ["result", "target"]])
def test_an_xml_answers_accounts_are_read(within: list[str], client: Client, vendor: responses.RequestsMock) -> None:
    inner = element("accounts", account(iban=f" {IBAN[:4]} {IBAN[4:]}", name="Current"), account(iban="", name=""))
    for tag in within:
        inner = element(tag, inner)
    taken = answered(client, vendor, StatementForm.XML, body=statement(inner, id="7"))
    assert taken.statement_id == "7"
    assert taken.accounts == (
        ImportedAccount(iban=IBAN, name="Current", currency="PLN"),
        ImportedAccount(iban=None, name=None, currency="PLN"),
    )


def test_checks_that_failed_in_an_xml_answer_are_kept(client: Client, vendor: responses.RequestsMock) -> None:
    failed = element(
        "failedVerifications",
        element("failedVerification", "FONTS"),
        element("failedVerification", name="LOGO"),
        element("failedVerification", "FONTS"),
    )
    taken = answered(client, vendor, StatementForm.XML, body=statement(failed, id="7", isConsistent="true"))
    assert taken.failed_verifications == ("FONTS", "LOGO")


@pytest.mark.parametrize("form", JSON_FORMS)
def test_a_json_answer_is_read(form: StatementForm, client: Client, vendor: responses.RequestsMock) -> None:
    body = {
        "statementId": 12345678901234567890,
        "bank": "Bank SA",
        "owners": [{"name": "somebody"}],
        "ownerExternalId": OWNER,
        "accounts": [{"iban": IBAN, "name": "Current", "currency": "PLN"}, {"currencyName": "EUR"}, "other", None],
        "failedVerifications": [],
        "unknown": {"statementId": "8"},
    }
    assert answered(client, vendor, form, json=body) == StatementAnswer(
        statement_id="12345678901234567890",
        bank="Bank SA",
        owner_external_id=OWNER,
        accounts=(
            ImportedAccount(iban=IBAN, name="Current", currency="PLN"),
            ImportedAccount(iban=None, name=None, currency="EUR"),
        ),
    )


@pytest.mark.parametrize("bank", [{"officialName": "Bank SA"}, {"name": "Bank SA", "officialName": " "}, "Bank SA"])
def test_a_json_answers_bank_is_a_text_or_an_object(
    bank: object, client: Client, vendor: responses.RequestsMock
) -> None:
    assert answered(client, vendor, StatementForm.JSON, json={"statementId": "7", "bank": bank}).bank == "Bank SA"


@pytest.mark.parametrize(
    "failed",
    [
        ["FONTS", "metadata.producer"],
        ["FONTS: Arial instead of Lato", "metadata.producer = 7"],
        [{"name": "FONTS", "message": "x"}, {"code": "metadata.producer"}],
        [{"type": "FONTS"}, "metadata.producer", "FONTS"],
    ],
)
def test_a_json_statement_with_an_id_is_taken_and_its_failed_checks_are_kept(
    failed: list[object], client: Client, vendor: responses.RequestsMock
) -> None:
    body = {"statementId": "7", "failedVerifications": failed}
    taken = answered(client, vendor, StatementForm.JSON, json=body)
    assert (taken.statement_id, taken.failed_verifications) == ("7", ("FONTS", "metadata.producer"))


@pytest.mark.parametrize("body", [{"accounts": []}, {"bank": "Bank SA"}])
def test_a_json_answer_without_an_id_that_holds_a_statement_is_taken(
    body: dict[str, object], client: Client, vendor: responses.RequestsMock
) -> None:
    assert answered(client, vendor, StatementForm.JSON, json=body).statement_id is None


def test_a_json_answer_with_failed_checks_and_no_id_is_a_refusal(
    client: Client, vendor: responses.RequestsMock
) -> None:
    body = {"bank": "Bank SA", "accounts": [], "failedVerifications": ["SIGNATURE"]}
    error = refused(client, vendor, StatementForm.JSON, json=body)
    assert isinstance(error, StatementRefused)
    assert (error.because, error.failed_verifications) == (RefusedBecause.TAMPERED, ("SIGNATURE",))


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (StatementForm.XML, statement(id="7", isConsistent="false")),
        (StatementForm.XML, statement(fields(isConsistent="false"), id="7")),
        (StatementForm.JSON, b'{"statementId": "7", "isConsistent": false}'),
    ],
)
def test_figures_that_disagree_are_a_refusal(
    form: StatementForm, body: bytes, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, form, body=body)
    assert isinstance(error, StatementRefused)
    assert (error.because, error.code) == (RefusedBecause.TAMPERED, "Inconsistent")


def test_figures_that_disagree_are_taken_when_that_was_asked(client: Client, vendor: responses.RequestsMock) -> None:
    vendor.add("POST", f"{BASE}/v1/statement.xml", body=statement(id="7", isConsistent="false"))
    assert send(client, StatementForm.XML, accept_inconsistent=True) == StatementAnswer(
        statement_id="7", is_consistent=False, owner_external_id=OWNER
    )


@pytest.mark.parametrize("form", StatementForm)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"[]",
        b"{}",
        b'{"statementId": ""}',
        b'{"statementId": "7"',
        b"<html><body>Sign in</body></html>",
        b"<!DOCTYPE html><html></html>",
        b"<answer><statement id='7'/></answer>",
        b"<reply><statement id='7'/>",
        reply(),
        b"<reply>" + b"<a>" * 100,
    ],
)
def test_an_answer_that_can_not_be_read_has_an_unknown_outcome(
    body: bytes, form: StatementForm, client: Client, vendor: responses.RequestsMock
) -> None:
    assert type(refused(client, vendor, form, body=body)) is OutcomeUnknown


@pytest.mark.parametrize("form", StatementForm)
def test_an_answer_without_end_has_an_unknown_outcome(form: StatementForm, vendor: responses.RequestsMock) -> None:
    client = Client(base_url=BASE, api_key=HEADERS["X-Api-Key"], max_statement_bytes=1000)
    body = (
        statement(element("x", "y" * 1000), id="7")
        if form is StatementForm.XML
        else b'{"statementId": "7"}'.ljust(1001)
    )
    error = refused(client, vendor, form, body=body)
    assert (type(error), error.code) == (OutcomeUnknown, "TooLong")


@pytest.mark.parametrize("form", StatementForm)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_statement_that_is_redirected_has_an_unknown_outcome(
    status: int, form: StatementForm, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, form, status=status, headers={"Location": "https://elsewhere.example/"})
    assert (type(error), error.code) == (OutcomeUnknown, "Redirected")


@pytest.mark.parametrize("form", StatementForm)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (requests.ConnectTimeout(), Unavailable),
        (requests.ReadTimeout(), OutcomeUnknown),
        (requests.ConnectionError(), OutcomeUnknown),
        (requests.exceptions.ContentDecodingError(), OutcomeUnknown),
    ],
)
def test_a_lost_answer_is_unknown_and_a_connection_never_made_is_not(
    fault: Exception, kind: type[KontomatikError], form: StatementForm, client: Client, vendor: responses.RequestsMock
) -> None:
    assert type(refused(client, vendor, form, body=fault)) is kind


def test_an_answers_representation_shows_no_account_and_no_id() -> None:
    taken = StatementAnswer(
        statement_id="planted-id",
        is_consistent=True,
        bank="planted-bank",
        owner_external_id=OWNER,
        accounts=(ImportedAccount(iban=IBAN, name="planted-name", currency="PLN"),),
    )
    assert "planted" not in f"{taken!r} {taken}"
    assert IBAN not in repr(taken)
