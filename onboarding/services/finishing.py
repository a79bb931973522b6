"""Finish: ask for the summary of everything that was imported."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from onboarding import clock, journal, tasks
from onboarding.models import Actor, Aggregation, AggregationState, EventName, Onboarding

AGGREGATION_DEADLINE = timedelta(minutes=15)


class NothingImported(Exception):
    """Say that there is nothing to make a summary of yet."""


def finish(*, onboarding: Onboarding, actor: Actor = Actor.USER, staff: journal.Staff = None) -> Aggregation:
    """Ask for a summary and return the aggregation that makes it; asking twice at once gives one.

    Raises ``NothingImported`` without an imported source, or when the person was erased meanwhile.
    """
    if not onboarding.sources.imported().exists():
        raise NothingImported
    try:
        return _ask(onboarding, actor, staff)
    except IntegrityError:
        # The other tab was first; the database allows one open aggregation. It may have ended by now.
        newest = onboarding.aggregations.order_by("-pk").first()
        if newest is None:
            raise NothingImported from None
        return newest


def _ask(onboarding: Onboarding, actor: Actor, staff: journal.Staff) -> Aggregation:
    now = clock.now()
    running = onboarding.aggregations.filter(state=AggregationState.FETCHING).first()
    if running is not None:
        return running
    with transaction.atomic():
        aggregation = Aggregation.objects.create(
            onboarding=onboarding, due_at=now, give_up_at=now + AGGREGATION_DEADLINE
        )
        live = Onboarding.objects.live().filter(pk=onboarding.pk)
        if live.update(aggregation=aggregation) != 1:
            raise NothingImported
        live.filter(finished_at=None).update(finished_at=now)
        journal.record(EventName.FINISHED, onboarding_id=onboarding.pk, actor=actor, staff=staff)
        tasks.nudge_after_commit(tasks.advance_aggregation, aggregation.pk)
    return aggregation
