"""The sweep: whatever is due and free is found, and said once in ten seconds."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from onboarding.jobs import erasure, moves
from onboarding.jobs.sweep import find_due
from onboarding.models import Actor, Erasure, Onboarding, Source, SourceState, Tick
from tests import file_rows, rows

pytestmark = pytest.mark.django_db


def a_second_later() -> None:
    """Let the last sweep be one of a second ago."""
    Tick.objects.update(at=rows.ago(seconds=1))


def test_what_is_due_is_found(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    made = rows.aggregation(onboarding)
    other = rows.onboarding()
    erasure.begin(other.pk, actor=Actor.USER)
    due = find_due()
    assert (due.sources, due.aggregations) == ([source.pk], [made.pk])
    assert due.erasures == [Erasure.objects.get(onboarding=other).pk]


def test_what_is_not_due_or_over_is_left_alone(onboarding: Onboarding) -> None:
    rows.polling(onboarding, due_at=timezone.now() + timedelta(seconds=5))
    rows.source(onboarding, SourceState.IMPORTED)
    assert find_due().sources == []


def test_a_row_that_a_worker_holds_is_left_alone(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    assert moves.hold(source.pk)
    assert find_due().sources == []


def test_a_row_whose_worker_is_lost_is_found_when_its_lease_ends(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    assert moves.hold(source.pk)
    Source.objects.filter(pk=source.pk).update(claimed_until=rows.ago(seconds=1))
    assert find_due().sources == [source.pk]


def test_a_row_is_not_said_again_every_second(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    assert find_due().sources == [source.pk]
    a_second_later()
    assert find_due().sources == []


def test_a_row_whose_message_was_lost_is_said_again_after_ten_seconds(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    find_due()
    a_second_later()
    Source.objects.filter(pk=source.pk).update(nudged_at=rows.ago(seconds=10))
    assert find_due().sources == [source.pk]


def test_a_row_that_was_worked_on_is_said_at_once_when_it_is_due_again(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    find_due()
    a_second_later()
    held = moves.hold(source.pk)
    assert held is not None
    moves.put_back(held, after=timedelta(0))
    assert find_due().sources == [source.pk]


def test_the_sweep_moves_the_line_and_says_who_got_a_slot(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.QUEUED)
    assert find_due().sources == [source.pk]
    assert rows.again(source).state == SourceState.IMPORTING


def test_a_source_in_the_line_without_a_slot_gets_no_message(onboarding: Onboarding, settings: Settings) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 1
    rows.polling(rows.onboarding(), due_at=timezone.now() + timedelta(minutes=1))
    rows.source(onboarding, SourceState.QUEUED)
    assert find_due().sources == []


def test_the_oldest_wait_is_said_first(onboarding: Onboarding) -> None:
    younger = rows.polling(onboarding, due_at=rows.ago(seconds=1))
    older = rows.polling(rows.onboarding(), due_at=rows.ago(seconds=9))
    assert find_due().sources == [older.pk, younger.pk]


def test_a_sweep_leaves_its_mark(onboarding: Onboarding) -> None:
    find_due()
    assert timezone.now() - Tick.objects.get(name="sweep").at < timedelta(seconds=30)


def test_a_file_that_came_in_is_found_and_one_that_waits_for_its_person_only_at_its_end(
    onboarding: Onboarding,
) -> None:
    checking = file_rows.statement(onboarding)
    asking = file_rows.upload(onboarding, SourceState.ASKING)
    assert find_due().sources == [checking.pk]
    rows.change(asking, due_at=rows.ago(seconds=1))
    a_second_later()
    assert find_due().sources == [asking.pk]


def test_the_sweep_gives_files_their_slots_too(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.QUEUED)
    assert find_due().sources == [source.pk]
    assert rows.again(source).state == SourceState.IMPORTING


def test_sweeps_that_waited_for_a_worker_are_one(onboarding: Onboarding) -> None:
    find_due()
    rows.polling(onboarding)
    assert [find_due().sources for _ in range(3)] == [[], [], []]


def test_a_sweep_right_after_another_still_moves_the_line(onboarding: Onboarding) -> None:
    find_due()
    source = rows.source(onboarding, SourceState.QUEUED)
    assert find_due().sources == [source.pk]


def test_a_mark_of_the_future_stops_no_sweep(onboarding: Onboarding) -> None:
    find_due()
    Tick.objects.update(at=rows.ago(hours=-1))
    source = rows.polling(onboarding)
    assert find_due().sources == [source.pk]
