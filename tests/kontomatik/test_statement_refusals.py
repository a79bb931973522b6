"""Why a statement's file is refused, and what is a refusal of something else."""

import json

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from onboarding.kontomatik import statements
from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import (
    KontomatikError,
    Misconfigured,
    QuotaExceeded,
    RefusedBecause,
    StatementRefused,
    Unavailable,
    VendorFault,
)
from onboarding.kontomatik.records import StatementForm
from tests.kontomatik.documents import element, reply, steady
from tests.kontomatik.statements import IBAN, JSON_FORMS, exception, refused

REASONS = {
    "InconsistentStatement": RefusedBecause.TAMPERED,
    "StatementVerificationFailed": RefusedBecause.TAMPERED,
    "TamperedPdf": RefusedBecause.TAMPERED,
    "FORGED_DOCUMENT": RefusedBecause.TAMPERED,
    "PdfModifiedAfterIssue": RefusedBecause.TAMPERED,
    "UnsupportedStatement": RefusedBecause.UNSUPPORTED,
    "StatementNotSupported": RefusedBecause.UNSUPPORTED,
    "LAYOUT_NOT_SUPPORTED": RefusedBecause.UNSUPPORTED,
    "UnknownLayout": RefusedBecause.UNSUPPORTED,
    "UnknownBank": RefusedBecause.UNSUPPORTED,
    "InvalidPassword": RefusedBecause.PROTECTED,
    "password-required": RefusedBecause.PROTECTED,
    "EncryptedPdf": RefusedBecause.PROTECTED,
    "PasswordVerificationFailed": RefusedBecause.PROTECTED,
    "VerificationUnsupported": RefusedBecause.UNSUPPORTED,
    "PdfParsingFailed": RefusedBecause.UNREADABLE,
    "UnparsableStatement": RefusedBecause.UNREADABLE,
    "UnreadablePdf": RefusedBecause.UNREADABLE,
    "InvalidPdf": RefusedBecause.UNREADABLE,
    "NotAPdf": RefusedBecause.UNREADABLE,
    "CORRUPTED_FILE": RefusedBecause.UNREADABLE,
}


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("form", JSON_FORMS)
@pytest.mark.parametrize("name", REASONS)
def test_a_json_refusals_name_says_why(
    name: str, form: StatementForm, status: int, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, form, status=status, json={"code": name, "message": "x", "failedVerifications": []})
    assert isinstance(error, StatementRefused)
    assert (error.because, error.failed_verifications, error.status) == (REASONS[name], (), status)
    assert error.code == name.replace("-", "_")


@pytest.mark.parametrize("status", [200, 400, 404, 422])
@pytest.mark.parametrize("name", [name for name in REASONS if "-" not in name])
def test_an_xml_refusals_name_says_why(name: str, status: int, client: Client, vendor: responses.RequestsMock) -> None:
    error = refused(client, vendor, StatementForm.XML, status=status, body=exception(name))
    assert isinstance(error, StatementRefused)
    assert (error.because, error.code, error.status) == (REASONS[name], name, status)


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (StatementForm.JSON, b'{"code": "UnsupportedStatement", "failedVerifications": ["FONTS", "LOGO"]}'),
        (StatementForm.JSON, b'{"failedVerifications": ["FONTS", {"name": "LOGO"}]}'),
        (StatementForm.JSON, b'{"exception": {"name": "X", "failedVerifications": ["FONTS", "LOGO"]}}'),
        (StatementForm.JSON, b'{"code": "InvalidParameter", "failedVerifications": ["FONTS", "LOGO"]}'),
        (
            StatementForm.XML,
            exception("X", "<failedVerifications><v>FONTS</v><v name='LOGO'>of the bank</v></failedVerifications>"),
        ),
        (StatementForm.XML, reply("<failedVerifications><v>FONTS</v><v>LOGO</v></failedVerifications>")),
    ],
)
def test_a_refusal_with_failed_checks_is_about_tampering(
    form: StatementForm, body: bytes, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, form, status=400, body=body)
    assert isinstance(error, StatementRefused)
    assert (error.because, error.failed_verifications) == (RefusedBecause.TAMPERED, ("FONTS", "LOGO"))


@pytest.mark.parametrize(
    "said",
    [
        "Maria Planted-Sochacka",
        IBAN,
        f"IBAN{IBAN}",
        "check123456",
        "a" * 65,
        "-dash",
        "",
        "<b>",
        {"message": "no name"},
        {"name": ""},
        12,
        None,
        ["FONTS"],
    ],
)
def test_a_check_that_is_no_plain_word_is_counted_but_not_repeated(
    said: object, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, StatementForm.JSON, status=400, json={"failedVerifications": [said]})
    assert isinstance(error, StatementRefused)
    assert error.failed_verifications == ("Unnamed",)


