"""Finishing: one summary at a time, and never of nothing."""

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding.models import Actor, Aggregation, AggregationState, EventName, Onboarding, SourceState
from onboarding.services import erasing, finishing
from tests import rows
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(onboarding: Onboarding) -> Onboarding:
    """An onboarding with a bank that was imported."""
    rows.source(onboarding, SourceState.IMPORTED)
    return onboarding


def test_finishing_asks_for_a_summary(
    ready: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as sent:
        asked = finishing.finish(onboarding=ready)
    assert len(nudges(sent)) == 1
    after = Onboarding.objects.get(pk=ready.pk)
    assert (after.aggregation, asked.state) == (asked, AggregationState.FETCHING)
    assert after.finished_at is not None
    assert rows.events(ready) == [EventName.FINISHED]


def test_finishing_twice_is_one_summary(ready: Onboarding) -> None:
    assert finishing.finish(onboarding=ready) == finishing.finish(onboarding=ready)
    assert Aggregation.objects.count() == 1
    assert rows.events(ready) == [EventName.FINISHED]


@pytest.mark.parametrize("state", [state for state in SourceState if state != SourceState.IMPORTED])
def test_without_an_imported_bank_there_is_nothing_to_finish(onboarding: Onboarding, state: SourceState) -> None:
    rows.source(onboarding, state)
    with pytest.raises(finishing.NothingImported):
        finishing.finish(onboarding=onboarding)
    assert not Aggregation.objects.exists()
    assert Onboarding.objects.get(pk=onboarding.pk).finished_at is None


def test_an_import_that_still_runs_does_not_keep_anybody_from_finishing(ready: Onboarding) -> None:
    rows.polling(ready)
    assert finishing.finish(onboarding=ready).state == AggregationState.FETCHING


@pytest.mark.parametrize("ended", [AggregationState.READY, AggregationState.FAILED])
def test_finishing_again_later_makes_the_summary_anew_and_keeps_the_first_time(
    ready: Onboarding, ended: AggregationState
) -> None:
    first = finishing.finish(onboarding=ready)
    finished_at = Onboarding.objects.get(pk=ready.pk).finished_at
    Aggregation.objects.filter(pk=first.pk).update(state=ended)
    second = finishing.finish(onboarding=ready)
    after = Onboarding.objects.get(pk=ready.pk)
    assert second != first
    assert (after.aggregation, after.finished_at) == (second, finished_at)


def test_no_summary_is_asked_for_after_an_erasure(ready: Onboarding) -> None:
    stale = Onboarding.objects.get(pk=ready.pk)
    Onboarding.objects.filter(pk=ready.pk).update(erased_at=timezone.now())
    with pytest.raises(finishing.NothingImported):
        finishing.finish(onboarding=stale)
    assert not Aggregation.objects.exists()


def test_erasing_tells_who_asked_and_sends_the_work_once(
    ready: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as sent:
        erasing.erase(onboarding=ready, actor=Actor.USER)
        erasing.erase(onboarding=ready, actor=Actor.USER)
    assert len(nudges(sent)) == 1
    assert [event.actor for event in ready.events.all()] == [Actor.USER]
