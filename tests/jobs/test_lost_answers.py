"""A start that went unanswered: the aggregate says whether the bank came."""

import pytest
import responses

from onboarding.models import EventName, Failure, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance, is_due_in, is_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(onboarding: Onboarding) -> Source:
    """A source whose start was not answered."""
    return rows.watching(onboarding)


def test_a_bank_that_appears_in_the_aggregate_is_imported(vendor: responses.RequestsMock, watched: Source) -> None:
    bank = vendor_says.target_xml(vendor_says.account_xml(), vendor_says.account_xml(vendor_says.OTHER_IBAN))
    vendor_says.aggregate_of(vendor, watched.onboarding, bank)
    after = advance(watched)
    assert (after.state, after.account_count) == (SourceState.IMPORTED, 2)
    assert after.imported_accounts.count() == 2
    assert is_over(after)
    assert rows.events(watched.onboarding) == [EventName.IMPORTED]


@pytest.mark.parametrize(
    "answer",
    [
        {"body": vendor_says.refusal("InvalidOwnerExternalId"), "status": 404},
        {"body": "", "status": 503},
        {"body": "<html>", "status": 200},
        {"body": vendor_says.NO_ANSWER},
        {"body": vendor_says.refusal("InvalidParameter"), "status": 400},
    ],
    ids=["nothing yet", "down", "nonsense", "no answer", "refused"],
)
def test_whatever_the_aggregate_says_the_source_watches_on(
    vendor: responses.RequestsMock, watched: Source, answer: dict[str, object]
) -> None:
    vendor_says.aggregate(vendor, watched.onboarding, **answer)
    after = advance(watched)
    assert (after.state, after.slot) == (SourceState.IMPORTING, watched.slot)
    assert is_due_in(after, 9, 10)


def test_another_bank_in_the_aggregate_is_not_this_one(vendor: responses.RequestsMock, watched: Source) -> None:
    vendor_says.aggregate_of(vendor, watched.onboarding, vendor_says.target_xml(name="OtherBank"))
    assert advance(watched).state == SourceState.IMPORTING


def test_a_bank_that_an_earlier_source_brought_is_not_this_one(vendor: responses.RequestsMock, watched: Source) -> None:
    rows.source(watched.onboarding, SourceState.IMPORTED, account_count=1)
    vendor_says.aggregate_of(vendor, watched.onboarding, vendor_says.target_xml(vendor_says.account_xml()))
    assert advance(watched).state == SourceState.IMPORTING


def test_the_second_element_of_the_same_bank_is_this_one(vendor: responses.RequestsMock, watched: Source) -> None:
    rows.source(watched.onboarding, SourceState.IMPORTED, account_count=1)
    bank = vendor_says.target_xml(vendor_says.account_xml())
    vendor_says.aggregate_of(vendor, watched.onboarding, bank, bank)
    assert advance(watched).state == SourceState.IMPORTED


def test_the_aggregate_of_another_owner_proves_nothing(vendor: responses.RequestsMock, watched: Source) -> None:
    body = vendor_says.aggregate_xml("somebody-else", vendor_says.target_xml(vendor_says.account_xml()))
    vendor_says.aggregate(vendor, watched.onboarding, body=body)
    assert advance(watched).state == SourceState.IMPORTING


def test_watching_ends_at_the_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    vendor_says.owner_unknown(vendor, onboarding)
    after = advance(rows.watching(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.TIMED_OUT)
    assert is_over(after)


def test_a_worker_lost_right_after_asking_finds_the_import_started_and_watches(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, bank__start_asked_at=rows.ago(seconds=80))
    vendor_says.start(vendor, body=vendor_says.refusal("DefaultImportAlreadyExecuted"), status=400)
    after = advance(source)
    assert (after.state, after.bank.signature) == (SourceState.IMPORTING, "")


def test_a_bank_that_came_while_the_workers_paused_is_imported_after_its_deadline(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.aggregate_of(vendor, onboarding, vendor_says.target_xml(vendor_says.account_xml()))
    after = advance(rows.watching(onboarding, give_up_at=rows.ago(minutes=20)))
    assert after.state == SourceState.IMPORTED


def test_watching_that_ends_while_the_vendor_is_down_says_so(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.aggregate(vendor, onboarding, body="", status=503)
    after = advance(rows.watching(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.BANK_UNAVAILABLE)
    assert is_over(after)


def test_a_start_that_was_perhaps_asked_for_is_looked_for_and_not_repeated_after_the_deadline(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    lost = rows.ago(minutes=16)
    source = rows.source(onboarding, SourceState.IMPORTING, bank__start_asked_at=lost, give_up_at=rows.ago(minutes=1))
    vendor_says.aggregate_of(vendor, onboarding, vendor_says.target_xml(vendor_says.account_xml()))
    assert is_over(advance(source))
    assert rows.again(source).state == SourceState.IMPORTED
