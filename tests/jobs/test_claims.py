"""Claims: one worker a row, a lease that ends, and rows that lose their workers."""

import inspect
from collections.abc import Callable
from datetime import timedelta

import pytest
import responses
from django.db import OperationalError
from django.utils import timezone

from onboarding.jobs import aggregation, erasure, moves, sources
from onboarding.kontomatik.client import Client
from onboarding.models import Actor, Aggregation, Erasure, EventName, Failure, Onboarding, Source, SourceState
from onboarding.models.work import CLAIM_LEASE, Work
from tests import file_rows, rows, vendor_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def polled(onboarding: Onboarding) -> Source:
    """A source whose command is watched."""
    return rows.polling(onboarding)


def lose_worker(source: Source) -> None:
    """Let a worker claim a row and never come back, and let the lease end."""
    assert moves.hold(source.pk) is not None
    Source.objects.filter(pk=source.pk).update(claimed_until=rows.ago(seconds=1))


def test_a_row_that_one_worker_holds_is_not_given_to_another(polled: Source) -> None:
    assert moves.hold(polled.pk) is not None
    assert moves.hold(polled.pk) is None


def test_a_row_that_is_not_due_is_not_given_to_anybody(polled: Source) -> None:
    rows.change(polled, due_at=timezone.now() + CLAIM_LEASE)
    assert moves.hold(polled.pk) is None


def test_a_lease_is_longer_than_the_longest_call() -> None:
    longest = inspect.signature(Client).parameters["deadline"].default
    assert CLAIM_LEASE.total_seconds() > 2 * longest


def test_when_a_lease_ends_another_worker_takes_over(vendor: responses.RequestsMock, polled: Source) -> None:
    lose_worker(polled)
    vendor_says.successful(vendor)
    sources.advance(polled.pk)
    assert rows.again(polled).state == SourceState.IMPORTED


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(polled: Source) -> None:
    late = moves.hold(polled.pk)
    assert late is not None
    Source.objects.filter(pk=polled.pk).update(claimed_until=rows.ago(seconds=1))
    assert moves.hold(polled.pk) is not None
    with pytest.raises(moves.ClaimLost):
        moves.fail(late, Failure.TIMED_OUT)
    assert not moves.put_back(late, after=CLAIM_LEASE)
    with pytest.raises(moves.ClaimLost):
        moves.require(late.row())
    assert rows.again(polled).state == SourceState.IMPORTING
    assert rows.events(polled.onboarding) == []


def test_a_row_that_loses_its_worker_three_times_fails(vendor: responses.RequestsMock, polled: Source) -> None:
    for _ in range(3):
        lose_worker(polled)
    sources.advance(polled.pk)
    after = rows.again(polled)
    assert (after.state, after.failure, after.failure_code) == (
        SourceState.FAILED,
        Failure.SERVICE_FAULT,
        "WorkerLost",
    )
    assert after.slot is None
    assert EventName.STAFF_ALERT in rows.events(polled.onboarding)


def test_a_sent_file_that_loses_its_workers_may_have_arrived(onboarding: Onboarding) -> None:
    sent = file_rows.statement(onboarding, SourceState.IMPORTING, file__sent_at=timezone.now())
    for _ in range(3):
        lose_worker(sent)
    sources.advance(sent.pk)
    after = rows.again(sent)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, Failure.TIMED_OUT, "WorkerLost")
    assert EventName.STAFF_ALERT in rows.events(onboarding)


def test_a_row_that_lost_two_workers_goes_on_and_forgets_them(vendor: responses.RequestsMock, polled: Source) -> None:
    for _ in range(2):
        lose_worker(polled)
    vendor_says.running(vendor)
    sources.advance(polled.pk)
    after = rows.again(polled)
    assert (after.state, after.lost_claims) == (SourceState.IMPORTING, 0)


def test_a_summary_that_loses_its_worker_three_times_fails(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    row = rows.aggregation(onboarding)
    for _ in range(3):
        assert Aggregation.objects.claim(row.pk, now=timezone.now())
        Aggregation.objects.filter(pk=row.pk).update(claimed_until=rows.ago(seconds=1))
    aggregation.advance(row.pk)
    row.refresh_from_db()
    assert (row.state, row.failure_code) == (Aggregation.State.FAILED, "WorkerLost")


def test_a_message_for_work_that_is_gone_does_nothing(vendor: responses.RequestsMock) -> None:
    sources.advance(1)
    aggregation.advance(1)
    erasure.advance(1)
    assert not Erasure.objects.exists()


STEPS = {
    "sign-in status": lambda owner: rows.source(owner, bank__returned_at=timezone.now()),
    "start": lambda owner: rows.source(owner, SourceState.IMPORTING),
    "poll": rows.polling,
    "watch": rows.watching,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_message_comes_twice_is_taken_once(
    vendor: responses.RequestsMock, onboarding: Onboarding, step: str
) -> None:
    source = STEPS[step](onboarding)
    answers = {
        "sign-in status": lambda: vendor_says.signed_in(vendor, source),
        "start": lambda: vendor_says.started(vendor, onboarding),
        "poll": lambda: vendor_says.successful(vendor, vendor_says.IBAN),
        "watch": lambda: vendor_says.aggregate_of(
            vendor, onboarding, vendor_says.target_xml(vendor_says.account_xml())
        ),
    }
    asked = answers[step]()
    sources.advance(source.pk)
    once = vars(rows.again(source))
    sources.advance(source.pk)
    twice = vars(rows.again(source))
    assert asked.call_count == 1
    assert {**once, "_state": None} == {**twice, "_state": None}
    assert len(rows.events(onboarding)) == 1


LOST = OperationalError("server closed the connection unexpectedly")


def a_source(onboarding: Onboarding, vendor: responses.RequestsMock) -> tuple[Work, Callable[[int], object]]:
    vendor_says.command(vendor, body=LOST)
    return rows.polling(onboarding), sources.advance


def an_aggregation(onboarding: Onboarding, vendor: responses.RequestsMock) -> tuple[Work, Callable[[int], object]]:
    vendor_says.aggregate(vendor, onboarding, body=LOST)
    return rows.aggregation(onboarding), aggregation.advance


def an_erasure(onboarding: Onboarding, vendor: responses.RequestsMock) -> tuple[Work, Callable[[int], object]]:
    erasure.begin(onboarding.pk, actor=Actor.USER)
    vendor_says.deletion(vendor, onboarding, body=LOST)
    return Erasure.objects.get(onboarding=onboarding), erasure.advance


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("made", [a_source, an_aggregation, an_erasure])
def test_a_step_whose_database_fails_gives_its_row_back_and_blames_nobody(
    vendor: responses.RequestsMock,
    onboarding: Onboarding,
    made: Callable[[Onboarding, responses.RequestsMock], tuple[Work, Callable[[int], object]]],
) -> None:
    row, advance = made(onboarding, vendor)
    with pytest.raises(OperationalError):
        advance(row.pk)
    row.refresh_from_db()
    assert (row.claim, row.lost_claims) == ("", 0)
    assert row.due_at is not None
    assert timedelta(0) < row.due_at - timezone.now() <= timedelta(seconds=2)


def test_a_step_that_breaks_otherwise_keeps_its_claim(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    vendor_says.command(vendor, body=RuntimeError("not one of ours"))
    source = rows.polling(onboarding)
    with pytest.raises(RuntimeError):
        sources.advance(source.pk)
    assert rows.again(source).claim
