"""The sweep: find the rows that are due and say which, so that a lost message or worker loses nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from onboarding import clock
from onboarding.models import Aggregation, Erasure, Source, SourceState, Tick
from onboarding.models.work import WorkQuerySet

from . import line

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """The rows for which a message is to be sent."""

    sources: list[int]
    aggregations: list[int]
    erasures: list[int]


def find_due() -> Due:
    """Return what is due and free, and remember that it was said, so that it is not said every second.

    Right after another sweep it is only whom the line has let in: thousands of sweeps may have waited for a worker.
    """
    is_first = _leave_mark(clock.now())
    let_in = line.promote()
    if not is_first:
        return Due(let_in, [], [])
    # Read after the line has moved: whoever has just got a slot is due from that moment on.
    now = clock.now()
    sources = Source.objects.exclude(state=SourceState.QUEUED)
    return Due(
        sources=_take(sources, now),
        aggregations=_take(Aggregation.objects.all(), now),
        erasures=_take(Erasure.objects.all(), now),
    )


def _leave_mark(now: datetime) -> bool:
    """Write down that the sweep ran; return False when another one has just done so."""
    just_now = (now - timedelta(seconds=settings.SWEEP_SECONDS) / 2, now)
    if Tick.objects.filter(name=Tick.SWEEP).exclude(at__range=just_now).update(at=now):
        return True
    return Tick.objects.get_or_create(name=Tick.SWEEP, defaults={"at": now})[1]


def _take(rows: "WorkQuerySet[Source] | WorkQuerySet[Aggregation] | WorkQuerySet[Erasure]", now: datetime) -> list[int]:
    found = list(rows.due(now).unnudged(now).order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    if found:
        rows.filter(pk__in=found).update(nudged_at=now)
    return found
