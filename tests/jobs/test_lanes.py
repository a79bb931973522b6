"""Long steps never hold all threads: a full lane is passed by, and whoever leaves calls the one that waited longest."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import responses
from celery.signals import before_task_publish

from onboarding import tasks
from onboarding.jobs import aggregation, erasure, lanes, sources
from onboarding.models import Actor, Aggregation, Erasure, Onboarding, Source, SourceState, StaffEvent
from tests import file_rows, rows, vendor_says

pytestmark = pytest.mark.django_db
BANK = vendor_says.target_xml(vendor_says.account_xml())
ADVANCE = "onboarding.tasks.advance_source"


@pytest.fixture
def full_lanes() -> Iterator[None]:
    """All places of all lanes taken by others."""
    with ExitStack() as others:
        for lane in (lanes.SUMMARIES, lanes.READINGS, lanes.ERASURES, lanes.TIDYING, lanes.CATALOGS):
            while others.enter_context(lane.place()):
                pass
        yield


@pytest.fixture
def sent() -> Iterator[list[tuple[str, int]]]:
    """The messages that are sent: a task's name and the row."""
    seen: list[tuple[str, int]] = []

    def note(sender: str, body: Any, **_: Any) -> None:
        seen.append((sender, *body[0]))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


def short() -> Source:
    """Make a source whose next step is short and asks nobody."""
    return rows.source(rows.onboarding(), give_up_at=rows.ago(seconds=1))


def turn_away(*sources: Source) -> None:
    """Let messages for sources come while all calls hang."""
    with ExitStack() as hanging:
        while hanging.enter_context(lanes.CALLS.place()):
            pass
        for source in sources:
            tasks.advance_source(source.pk)


def is_untouched(row: Aggregation | Erasure | Source) -> bool:
    """Tell whether a row is due as before and nobody's."""
    row.refresh_from_db()
    return row.due_at is not None and not row.claim and not row.lost_claims


def test_a_lane_gives_as_many_places_as_it_has_and_takes_them_back() -> None:
    lane = lanes.Lane(2)
    with lane.place() as first, lane.place() as second, lane.place() as third:
        assert (first, second, third) == (True, True, False)
    with lane.place() as again:
        assert again


def test_a_lane_is_everybodys_in_the_process() -> None:
    lane = lanes.Lane(1)
    found: list[bool] = []

    def look() -> None:
        with lane.place() as mine:
            found.append(mine)

    with lane.place():
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert found == [False]


def test_a_place_comes_back_from_a_step_that_broke() -> None:
    lane = lanes.Lane(1)
    with pytest.raises(RuntimeError), lane.place():
        raise RuntimeError
    with lane.place() as mine:
        assert mine


