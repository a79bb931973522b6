"""The line for imports: first come first served, never more than the limit, every end gives a slot back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import responses
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from onboarding.jobs import line, moves, sources
from onboarding.models import Failure, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db


def waiting(**columns: object) -> Source:
    """A source in the line, of a person of its own."""
    return rows.source(rows.onboarding(), SourceState.QUEUED, **columns)


def test_whoever_waited_longest_goes_first_up_to_the_limit(settings: Settings) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 2
    late, first, second = (waiting(queued_at=rows.ago(seconds=age)) for age in (1, 3, 2))
    assert line.promote() == [first.pk, second.pk]
    assert rows.again(late).state == SourceState.QUEUED
    assert {rows.again(first).slot, rows.again(second).slot} == {1, 2}


def test_a_source_that_gets_its_slot_may_be_imported_for_fifteen_minutes() -> None:
    source = waiting(attempts=3)
    line.promote()
    after = rows.again(source)
    assert after.give_up_at is not None
    assert after.give_up_at - after.state_since == timedelta(minutes=15)
    assert after.due_at == after.state_since


def test_no_slot_is_given_while_all_are_taken(settings: Settings) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 3
    for _ in range(3):
        rows.polling(rows.onboarding())
    waiting()
    assert line.promote() == []


def test_a_lowered_limit_holds_at_once(settings: Settings) -> None:
    for slot in (5, 6, 7, 8):
        rows.polling(rows.onboarding(), slot=slot)
    settings.KONTOMATIK_MAX_COMMANDS = 4
    waiting()
    assert line.promote() == []


def test_the_database_gives_no_slot_twice() -> None:
    rows.polling(rows.onboarding(), slot=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.polling(rows.onboarding(), slot=1)


def test_the_database_gives_no_slot_to_a_source_that_does_not_import() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting(slot=1)


ENDS: dict[str, Callable[[responses.RequestsMock, Onboarding], object]] = {
    "imported": lambda vendor, owner: vendor_says.successful(vendor),
    "failed": lambda vendor, owner: vendor_says.failed(vendor, "AccessBlocked"),
    "refused": lambda vendor, owner: vendor_says.command(vendor, body="<reply status='401'/>", status=401),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_of_an_import_gives_its_slot_to_the_next(
    vendor: responses.RequestsMock, settings: Settings, onboarding: Onboarding, end: str
) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 1
    source, next_one = rows.polling(onboarding), waiting()
    assert line.promote() == []
    ENDS[end](vendor, onboarding)
    rows.due_now(source)
    assert sources.advance(source.pk) is True
    assert line.promote() == [next_one.pk]


def test_a_deadline_gives_the_slot_to_the_next(settings: Settings, onboarding: Onboarding) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 1
    source, next_one = rows.polling(onboarding, give_up_at=rows.ago(seconds=1)), waiting()
    advance(source)
    assert line.promote() == [next_one.pk]


def test_a_full_quota_holds_up_those_behind(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    refused = rows.source(onboarding, SourceState.IMPORTING, queued_at=rows.ago(seconds=9))
    behind = waiting(queued_at=rows.ago(seconds=5))
    vendor_says.start(vendor, body=vendor_says.refusal("JobsQuotaExceeded"), status=400)
    advance(refused)
    assert line.promote() == []
    rows.due_now(refused)
    assert line.promote() == [refused.pk, behind.pk]


def test_a_full_quota_does_not_hold_up_those_ahead(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    refused = rows.source(onboarding, SourceState.IMPORTING, queued_at=rows.ago(seconds=5))
    ahead = waiting(queued_at=rows.ago(seconds=9))
    vendor_says.start(vendor, body=vendor_says.refusal("JobsQuotaExceeded"), status=400)
    advance(refused)
    assert line.promote() == [ahead.pk]


def test_an_outage_of_one_bank_does_not_hold_up_those_behind(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    refused = rows.source(onboarding, SourceState.IMPORTING, queued_at=rows.ago(seconds=9))
    behind = waiting(queued_at=rows.ago(seconds=5))
    vendor_says.start(vendor, body="", status=503)
    advance(refused)
    assert line.promote() == [behind.pk]


def test_an_outage_after_a_full_quota_is_no_full_quota(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, quota_refusals=2)
    vendor_says.start(vendor, body="", status=503)
    assert advance(source).quota_refusals == 0


def test_whoever_got_no_slot_in_time_leaves_the_line() -> None:
    source = waiting(give_up_at=rows.ago(seconds=1))
    assert line.promote() == []
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.SERVICE_BUSY)
    assert (after.bank.signature, after.due_at) == ("", None)


def test_whoever_waited_for_a_bank_that_was_down_is_told_so() -> None:
    source = waiting(give_up_at=rows.ago(seconds=1), attempts=7, quota_refusals=0)
    line.promote()
    assert rows.again(source).failure == Failure.BANK_UNAVAILABLE


def test_a_refused_start_does_not_lengthen_the_wait_for_ever(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    queued_at = rows.ago(minutes=59)
    source = rows.source(onboarding, SourceState.IMPORTING, queued_at=queued_at)
    vendor_says.start(vendor, body="", status=503)
    after = advance(source)
    assert after.give_up_at is not None
    assert after.give_up_at < timezone.now() + timedelta(minutes=1, seconds=1)


def test_a_source_with_a_slot_says_when_it_is_due_again(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding, due_at=rows.ago(seconds=-2))
    seconds = line.next_look_in(source.pk)
    assert seconds is not None
    assert 1 < seconds <= 2


def test_a_source_that_is_due_already_is_looked_at_at_once(onboarding: Onboarding) -> None:
    assert line.next_look_in(rows.polling(onboarding, due_at=rows.ago(seconds=1)).pk) == 0


@pytest.mark.parametrize("state", [SourceState.SIGNING_IN, SourceState.QUEUED, SourceState.IMPORTED])
def test_a_source_without_a_slot_waits_for_the_sweep(onboarding: Onboarding, state: SourceState) -> None:
    assert line.next_look_in(rows.source(onboarding, state).pk) is None


def test_a_source_that_another_worker_holds_is_left_to_it(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    assert moves.hold(source.pk)
    assert line.next_look_in(source.pk) is None
