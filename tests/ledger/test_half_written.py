"""While a new summary is written, and when the writing breaks off, the old one is shown whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import responses
from django.db import connection

from onboarding.jobs import aggregation
from onboarding.ledger import ROWS_A_COMMIT
from onboarding.models import Aggregation, Onboarding, Transaction
from onboarding.summary import document, exports
from tests import rows, vendor_says

pytestmark = pytest.mark.django_db

Shown = tuple[dict[str, Any] | None, bytes]
Looks = list[tuple[int, Shown]]
OLD_ROWS = 3


def shown(onboarding: Onboarding) -> Shown:
    """Return all that the person is shown: the figures and every row."""
    figures = document.build(onboarding)
    return figures, b"".join(exports.csv_chunks(onboarding)) if figures else b""


def make(onboarding: Onboarding) -> Aggregation:
    """Let a worker make the summary anew."""
    onboarding.refresh_from_db()
    row = rows.aggregation(onboarding)
    aggregation.advance(row.pk)
    row.refresh_from_db()
    return row


def reply(onboarding: Onboarding, rows_count: int, *, amount: str) -> str:
    bank = vendor_says.target_xml(vendor_says.account_xml(rows_count=rows_count, amount=amount))
    return vendor_says.aggregate_xml(onboarding.owner_external_id, bank)


@contextmanager
def looking(onboarding: Onboarding) -> Iterator[Looks]:
    """Look before each statement of the worker: how many rows are stored, and what the person is shown.

    It looks from inside of the worker's transactions, so it sees even what is not committed yet.
    """
    looks: Looks = []
    looking_now = False

    def look(execute: Callable[..., Any], *statement: Any) -> Any:
        nonlocal looking_now
        if not looking_now:
            looking_now = True
            looks.append((Transaction.objects.count(), shown(onboarding)))
            looking_now = False
        return execute(*statement)

    with connection.execute_wrapper(look):
        yield looks


@pytest.fixture
def batches() -> int:
    """A number of rows that takes three commits."""
    return 2 * ROWS_A_COMMIT[connection.vendor] + 1


@pytest.fixture
def before(vendor: responses.RequestsMock, onboarding: Onboarding) -> Shown:
    """The earlier summary as it is shown."""
    vendor_says.aggregate(vendor, onboarding, body=reply(onboarding, OLD_ROWS, amount="5.00"))
    assert make(onboarding).state == Aggregation.State.READY
    return shown(onboarding)


def test_the_new_summary_appears_only_when_it_is_whole(
    vendor: responses.RequestsMock, onboarding: Onboarding, before: Shown, batches: int
) -> None:
    vendor_says.aggregate(vendor, onboarding, body=reply(onboarding, batches, amount="-7.00"))
    with looking(onboarding) as looks:
        assert make(onboarding).state == Aggregation.State.READY
    after = shown(onboarding)
    seen = [look for _stored, look in looks]
    flip = seen.index(after)

    assert after != before
    assert [look for look in seen[:flip] if look != before] == []
    assert [look for look in seen[flip:] if look != after] == []
    half_written = {stored - OLD_ROWS for stored, _look in looks[:flip]} - {0, batches}
    assert len(half_written) == 2


def test_a_reply_that_breaks_in_the_middle_leaves_the_old_summary_whole(
    vendor: responses.RequestsMock, onboarding: Onboarding, before: Shown, batches: int
) -> None:
    whole = reply(onboarding, batches + 1, amount="-7.00")
    vendor_says.aggregate(vendor, onboarding, body=whole[: whole.rindex("<moneyTransaction>") + 40])
    with looking(onboarding) as looks:
        assert make(onboarding).unreadable_replies == 1

    assert max(stored for stored, _look in looks) > OLD_ROWS
    assert [look for _stored, look in looks if look != before] == []
    assert shown(onboarding) == before
    assert Transaction.objects.count() == OLD_ROWS
