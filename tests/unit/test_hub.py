"""The cards of the list: each state, each failure, the place in the line."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from onboarding.failures import WORDS, words_for
from onboarding.models import AggregationState, Failure, Onboarding, Source, SourceState
from onboarding.models.sources import OPEN_STATES, REMOVABLE_STATES, REPEATABLE
from onboarding.pages import glance, hub
from onboarding.pages.glance import Glance
from onboarding.pages.hub import Card
from tests import rows

pytestmark = pytest.mark.django_db


def card(source: Source) -> Card:
    """Return the card of a source as its list shows it."""
    return next(one for one in hub.for_onboarding(source.onboarding).cards if one.uuid == source.uuid)


def look(onboarding: Onboarding) -> Glance:
    """Take the glance that goes before a list."""
    seen = glance.of(onboarding.uuid)
    assert seen is not None
    return seen


@pytest.mark.parametrize("failure", list(Failure))
def test_every_failure_has_its_four_sentences(failure: Failure) -> None:
    words = words_for(failure)
    assert words is not None
    for part in (words.what, words.whose, words.safe, words.next):
        assert str(part).strip().endswith(".")
        assert "!" not in str(part)


def test_the_words_are_of_known_failures_alone() -> None:
    assert set(WORDS) == set(Failure)
    assert words_for("") is None


def test_no_two_failures_say_the_same_happened() -> None:
    said = [str(words.what) for words in WORDS.values()]
    assert len(said) == len(set(said))


STAGES = {
    SourceState.SIGNING_IN: ["now", "todo", "todo", "todo"],
    SourceState.CHECKING: ["now", "todo", "todo", "todo"],
    SourceState.ASKING: ["now", "todo", "todo", "todo"],
    SourceState.QUEUED: ["done", "now", "todo", "todo"],
    SourceState.IMPORTING: ["done", "done", "now", "todo"],
    SourceState.IMPORTED: ["done", "done", "done", "done"],
    SourceState.ABANDONED: [],
    SourceState.FAILED: [],
}


@pytest.mark.parametrize(("state", "track"), STAGES.items())
def test_a_card_shows_its_stage(onboarding: Onboarding, state: SourceState, track: list[str]) -> None:
    assert [stage.status for stage in card(rows.source(onboarding, state)).stages] == track


@pytest.mark.parametrize("state", list(SourceState))
def test_a_list_is_live_while_a_source_is_open(onboarding: Onboarding, state: SourceState) -> None:
    rows.source(onboarding, state)
    shown = hub.for_onboarding(onboarding)
    assert shown.is_live is (state in OPEN_STATES)
    assert (shown.interval > 0) is (state in OPEN_STATES)
    assert shown.can_finish is (state == SourceState.IMPORTED)


@pytest.mark.parametrize("state", list(SourceState))
def test_what_can_be_done_follows_from_the_state(onboarding: Onboarding, state: SourceState) -> None:
    shown = card(rows.source(onboarding, state))
    ended_badly = state in (SourceState.ABANDONED, SourceState.FAILED)
    assert shown.can_remove is (ended_badly or state in REMOVABLE_STATES)
    assert shown.can_continue is (state == SourceState.SIGNING_IN)
    assert (shown.failure is not None) is ended_badly


@pytest.mark.parametrize("failure", list(Failure))
@pytest.mark.parametrize("command", ["c-1", ""], ids=["command known", "command unknown"])
def test_try_again_and_sign_in_again_are_told_apart(onboarding: Onboarding, failure: Failure, command: str) -> None:
    source = rows.source(onboarding, SourceState.FAILED, failure=failure, bank__command_id=command)
    shown = card(source)
    retry = bool(command) and failure in REPEATABLE
    assert shown.can_retry is retry
    assert shown.can_sign_in_again is (not retry and failure != Failure.OWNER_MISMATCH)
    assert shown.can_remove


def test_a_sign_in_that_came_back_is_not_continued_but_can_be_removed(onboarding: Onboarding) -> None:
    shown = card(rows.source(onboarding, bank__returned_at=rows.ago()))
    assert (shown.returned, shown.can_continue, shown.can_remove) == (True, False, True)


@pytest.mark.parametrize("state", list(AggregationState))
def test_a_list_is_live_while_its_summary_is_made(onboarding: Onboarding, state: AggregationState) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    rows.aggregation(onboarding, state=state)
    shown = hub.for_onboarding(onboarding)
    assert shown.is_live is (state == AggregationState.FETCHING)
    assert (shown.interval > 0) is (state == AggregationState.FETCHING)


def test_a_summary_that_ends_is_news_for_the_list(onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTING)
    made = rows.aggregation(onboarding)
    before = hub.for_onboarding(onboarding).version
    made.state = AggregationState.FAILED
    made.save()
    assert hub.for_onboarding(Onboarding.objects.get(pk=onboarding.pk)).version != before


@pytest.mark.parametrize(("age", "seconds"), [(5, 1), (40, 2), (200, 5)])
def test_a_list_asks_for_its_summary_less_often_as_time_goes_by(onboarding: Onboarding, age: int, seconds: int) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    made = rows.aggregation(onboarding)
    type(made).objects.filter(pk=made.pk).update(created_at=rows.ago(seconds=age))
    assert hub.for_onboarding(Onboarding.objects.get(pk=onboarding.pk)).interval == seconds


def test_the_code_is_shown_while_it_lives(onboarding: Onboarding) -> None:
    code = {"bank__return_code": "ABC234"}
    alive = rows.source(onboarding, **code, bank__return_code_until=rows.ago(minutes=-1))
    dead = rows.source(onboarding, **code, bank__return_code_until=rows.ago(minutes=1))
    assert (card(alive).code, card(dead).code) == ("ABC 234", "")


def test_people_ahead_are_counted_once_each_and_not_oneself(onboarding: Onboarding) -> None:
    other, late = rows.onboarding(), rows.onboarding()
    for owner, age in ((other, 9), (other, 8), (onboarding, 7), (late, 1)):
        rows.source(owner, SourceState.QUEUED, queued_at=rows.ago(seconds=age))
    source = rows.source(onboarding, SourceState.QUEUED, queued_at=rows.ago(seconds=5))
    assert card(source).people_ahead == 1


def test_only_those_in_the_line_are_ahead(onboarding: Onboarding) -> None:
    rows.source(rows.onboarding(), SourceState.IMPORTING, queued_at=rows.ago(seconds=9))
    assert card(rows.source(onboarding, SourceState.QUEUED)).people_ahead == 0


def test_an_import_is_called_slow_after_a_minute(onboarding: Onboarding) -> None:
    quick = rows.source(onboarding, SourceState.IMPORTING, state_since=rows.ago(seconds=50))
    slow = rows.source(onboarding, SourceState.IMPORTING, state_since=rows.ago(seconds=70))
    assert (card(quick).is_slow, card(slow).is_slow) == (False, True)
    assert 69 < card(slow).elapsed.total_seconds() < 100


def test_a_bank_is_called_by_its_name_once_it_is_known(onboarding: Onboarding) -> None:
    unnamed = rows.source(onboarding)
    named = rows.source(onboarding, bank__official_name="KontoBank SA", bank__target="KontoBank")
    assert (str(card(unnamed).title), card(named).title) == ("Bank 1", "KontoBank SA")


def test_removed_and_replaced_sources_are_not_listed(onboarding: Onboarding) -> None:
    shown = rows.source(onboarding)
    rows.source(onboarding, SourceState.FAILED, removed_at=rows.ago())
    rows.source(onboarding, SourceState.FAILED, replaced_by=shown)
    assert [one.uuid for one in hub.for_onboarding(onboarding).cards] == [shown.uuid]


def test_a_list_of_any_length_takes_one_query(
    owner: Client, onboarding: Onboarding, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for state in [*SourceState, *SourceState]:
        rows.source(onboarding, state)
    seen = look(onboarding)
    with django_assert_num_queries(1):
        found = hub.for_browser(onboarding.uuid, onboarding.browser, seen)
    assert found is not None
    assert len(found.cards) == 2 * len(SourceState)


def test_a_list_is_shown_to_its_own_browser_alone(onboarding: Onboarding, stranger: Client) -> None:
    unbound = rows.onboarding()
    rows.source(onboarding)
    rows.source(unbound)
    assert hub.for_browser(onboarding.uuid, "another", look(onboarding)) is None
    assert hub.for_browser(onboarding.uuid, "", look(onboarding)) is None
    assert hub.for_browser(unbound.uuid, "", look(unbound)) is None
