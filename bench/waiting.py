"""Measure one worker process with many sources that wait: memory, threads, queries, and what one look costs.

    .venv/bin/python -m bench.waiting                                        # SQLite and the folder broker
    DATABASE_URL=postgres://… .venv/bin/python -m bench.waiting              # PostgreSQL and Redis of its own
    WAITING=10000 SECONDS=20 …                                               # the sizes (default 1000 sources, 10 s)

Seven of ten sources are in the line, three are signing in, eight are importing and due in an hour. Transactions a
second are PostgreSQL's own count; a statement outside a transaction counts as one. Milliseconds are of this process,
the least of 20 (what the machine does beside it only adds); queries are counted in it.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import people
from bench.installation import Installation, installed, resident_mb, say

WAITING = int(os.environ.get("WAITING", "1000"))
SECONDS = int(os.environ.get("SECONDS", "10"))
BUSY_PEOPLE = 60


def main() -> None:
    with installed() as bench:
        bench.start("sandbox", "worker", "beat")
        say(f"{bench.means}: {WAITING} sources wait")
        # With its threads begun, each with its connection, and some imports behind it.
        settled(people.signed_in(bench, 16))
        watch(bench, "with none")
        costs("with none")
        last = fill(WAITING)
        watch(bench, "all waiting")
        costs("all waiting", last)
        free_slots()
        busy = people.signed_in(bench, BUSY_PEOPLE)
        to_front(busy)
        watch(bench, "busy", while_it_lasts=busy)


def settled(sources: list[Any]) -> None:
    from onboarding.models import Source
    from onboarding.models.sources import OPEN_STATES

    while Source.objects.filter(pk__in=[one.pk for one in sources], state__in=OPEN_STATES).exists():
        time.sleep(0.5)


def fill(count: int) -> Any:
    """Make the waiting rows; return the onboarding of the last in the line."""
    from django.db import connection
    from django.utils import timezone

    from onboarding.models import BankSignIn, Onboarding, Source, SourceState

    now = timezone.now()
    later = now + timedelta(hours=1)
    people_waiting = Onboarding.objects.bulk_create(
        [
            Onboarding(country="pl", locale="en", consented_at=now, expires_at=now + timedelta(days=1), browser=f"b{n}")
            for n in range(count)
        ],
        batch_size=500,
    )
    made = []
    for number, onboarding in enumerate(people_waiting):
        columns: dict[str, Any] = {"onboarding": onboarding, "state_since": now, "give_up_at": later, "due_at": later}
        if number < 8:
            columns |= {"state": SourceState.IMPORTING, "slot": number + 1, "queued_at": now}
        elif number % 10 < 7:
            columns |= {"state": SourceState.QUEUED, "queued_at": now + number * timedelta(milliseconds=1)}
            columns["due_at"] = columns["queued_at"]
        made.append(Source(**columns))
    made = Source.objects.bulk_create(made, batch_size=500)
    BankSignIn.objects.bulk_create([BankSignIn(source=one) for one in made], batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return next(one.onboarding for one in reversed(made) if one.state == SourceState.QUEUED)


def free_slots() -> None:
    """Let the eight that hold the slots end, so that the line moves."""
    from onboarding.models import Source, SourceState

    Source.objects.exclude(slot=None).update(slot=None, state=SourceState.IMPORTED, due_at=None, give_up_at=None)


def to_front(sources: list[Any]) -> None:
    """Let those with a session at the sandbox be the first of the line."""
    from django.utils import timezone

    from onboarding.models import Source

    Source.objects.filter(pk__in=[one.pk for one in sources]).update(queued_at=timezone.now() - timedelta(hours=2))


def watch(bench: Installation, name: str, *, while_it_lasts: list[Any] | None = None) -> None:
    """Print memory, threads and transactions of the worker over some seconds."""
    pid = bench.running["worker"].pid
    time.sleep(2)
    before, begun = transactions(bench), time.monotonic()
    blocked: Counter[str] = Counter()
    looks = 0
    while time.monotonic() - begun < SECONDS:
        blocked.update(waits(pid))
        looks += 1
        time.sleep(0.1)
    took = time.monotonic() - begun
    rate = f"{(transactions(bench) - before) / took:6.1f} transactions/s" if before else "transactions not counted"
    where = ", ".join(f"{place} {number / looks:.1f}" for place, number in blocked.most_common())
    say(f"{name:12} worker {resident_mb(pid):6.1f} MB   {rate}   threads by where they wait: {where}")


def waits(pid: int) -> list[str]:
    """Return where each thread of a process is just now, by the kernel's name (``hrtimer_nanosleep`` is a sleep)."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            found.append((thread / "wchan").read_text() or "running")
        except OSError:
            continue
    return found


def transactions(bench: Installation) -> int:
    """Return how many transactions the server has counted for our database; 0 where there is no server."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def costs(name: str, last: Any = None) -> None:
    """Print milliseconds and queries of a sweep, a look at the line, and the polls of whoever is last in it."""
    from onboarding.jobs import line, sweep
    from onboarding.observing import exposition
    from onboarding.pages import glance, hub

    acts: dict[str, Callable[[], object]] = {
        "sweep": sweep.find_due, "line": line.promote, "figures for Prometheus": exposition.text,
    }  # fmt: skip
    if last is not None:
        acts |= {
            "unchanged poll of the last": lambda: glance.of(last.uuid),
            "list of the last": lambda: hub.for_onboarding(last),
        }
    for act, call in acts.items():
        milliseconds, asked = cost(call)
        say(f"{name:12} {act:28} {milliseconds:7.2f} ms {asked:3} queries")


def cost(call: Callable[[], object]) -> tuple[float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        call()
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1000)
    return min(times), len(queries)


if __name__ == "__main__":
    main()
