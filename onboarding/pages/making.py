"""The read side of a summary that is being made: how far it is, and why it failed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from onboarding.failures import Words, words_for
from onboarding.models import AggregationState, Onboarding


@dataclass(frozen=True, slots=True)
class Making:
    """Where the newest request for a summary stands; ``interval`` is in seconds."""

    is_running: bool
    failure: Words | None
    rows_stored: int
    since: datetime | None
    elapsed: timedelta
    interval: int
    version: str


def of(onboarding: Onboarding) -> Making:
    """Describe the newest aggregation of an onboarding; expects ``aggregation`` to be loaded with it."""
    aggregation = onboarding.aggregation
    if aggregation is None:
        return Making(False, None, 0, None, timedelta(0), 0, "")
    # By this machine's clock: the database's is a query more in every poll, and only words and the pause hang on it.
    elapsed = max(timedelta(0), timezone.now() - aggregation.created_at)
    running = aggregation.state == AggregationState.FETCHING
    interval = 1 if elapsed < timedelta(seconds=30) else 3
    text = repr((aggregation.pk, aggregation.state, aggregation.rows_stored, interval))
    return Making(
        is_running=running,
        failure=words_for(aggregation.failure),
        rows_stored=aggregation.rows_stored,
        since=aggregation.created_at,
        elapsed=elapsed,
        interval=interval,
        version=hashlib.sha256(text.encode()).hexdigest()[:16],
    )
