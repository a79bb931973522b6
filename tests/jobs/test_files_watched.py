"""Files whose answer was lost: watched in the aggregate by what is theirs, and by nothing else."""

import pytest
import responses

from onboarding.models import Failure, Onboarding, Source, SourceState
from tests import file_rows, rows, vendor_says
from tests.jobs import deliveries
from tests.jobs.steps import advance, is_due_in
from tests.vendor_says import account_xml, target_xml

pytestmark = pytest.mark.django_db

IBAN, OTHER = vendor_says.IBAN, vendor_says.OTHER_IBAN
SENT = {"file__stored_as": None, "file__payload": None}
BANK = target_xml(account_xml(IBAN))
OWN = target_xml(account_xml(OTHER), name="Own data")


@pytest.fixture
def statement(onboarding: Onboarding) -> Source:
    """A statement of KontoBank whose answer was lost."""
    return file_rows.statement(onboarding, SourceState.IMPORTING, **SENT, file__sent_at=rows.ago(seconds=30))


@pytest.fixture
def upload(onboarding: Onboarding) -> Source:
    """Own data of one account whose answer was lost."""
    made = file_rows.upload(onboarding, SourceState.IMPORTING, **SENT, file__sent_at=rows.ago(seconds=30))
    file_rows.preview(made, number=OTHER)
    return made


def test_a_statement_appears_by_its_bank_under_another_origin(
    vendor: responses.RequestsMock, statement: Source
) -> None:
    deliveries.aggregate_of(vendor, statement.onboarding, ("statement", BANK))
    after = advance(statement)
    assert (after.state, after.account_count, after.imported_accounts.count()) == (SourceState.IMPORTED, 1, 1)


def test_a_bank_that_was_signed_in_to_is_no_statement(vendor: responses.RequestsMock, statement: Source) -> None:
    deliveries.aggregate_of(vendor, statement.onboarding, ("scraper", BANK))
    after = advance(statement)
    assert after.state == SourceState.IMPORTING
    assert is_due_in(after, 9, 10)


