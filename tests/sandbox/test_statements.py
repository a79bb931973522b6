"""PDF statements: both forms of the interface, what is refused and how, the limit of 8, faults, aggregate, deletion."""

import base64
import datetime as dt
import xml.etree.ElementTree as ET
from typing import Any

import pytest
import requests

from sandbox import samples
from tests.sandbox.caller import Caller, owner_id, refusal, root

JSON_FORMS = ["/v1/pdf/statement", "/v1/pdf/statement-trusted"]


def pdf(name: str) -> bytes:
    sample = samples.find(name)
    assert sample is not None
    return sample.content(dt.datetime.now(dt.UTC).date())


def send_xml(caller: Caller, owner: str, content: bytes, **more: str) -> requests.Response:
    fields = {"pdfAsBase64": base64.b64encode(content).decode(), "ownerExternalId": owner} | more
    return caller.call("POST", "/v1/statement.xml", files={name: (None, text) for name, text in fields.items()})


def send_json(caller: Caller, owner: str, content: bytes, path: str = JSON_FORMS[0], **more: str) -> requests.Response:
    fields = {"ownerExternalId": owner} | more
    return caller.call("POST", path, data=fields, files={"pdf": ("statement.pdf", content, "application/pdf")})


def refused(response: requests.Response) -> tuple[int, str, list[str]]:
    told = response.json()
    assert told["message"]
    return response.status_code, told["code"], told["failedVerifications"]


def kept(caller: Caller, owner: str) -> list[dict[str, Any]]:
    owners = caller.control("GET", "state")["owners"]
    found: list[dict[str, Any]] = owners[owner]["statements"] if owner in owners else []
    return found


def statement_of(response: requests.Response) -> ET.Element:
    found = root(response).find("statement")
    assert found is not None
    return found


def test_a_good_statement_answers_its_id_and_that_it_is_consistent(caller: Caller) -> None:
    owner = owner_id()
    response = send_xml(caller, owner, pdf("statement.pdf"))
    statement = statement_of(response)
    assert (response.status_code, root(response).attrib["ownerExternalId"]) == (200, owner)
    assert statement.attrib["isConsistent"] == "true"
    assert [one["id"] for one in kept(caller, owner)] == [statement.attrib["id"]]
    assert len(statement.findall("accounts/account/moneyTransactions/moneyTransaction")) > 10


@pytest.mark.parametrize("path", JSON_FORMS)
def test_a_good_statement_in_the_json_form_answers_bank_owners_and_accounts(caller: Caller, path: str) -> None:
    owner = owner_id()
    response = send_json(caller, owner, pdf("statement.pdf"), path)
    told = response.json()
    assert response.status_code == 200
    assert told.keys() == {"statementId", "bank", "owners", "accounts", "failedVerifications"}
    assert (told["bank"], told["failedVerifications"]) == ("Zimorodek Bank", [])
    assert told["owners"] == [{"name": "Halina Wrzos", "kind": "OWNER"}]
    assert [one["id"] for one in kept(caller, owner)] == [told["statementId"]]


@pytest.mark.parametrize(
    ("name", "failed"),
    [("statement-altered.pdf", ["balances"]), ("statement-edited.pdf", ["fonts", "metadata"])],
)
class TestAStatementThatFailsChecks:
    def test_is_inconsistent_and_not_kept(self, caller: Caller, name: str, failed: list[str]) -> None:
        owner = owner_id()
        assert statement_of(send_xml(caller, owner, pdf(name))).attrib["isConsistent"] == "false"
        assert kept(caller, owner) == []

    def test_is_kept_where_inconsistent_ones_are_accepted(self, caller: Caller, name: str, failed: list[str]) -> None:
        owner = owner_id()
        response = send_xml(caller, owner, pdf(name), acceptInconsistent="true")
        assert statement_of(response).attrib["isConsistent"] == "false"
        assert [one["failedVerifications"] for one in kept(caller, owner)] == [failed]

    def test_is_refused_by_the_standard_mode(self, caller: Caller, name: str, failed: list[str]) -> None:
        owner = owner_id()
        assert refused(send_json(caller, owner, pdf(name))) == (400, "StatementVerificationFailed", failed)
        assert kept(caller, owner) == []

    def test_is_kept_by_the_trusted_mode(self, caller: Caller, name: str, failed: list[str]) -> None:
        owner = owner_id()
        response = send_json(caller, owner, pdf(name), JSON_FORMS[1])
        assert (response.status_code, response.json()["failedVerifications"]) == (200, failed)
        assert len(kept(caller, owner)) == 1


