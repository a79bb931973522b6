"""Long steps never hold all threads: a full lane is passed by, and whoever leaves calls the one that waited longest."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import responses

from onboarding import tasks
from onboarding.jobs import aggregation, erasure, lanes, sources
from onboarding.models import Actor, Aggregation, Erasure, Onboarding, Source, SourceState
from tests import file_rows, rows, vendor_says

pytestmark = pytest.mark.django_db
BANK = vendor_says.target_xml(vendor_says.account_xml())


@pytest.fixture
def full_lanes() -> Iterator[None]:
    """All places of all lanes taken by others."""
    with ExitStack() as others:
        for lane in (lanes.SUMMARIES, lanes.READINGS, lanes.ERASURES, lanes.RETIREMENT, lanes.CATALOGS):
            while others.enter_context(lane.place()):
                pass
        yield


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
def test_a_second_retirement_goes_while_one_is_at_it(onboarding: Onboarding) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=rows.ago(hours=1))
    tasks.retire()
    assert not Erasure.objects.exists()


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
