"""Where a person belongs, worked out from rows."""

import pytest

from onboarding import flow
from onboarding.flow import Step
from onboarding.models import Aggregation, Onboarding, Snapshot, SourceState
from tests import rows

pytestmark = pytest.mark.django_db


def position(onboarding: Onboarding) -> Step:
    return flow.position(Onboarding.objects.select_related("aggregation").get(pk=onboarding.pk))


@pytest.mark.parametrize("state", [None, *SourceState])
def test_before_finishing_a_person_connects_banks(onboarding: Onboarding, state: SourceState | None) -> None:
    if state:
        rows.source(onboarding, state)
    assert position(onboarding) is Step.CONNECT


@pytest.mark.parametrize("state", list(Aggregation.State))
def test_after_finishing_a_person_is_at_the_summary(onboarding: Onboarding, state: str) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    rows.aggregation(onboarding, state=state)
    assert position(onboarding) is Step.SUMMARY


@pytest.mark.parametrize("state", [Aggregation.State.READY, Aggregation.State.FAILED])
def test_a_bank_added_after_finishing_is_connecting_again(onboarding: Onboarding, state: str) -> None:
    rows.aggregation(onboarding, state=state)
    rows.source(onboarding, SourceState.SIGNING_IN)
    assert position(onboarding) is Step.CONNECT


def test_a_bank_added_while_the_summary_is_made_waits_for_it(onboarding: Onboarding) -> None:
    rows.aggregation(onboarding)
    rows.source(onboarding, SourceState.SIGNING_IN)
    assert position(onboarding) is Step.SUMMARY


def test_a_bank_that_was_removed_again_does_not_count(onboarding: Onboarding) -> None:
    rows.aggregation(onboarding, state=Aggregation.State.READY)
    rows.source(onboarding, SourceState.FAILED, removed_at=rows.ago())
    assert position(onboarding) is Step.SUMMARY


def test_whoever_was_erased_is_at_the_proof(onboarding: Onboarding) -> None:
    rows.aggregation(onboarding)
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=rows.ago())
    assert position(onboarding) is Step.ERASED


def test_a_summary_is_there_to_see_from_the_moment_it_is_asked_for(onboarding: Onboarding) -> None:
    assert not flow.may_see_summary(onboarding)
    rows.aggregation(onboarding)
    assert flow.may_see_summary(onboarding)


def with_summary(onboarding: Onboarding) -> Snapshot:
    """Let an onboarding show a summary."""
    made = rows.aggregation(onboarding, state=Aggregation.State.READY)
    onboarding.snapshot = Snapshot.objects.create(onboarding=onboarding, aggregation=made)
    onboarding.save()
    return onboarding.snapshot


def test_a_bank_that_was_imported_too_late_for_the_summary_is_connecting_again(onboarding: Onboarding) -> None:
    late = rows.source(onboarding, SourceState.IMPORTING)
    with_summary(onboarding)
    assert not flow.connecting_again(onboarding)
    rows.change(late, state=SourceState.IMPORTED, slot=None)
    assert flow.connecting_again(onboarding)


def test_a_bank_of_an_earlier_summary_alone_is_connecting_again(onboarding: Onboarding) -> None:
    missing = rows.source(onboarding, SourceState.IMPORTED)
    rows.change(missing, in_snapshot=with_summary(onboarding))
    assert not flow.connecting_again(onboarding)
    with_summary(onboarding)
    assert flow.connecting_again(onboarding)


def test_a_summary_that_holds_every_imported_bank_is_not_worth_making_anew(onboarding: Onboarding) -> None:
    whole = rows.source(onboarding, SourceState.IMPORTED)
    rows.source(onboarding, SourceState.FAILED)
    rows.change(whole, in_snapshot=with_summary(onboarding))
    assert position(onboarding) is Step.SUMMARY