@pytest.mark.usefixtures("full_lanes")
def test_without_a_place_a_summary_stays_due_and_the_vendor_is_not_asked(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    row = rows.aggregation(onboarding)
    tasks.advance_aggregation(row.pk)
    assert is_untouched(row)


@pytest.mark.usefixtures("full_lanes")
def test_without_a_place_an_erasure_stays_due(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    erasure.begin(onboarding.pk, actor=Actor.USER)
    row = Erasure.objects.get(onboarding=onboarding)
    tasks.advance_erasure(row.pk)
    assert is_untouched(row)


@pytest.mark.usefixtures("full_lanes")
def test_without_a_place_a_file_is_not_looked_at_yet(onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding)
    tasks.advance_source(source.pk)
    assert is_untouched(source)


@pytest.mark.usefixtures("full_lanes")
def test_a_lost_answer_is_not_searched_for_without_a_place(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.watching(onboarding)
    tasks.advance_source(source.pk)
    assert is_untouched(source)


@pytest.mark.usefixtures("full_lanes")
def test_a_command_is_looked_at_however_full_the_lanes_are(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.polling(onboarding)
    vendor_says.successful(vendor, vendor_says.IBAN)
    tasks.advance_source(source.pk)
    assert rows.again(source).state == SourceState.IMPORTED


@pytest.mark.usefixtures("full_lanes")
def test_what_is_promised_by_the_hour_does_not_wait_for_a_long_tidying(onboarding: Onboarding) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=rows.ago(hours=1))
    old = StaffEvent.objects.create(name=StaffEvent.Name.DENIED, at=rows.ago(days=1000))
    tasks.retire()
    assert Erasure.objects.filter(onboarding=onboarding).exists()
    assert StaffEvent.objects.filter(pk=old.pk).exists()


def test_while_all_calls_hang_a_further_one_is_not_made_and_its_source_stays_due(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.polling(onboarding)
    turn_away(source)
    assert is_untouched(source)


def test_each_that_found_no_place_is_called_by_one_that_leaves(
    vendor: responses.RequestsMock, sent: list[tuple[str, int]]
) -> None:
    first, second = short(), short()
    leaving = [short(), short(), short()]
    turn_away(first, second)
    for source in leaving:
        tasks.advance_source(source.pk)
    assert sent == [(ADVANCE, first.pk), (ADVANCE, second.pk)]


def test_a_source_that_came_again_by_itself_is_not_called(
    vendor: responses.RequestsMock, sent: list[tuple[str, int]]
) -> None:
    source = short()
    turn_away(source)
    tasks.advance_source(source.pk)
    tasks.advance_source(short().pk)
    assert sent == []


def test_a_source_turned_away_twice_is_called_once(vendor: responses.RequestsMock, sent: list[tuple[str, int]]) -> None:
    source = short()
    turn_away(source, source)
    tasks.advance_source(short().pk)
    tasks.advance_source(short().pk)
    assert sent == [(ADVANCE, source.pk)]


def test_whoever_leaves_calls_nobody_when_all_had_a_place(
    vendor: responses.RequestsMock, onboarding: Onboarding, sent: list[tuple[str, int]]
) -> None:
    rows.polling(onboarding)
    tasks.advance_source(short().pk)
    assert sent == []


def test_a_lane_that_is_asked_about_rows_elsewhere_remembers_none() -> None:
    lane = lanes.Lane(1)
    with lane.place(1), lane.place(2) as second:
        assert not second
    assert lane.next_turned_away() == []


def test_a_step_that_breaks_leaves_its_place_to_the_next(
    onboarding: Onboarding, sent: list[tuple[str, int]], vendor: responses.RequestsMock
) -> None:
    waiting = rows.aggregation(rows.onboarding(), due_at=rows.ago(seconds=5))
    broken = rows.aggregation(onboarding)
    vendor_says.aggregate(vendor, onboarding, body=RuntimeError("not one of ours"))
    with pytest.raises(RuntimeError):
        tasks.advance_aggregation(broken.pk)
    assert sent == [("onboarding.tasks.advance_aggregation", waiting.pk)]


def test_with_a_place_a_summary_is_made(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED, account_count=1, bank__target="KontoBank")
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = rows.aggregation(onboarding)
    tasks.advance_aggregation(row.pk)
    row.refresh_from_db()
    assert row.state == Aggregation.State.READY


def test_the_one_that_waited_longest_is_called_next() -> None:
    later = rows.aggregation(rows.onboarding(), due_at=rows.ago(seconds=5))
    longest = rows.aggregation(rows.onboarding(), due_at=rows.ago(seconds=9))
    held = rows.aggregation(rows.onboarding(), due_at=rows.ago(seconds=20), claimed_until=rows.ago(seconds=-60))
    assert aggregation.next_due() == [longest.pk]
    Aggregation.objects.filter(pk__in=[later.pk, longest.pk]).delete()
    assert aggregation.next_due() == []
    assert held.due_at


def test_of_sources_only_those_with_a_long_step_are_called(onboarding: Onboarding) -> None:
    rows.polling(onboarding, due_at=rows.ago(seconds=20))
    assert sources.next_long() == []
    watched = rows.watching(rows.onboarding(), due_at=rows.ago(seconds=5))
    assert sources.next_long() == [watched.pk]
    file = file_rows.statement(rows.onboarding())
    Source.objects.filter(pk=file.pk).update(due_at=rows.ago(seconds=9))
    assert sources.next_long() == [file.pk]