@pytest.mark.parametrize(
    ("name", "exception"),
    [
        ("letter.pdf", "UnsupportedStatement"),
        ("statement-smudged.pdf", "StatementParsingFailed"),
        ("statement-cut-off.pdf", "StatementParsingFailed"),
        ("picture.pdf", "StatementParsingFailed"),
        ("statement-password-demo.pdf", "InvalidStatementPassword"),
    ],
)
def test_a_document_that_can_not_be_read_is_refused_in_every_form(caller: Caller, name: str, exception: str) -> None:
    owner = owner_id()
    assert refusal(send_xml(caller, owner, pdf(name), acceptInconsistent="true")) == (400, exception)
    for path in JSON_FORMS:
        assert refused(send_json(caller, owner, pdf(name), path)) == (400, exception, [])
    assert kept(caller, owner) == []


def test_an_empty_file_is_refused(caller: Caller) -> None:
    assert refusal(send_xml(caller, owner_id(), b"")) == (400, "InvalidParameter")
    assert refused(send_json(caller, owner_id(), b""))[:2] == (400, "StatementParsingFailed")


def test_a_protected_statement_opens_with_its_password(caller: Caller) -> None:
    content = pdf("statement-password-demo.pdf")
    assert send_json(caller, owner_id(), content, password="demo").status_code == 200
    assert send_xml(caller, owner_id(), content, password="demo").status_code == 200
    assert refused(send_json(caller, owner_id(), content, password="wrong"))[1] == "InvalidStatementPassword"


@pytest.mark.parametrize("name", ["statement-no-changes.pdf", "statement-with-script.pdf", "statement-other-bank.pdf"])
def test_other_good_statements_are_taken(caller: Caller, name: str) -> None:
    assert send_json(caller, owner_id(), pdf(name)).status_code == 200


@pytest.mark.parametrize("field", ["pdfAsBase64", "ownerExternalId"])
def test_the_xml_form_without_one_of_its_fields_is_refused(caller: Caller, field: str) -> None:
    fields = {"pdfAsBase64": (None, "AAAA"), "ownerExternalId": (None, owner_id())}
    del fields[field]
    assert refusal(caller.call("POST", "/v1/statement.xml", files=fields)) == (400, "InvalidParameter")


@pytest.mark.parametrize("path", JSON_FORMS)
def test_the_json_form_without_one_of_its_fields_is_refused(caller: Caller, path: str) -> None:
    without_owner = caller.call("POST", path, files={"pdf": ("a.pdf", b"%PDF-")})
    without_file = caller.call("POST", path, files={"ownerExternalId": (None, owner_id())})
    assert refused(without_owner) == refused(without_file) == (400, "InvalidParameter", [])


def test_a_field_that_is_not_known_is_refused(caller: Caller) -> None:
    assert refusal(send_xml(caller, owner_id(), b"%PDF-", bank="Zimorodek")) == (400, "InvalidParameter")
    assert refused(send_json(caller, owner_id(), b"%PDF-", acceptInconsistent="true"))[1] == "InvalidParameter"


@pytest.mark.parametrize("changes", [{"pdfAsBase64": "not base64!"}, {"acceptInconsistent": "yes"}])
def test_the_xml_form_with_a_field_of_the_wrong_form_is_refused(caller: Caller, changes: dict[str, str]) -> None:
    assert refusal(send_xml(caller, owner_id(), b"%PDF-", **changes)) == (400, "InvalidParameter")


def test_a_statement_that_is_not_sent_as_multipart_is_refused(caller: Caller) -> None:
    form = {"pdfAsBase64": "AAAA", "ownerExternalId": owner_id()}
    assert refusal(caller.call("POST", "/v1/statement.xml", data=form)) == (400, "InvalidParameter")
    assert refused(caller.call("POST", JSON_FORMS[0], json=form))[1] == "InvalidParameter"


def test_an_owner_id_that_is_not_opaque_is_refused(caller: Caller) -> None:
    expected = (400, "InvalidOwnerExternalId")
    assert refusal(send_xml(caller, "person@example.org", pdf("statement.pdf"))) == expected
    assert refused(send_json(caller, "person@example.org", pdf("statement.pdf")))[:2] == expected


def test_a_statement_above_the_size_is_refused(caller: Caller) -> None:
    assert refused(send_json(caller, owner_id(), b"%PDF-" + bytes(21 * 1024 * 1024)))[:2] == (413, "RequestTooLarge")


def test_a_statement_holds_one_of_the_slots_while_it_is_read(caller: Caller) -> None:
    for _number in range(7):
        caller.started(owner_id(), "slow")
    assert send_xml(caller, owner_id(), pdf("statement.pdf")).status_code == 200
    told = caller.control("GET", "state")
    assert (told["mostInFlight"], told["inFlight"]) == (8, 7)


def test_a_statement_above_the_limit_of_commands_is_refused(caller: Caller) -> None:
    for _number in range(8):
        caller.started(owner_id(), "slow")
    owner = owner_id()
    assert refusal(send_xml(caller, owner, pdf("statement.pdf"))) == (400, "JobsQuotaExceeded")
    assert refused(send_json(caller, owner, pdf("statement.pdf"))) == (400, "JobsQuotaExceeded", [])
    assert kept(caller, owner) == []


