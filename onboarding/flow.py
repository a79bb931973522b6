"""The wizard's ordered steps; which one is next is worked out from rows and never stored."""

from enum import StrEnum

from django.db.models import Q

from onboarding.models import AggregationState, Onboarding, SourceState


class Step(StrEnum):
    CONNECT = "connect"
    SUMMARY = "summary"
    ERASED = "erased"


def position(onboarding: Onboarding) -> Step:
    """Return the step a person belongs to: where a bare address or a stale tab leads.

    Expects ``aggregation`` to be loaded with the onboarding. A person who adds a bank after finishing is connecting
    again until they finish again.
    """
    if onboarding.erased_at:
        return Step.ERASED
    if onboarding.finished_at is None or connecting_again(onboarding):
        return Step.CONNECT
    return Step.SUMMARY


def connecting_again(onboarding: Onboarding) -> bool:
    """Tell whether the summary would gain from being made anew.

    A source was added after the newest one was asked for, or was imported too late for the one that is shown.
    """
    aggregation = onboarding.aggregation
    if aggregation is None:
        return True
    if aggregation.state == AggregationState.FETCHING:
        return False
    changed = Q(created_at__gt=aggregation.created_at)
    if onboarding.snapshot_id is not None:
        left_out = Q(in_snapshot=None) | ~Q(in_snapshot=onboarding.snapshot_id)
        changed |= Q(state=SourceState.IMPORTED) & left_out
    return onboarding.sources.listed().filter(changed).exists()


def may_see_summary(onboarding: Onboarding) -> bool:
    """Tell whether the summary's address has something to show: a summary, or one being made or failed."""
    return onboarding.finished_at is not None and (
        onboarding.snapshot_id is not None or onboarding.aggregation_id is not None
    )
