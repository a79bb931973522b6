"""The figures that rows hold, read when somebody asks: how much there is to do, how long it has waited, who ran when.

Six short queries, each over an index of what is open or a table of a few rows; nothing is kept between two readings.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from onboarding import clock
from onboarding.models import Aggregation, Erasure, Source, SourceState, Tick
from onboarding.models.sources import OPEN_STATES
from onboarding.models.work import WorkQuerySet


class Depths(Collector):
    """Everything that the rows say at the moment; only that the database does not answer, when it does not."""

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        try:
            read = list(_read())
        except DatabaseError:
            yield GaugeMetricFamily("wizard_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("wizard_database_up", "Whether the database answers.", value=1)
        yield from read


def _read() -> Iterator[Metric]:
    now = clock.now()
    # Every open row is due some time, so the partial indexes on due_at are read, not the tables. Who stands in line is
    # due by a slot alone, and has an index of its own.
    line = Source.objects.filter(state=SourceState.QUEUED).aggregate(number=Count("pk"), first=Min("queued_at"))
    due = Source.objects.filter(due_at__isnull=False).exclude(state=SourceState.QUEUED).order_by().values("state")
    by_state = {row["state"]: row for row in due.annotate(number=Count("pk"), due=Min("due_at"), slots=Count("slot"))}
    numbers = {**{state: row["number"] for state, row in by_state.items()}, SourceState.QUEUED.value: line["number"]}
    aggregations, erasures = _open(Aggregation.objects.all()), _open(Erasure.objects.all())
    yield from _depth(numbers, aggregations["number"], erasures["number"])
    yield from _slots(sum(row["slots"] for row in by_state.values()))
    oldest = {
        "source": min((row["due"] for row in by_state.values()), default=None),
        "aggregation": aggregations["due"],
        "erasure": erasures["due"],
    }
    yield _ages("wizard_oldest_due_seconds", "For how long the oldest row has been due, by work.", "work", oldest, now)
    waited = _age(line["first"], now)
    yield GaugeMetricFamily("wizard_line_seconds", "How long the first in line has waited.", value=waited)
    ticks = {tick.name: tick.at for tick in Tick.objects.all()}
    yield _ages(
        "wizard_tick_age_seconds", "How long ago something regular last happened, by its name.", "name", ticks, now
    )


def _open(rows: "WorkQuerySet[Any]") -> dict[str, Any]:
    found: dict[str, Any] = rows.filter(due_at__isnull=False).aggregate(number=Count("pk"), due=Min("due_at"))
    return found


def _depth(numbers: Mapping[str, int], aggregations: int, erasures: int) -> Iterator[Metric]:
    depth = GaugeMetricFamily("wizard_sources", "Open sources, by state.", labels=["state"])
    for state in OPEN_STATES:
        depth.add_metric([state.value], numbers.get(state.value, 0))
    yield depth
    yield GaugeMetricFamily("wizard_aggregations", "Summaries being made.", value=aggregations)
    yield GaugeMetricFamily("wizard_erasures", "Erasures not proved yet.", value=erasures)


def _slots(used: int) -> Iterator[Metric]:
    yield GaugeMetricFamily("wizard_slots_used", "Commands of the vendor in flight.", value=used)
    most = settings.KONTOMATIK_MAX_COMMANDS
    yield GaugeMetricFamily("wizard_slots_limit", "Commands that may be in flight.", value=most)


def _ages(name: str, told: str, label: str, instants: Mapping[str, datetime | None], now: datetime) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, instant in instants.items():
        family.add_metric([value], _age(instant, now))
    return family


def _age(instant: datetime | None, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds()) if instant is not None else 0.0