def test_a_statement_is_no_bank_that_was_signed_in_to(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    deliveries.aggregate_of(vendor, onboarding, ("statement", BANK))
    assert advance(rows.watching(onboarding)).state == SourceState.IMPORTING


def test_a_bank_is_found_beside_a_statement_of_it(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    file_rows.preview(file_rows.statement(onboarding, SourceState.IMPORTED), number=IBAN)
    deliveries.aggregate_of(vendor, onboarding, ("statement", BANK), ("scraper", BANK))
    assert advance(rows.watching(onboarding)).state == SourceState.IMPORTED


def test_where_no_origin_is_named_a_statement_is_found_too(vendor: responses.RequestsMock, statement: Source) -> None:
    deliveries.aggregate_of(vendor, statement.onboarding, ("", BANK))
    assert advance(statement).state == SourceState.IMPORTED


def test_a_statement_of_another_bank_is_not_this_one(vendor: responses.RequestsMock, statement: Source) -> None:
    deliveries.aggregate_of(vendor, statement.onboarding, ("statement", target_xml(account_xml(), name="Other")))
    assert advance(statement).state == SourceState.IMPORTING


def test_a_statement_that_another_source_brought_is_not_this_one(
    vendor: responses.RequestsMock, statement: Source
) -> None:
    file_rows.preview(file_rows.statement(statement.onboarding, SourceState.IMPORTED), number=IBAN)
    deliveries.aggregate_of(vendor, statement.onboarding, ("statement", BANK))
    assert advance(statement).state == SourceState.IMPORTING


def test_a_statement_without_accounts_speaks_for_one_of_its_bank(
    vendor: responses.RequestsMock, statement: Source
) -> None:
    file_rows.statement(statement.onboarding, SourceState.IMPORTED)
    deliveries.aggregate_of(vendor, statement.onboarding, ("statement", BANK))
    assert advance(statement).state == SourceState.IMPORTING


def test_the_second_statement_of_a_bank_is_found_when_it_is_listed_twice(
    vendor: responses.RequestsMock, statement: Source
) -> None:
    file_rows.preview(file_rows.statement(statement.onboarding, SourceState.IMPORTED), number=IBAN)
    deliveries.aggregate_of(vendor, statement.onboarding, ("statement", BANK + BANK))
    assert advance(statement).state == SourceState.IMPORTED


def test_own_data_of_the_same_account_is_no_statement(vendor: responses.RequestsMock, statement: Source) -> None:
    file_rows.preview(file_rows.upload(statement.onboarding, SourceState.IMPORTED), number=OTHER)
    same_name = target_xml(account_xml(OTHER))
    deliveries.aggregate_of(vendor, statement.onboarding, ("upload", same_name))
    assert advance(statement).state == SourceState.IMPORTING


def test_own_data_appears_by_its_accounts(vendor: responses.RequestsMock, upload: Source) -> None:
    deliveries.aggregate_of(vendor, upload.onboarding, ("scraper", BANK), ("upload", OWN))
    after = advance(upload)
    assert (after.state, after.account_count) == (SourceState.IMPORTED, 1)


def test_own_data_is_not_there_while_only_a_bank_has_its_account(
    vendor: responses.RequestsMock, upload: Source
) -> None:
    deliveries.aggregate_of(vendor, upload.onboarding, ("scraper", OWN))
    assert advance(upload).state == SourceState.IMPORTING


def test_own_data_is_not_there_while_one_of_its_accounts_is_missing(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = file_rows.upload(onboarding, SourceState.IMPORTING, **SENT, file__sent_at=rows.ago(seconds=30))
    for number in (OTHER, IBAN):
        file_rows.preview(source, number=number)
    deliveries.aggregate_of(vendor, onboarding, ("upload", OWN))
    assert advance(source).state == SourceState.IMPORTING


def test_own_data_of_an_account_that_an_earlier_file_brought_has_to_be_listed_once_more(
    vendor: responses.RequestsMock, upload: Source
) -> None:
    file_rows.preview(file_rows.upload(upload.onboarding, SourceState.IMPORTED), number=OTHER)
    once = deliveries.aggregate_of(vendor, upload.onboarding, ("upload", OWN))
    assert advance(upload).state == SourceState.IMPORTING
    vendor.remove(once)
    deliveries.aggregate_of(vendor, upload.onboarding, ("upload", OWN + OWN))
    assert advance(upload).state == SourceState.IMPORTED


def test_own_data_without_a_number_is_never_taken_for_found(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = file_rows.upload(onboarding, SourceState.IMPORTING, **SENT, file__sent_at=rows.ago(seconds=30))
    deliveries.aggregate_of(vendor, onboarding, ("upload", OWN))
    assert advance(source).state == SourceState.IMPORTING


@pytest.mark.parametrize("kind", ["statement", "upload"])
def test_watching_a_file_ends_at_the_deadline(
    vendor: responses.RequestsMock, request: pytest.FixtureRequest, kind: str
) -> None:
    source = request.getfixturevalue(kind)
    vendor_says.owner_unknown(vendor, source.onboarding)
    after = advance(rows.change(source, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure, after.slot) == (SourceState.FAILED, Failure.TIMED_OUT, None)
    assert not after.is_repeatable


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(503, "", "Http503"), (401, "<reply/>", "Unauthorized"), (200, "hello", "")],
    ids=["down", "a wrong key", "unreadable"],
)
def test_a_file_that_could_not_be_looked_for_is_not_said_to_be_refused(
    vendor: responses.RequestsMock, statement: Source, status: int, body: str, code: str
) -> None:
    vendor_says.aggregate(vendor, statement.onboarding, body=body, status=status)
    after = advance(rows.change(statement, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, Failure.TIMED_OUT, code)


def test_a_file_that_came_while_the_workers_paused_is_imported_after_its_deadline(
    vendor: responses.RequestsMock, upload: Source
) -> None:
    deliveries.aggregate_of(vendor, upload.onboarding, ("upload", OWN))
    assert advance(rows.change(upload, give_up_at=rows.ago(minutes=5))).state == SourceState.IMPORTED


def test_watching_goes_on_while_the_vendor_is_down(vendor: responses.RequestsMock, statement: Source) -> None:
    vendor_says.aggregate(vendor, statement.onboarding, body="", status=503)
    assert advance(statement).state == SourceState.IMPORTING