def test_a_refused_statement_gives_its_slot_back(caller: Caller) -> None:
    send_xml(caller, owner_id(), pdf("letter.pdf"))
    assert caller.control("GET", "state")["inFlight"] == 0


def test_a_lost_answer_leaves_the_statement_kept(caller: Caller) -> None:
    owner = owner_id()
    caller.fault("statement", "lost", times=1)
    with pytest.raises(requests.ConnectionError):
        send_json(caller, owner, pdf("statement.pdf"))
    assert len(kept(caller, owner)) == 1


@pytest.mark.parametrize("kind", ["http500", "reset", "maintenance", "quota", "wrongkey"])
def test_a_refusing_fault_leaves_the_statement_unread(caller: Caller, kind: str) -> None:
    owner = owner_id()
    caller.fault("statement", kind, times=1)
    try:
        assert send_json(caller, owner, pdf("statement.pdf")).status_code != 200
    except requests.ConnectionError:
        assert kind == "reset"
    assert kept(caller, owner) == []


def test_a_named_fault_has_the_form_of_its_route(caller: Caller) -> None:
    caller.fault("statement", "maintenance", times=2)
    assert refusal(send_xml(caller, owner_id(), b"%PDF-")) == (503, "ServiceMaintenance")
    assert refused(send_json(caller, owner_id(), b"%PDF-")) == (503, "ServiceMaintenance", [])


def test_a_statement_comes_as_a_further_owner_element(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="PodLipamiApi")
    send_xml(caller, owner, pdf("statement.pdf"))
    send_json(caller, owner, pdf("statement-other-bank.pdf"))
    owners = root(caller.aggregate(owner)).findall("owner")
    assert [one.attrib["origin"] for one in owners] == ["scraper", "statement", "statement"]
    assert {one.attrib["externalId"] for one in owners} == {owner}
    targets = [one.find("target") for one in owners]
    names = [target.attrib["officialName"] for target in targets if target is not None]
    assert names == ["Bank Pod Lipami", "Zimorodek Bank", "Bank Spółdzielczy Pod Świerkiem"]


def test_a_statement_alone_is_an_aggregate_and_deletion_removes_it(caller: Caller) -> None:
    owner = owner_id()
    send_xml(caller, owner, pdf("statement.pdf"))
    assert [one.attrib["origin"] for one in root(caller.aggregate(owner)).findall("owner")] == ["statement"]
    caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})
    assert refusal(caller.aggregate(owner)) == (404, "InvalidOwnerExternalId")
    assert [one["erased"] for one in kept(caller, owner)] == [True]


def test_the_sample_statement_shows_payments_of_the_bank_import_in_other_words_a_day_later(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="ZimorodekApi")
    send_xml(caller, owner, pdf("statement.pdf"))
    imported, stated = (one.find("target/accounts/account") for one in root(caller.aggregate(owner)).findall("owner"))
    assert imported is not None
    assert stated is not None
    assert imported.findtext("iban") == stated.findtext("iban")
    theirs = [
        (row.findtext("bookedOn"), row.findtext("currencyAmount"), row.findtext("title"))
        for row in imported.iter("moneyTransaction")
    ]
    booked = {(day, amount) for day, amount, _title in theirs}
    for row in stated.iter("moneyTransaction"):
        day = dt.date.fromisoformat(row.findtext("bookedOn", "")) - dt.timedelta(days=1)
        assert (day.isoformat(), row.findtext("currencyAmount")) in booked
        assert row.findtext("title") not in {title for _day, _amount, title in theirs}


def test_the_catalog_of_statements_lists_polish_banks_alone(caller: Caller) -> None:
    def listed(country: str) -> list[dict[str, str]]:
        response = caller.call("GET", "/v1/parser-catalog.xml", params={"country": country})
        assert response.status_code == 200
        return [target.attrib for target in root(response).findall("targets/target")]

    assert {"name": "PodSwierkiemPdf", "officialName": "Bank Spółdzielczy Pod Świerkiem"} in listed("pl")
    assert all(target.keys() == {"name", "officialName"} for target in listed("pl"))
    assert listed("cz") == []
    caller.fault("statement-catalog", "http503", times=1)
    assert caller.call("GET", "/v1/parser-catalog.xml").status_code == 503


def test_the_catalog_tells_kinds_of_accounts_beta_and_psd2(caller: Caller) -> None:
    targets = root(caller.call("GET", "/v1/catalog.xml")).findall("targets/target")
    kinds = {one.text for target in targets for one in target.findall("supportedAccountTypes/accountType")}
    assert kinds == {"personal", "business", "savings", "credit"}
    assert {target.get("beta") for target in targets} == {None, "true"}
    assert {target.get("psd2") for target in targets} == {"true", "false"}
