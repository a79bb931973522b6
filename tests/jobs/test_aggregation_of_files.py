"""Files in the summary: waited for by their accounts, never by the bank that a person named."""

import pytest
import responses

from onboarding.jobs import aggregation
from onboarding.models import Aggregation, Onboarding, SourceState
from tests import file_rows, rows, vendor_says
from tests.vendor_says import account_xml, target_xml

pytestmark = pytest.mark.django_db

BANK = target_xml(account_xml(vendor_says.IBAN))
BOTH = target_xml(account_xml(vendor_says.IBAN), account_xml(vendor_says.OTHER_IBAN), name="Own")


def make(onboarding: Onboarding) -> Aggregation:
    """Let a worker make the summary once."""
    row = rows.aggregation(onboarding)
    aggregation.advance(row.pk)
    row.refresh_from_db()
    return row


def test_a_summary_waits_for_the_accounts_of_a_file(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.IMPORTED, account_count=1)
    file_rows.preview(source, number=vendor_says.OTHER_IBAN)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    assert make(onboarding).state == Aggregation.State.FETCHING


def test_a_summary_that_holds_the_accounts_of_a_file_is_shown(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = file_rows.upload(onboarding, SourceState.IMPORTED, account_count=1)
    file_rows.preview(source, number=vendor_says.OTHER_IBAN)
    vendor_says.aggregate_of(vendor, onboarding, BANK, BOTH)
    assert make(onboarding).state == Aggregation.State.READY
    assert rows.again(source).in_snapshot is not None


@pytest.mark.parametrize("account_count", [None, 1])
def test_a_statement_whose_accounts_are_not_known_holds_nothing_up(
    vendor: responses.RequestsMock, onboarding: Onboarding, account_count: int | None
) -> None:
    file_rows.statement(onboarding, SourceState.IMPORTED, account_count=account_count, file__target="Elsewhere")
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    assert make(onboarding).state == Aggregation.State.READY