def test_at_most_fifty_failed_checks_are_kept(client: Client, vendor: responses.RequestsMock) -> None:
    failed = [f"CHECK_{number // 26 % 26 + 10}{chr(97 + number % 26)}" for number in range(300)]
    error = refused(client, vendor, StatementForm.JSON, status=400, json={"failedVerifications": failed})
    assert isinstance(error, StatementRefused)
    assert error.failed_verifications == tuple(failed[:50])


@pytest.mark.parametrize("form", StatementForm)
@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (401, "PdfParsingFailed", Misconfigured),
        (400, "InvalidParameter", Misconfigured),
        (404, "InvalidOwnerExternalId", Misconfigured),
        (400, "JobsQuotaExceeded", QuotaExceeded),
        (429, "JobsQuotaExceeded", QuotaExceeded),
        (429, "PdfParsingFailed", Unavailable),
        (503, "ServiceMaintenance", Unavailable),
        (500, "PdfParsingFailed", Unavailable),
        (500, "InconsistentStatement", Unavailable),
        (400, "ANameOfTomorrow", VendorFault),
        (413, None, Misconfigured),
        (400, None, Misconfigured),
        (502, None, Unavailable),
    ],
)
def test_what_is_not_about_the_file_is_no_refusal_of_it(
    status: int,
    name: str | None,
    kind: type[KontomatikError],
    form: StatementForm,
    client: Client,
    vendor: responses.RequestsMock,
) -> None:
    json = f'{{"code": "{name}", "failedVerifications": []}}'.encode()
    body = b"<html/>" if name is None else exception(name) if form is StatementForm.XML else json
    assert type(refused(client, vendor, form, status=status, body=body)) is kind


@pytest.mark.parametrize("form", StatementForm)
@pytest.mark.parametrize("status", [401, 500, 503])
def test_failed_checks_in_a_fault_of_the_service_accuse_nobody(
    status: int, form: StatementForm, client: Client, vendor: responses.RequestsMock
) -> None:
    error = refused(client, vendor, form, status=status, json={"failedVerifications": ["FONTS"]})
    assert not isinstance(error, StatementRefused)


@pytest.mark.parametrize("name", ["JobsQuotaExceeded", "ServiceMaintenance", "ANameOfTomorrow"])
def test_a_name_in_a_2xx_means_what_it_means_elsewhere(
    name: str, client: Client, vendor: responses.RequestsMock
) -> None:
    kinds = {"JobsQuotaExceeded": QuotaExceeded, "ServiceMaintenance": Unavailable, "ANameOfTomorrow": VendorFault}
    assert type(refused(client, vendor, StatementForm.XML, body=exception(name))) is kinds[name]
    assert type(refused(client, vendor, StatementForm.JSON, json={"code": name})) is kinds[name]


WORDS = st.sampled_from(
    ["statementId", "bank", "accounts", "failedVerifications", "code", "exception", "name", "iban", "isConsistent"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
OBJECTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4))
TAGS = st.sampled_from(
    ["reply", "statement", "exception", "accounts", "account", "failedVerifications", "id", "target"]
)
TREES = st.recursive(
    st.sampled_from(["", "7", "true", "false", "FONTS", IBAN]),
    lambda inner: st.builds(
        lambda tag, parts: element(tag, *parts, name="a", id="7"), TAGS, st.lists(inner, max_size=3)
    ),
)


@steady
@given(
    body=st.builds(lambda read: json.dumps(read).encode(), OBJECTS) | st.binary(max_size=60),
    status=st.integers(200, 599),
)
def test_any_json_is_read_or_refused(body: bytes, status: int) -> None:
    read_either(body, StatementForm.JSON, status)


@steady
@given(body=st.builds(reply, TREES) | st.builds(lambda tree: tree.encode(), TREES), status=st.integers(200, 599))
def test_any_xml_is_read_or_refused(body: bytes, status: int) -> None:
    read_either(body, StatementForm.XML, status)


def read_either(body: bytes, form: StatementForm, status: int) -> None:
    """Read a reply as a refusal and as an answer; both must end in what they promise, and tell nothing of it."""
    special = statements.refusal(status, body)
    assert special is None or isinstance(special, StatementRefused)
    told = repr(special and vars(special))
    try:
        answer = statements.read_answer([body], max_bytes=10_000, form=form, status=status, accept_inconsistent=False)
        told += repr(answer)
    except KontomatikError as error:
        told += repr(vars(error))
    assert IBAN not in told
