"""Measure one progress poll beside a bare one-query view, in one run.

    .venv/bin/python -m bench.progress_poll                                     # SQLite in a temporary folder
    DATABASE_URL=postgres://… .venv/bin/python -m bench.progress_poll           # PostgreSQL: a database of its own

Prints queries, bytes and milliseconds (median, 95th of 100) of an unchanged poll, a changed one and the whole list, all
through every middleware in this process (no network), and their ratio to the bare view.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.progress_poll_settings"
ROUNDS = 300
SOURCES = 5
OTHERS = int(os.environ.get("OTHERS", "500"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'poll.sqlite3'}")
        import django

        django.setup()
        from django.db import connection
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            print(
                f"{connection.vendor}, {ROUNDS} rounds each, {SOURCES} sources of one person, {OTHERS} others in line"
            )
            measure_all()
        finally:
            teardown_databases(made, verbosity=0)


def measure_all() -> None:
    from django.test import Client

    from onboarding import hub
    from onboarding.models import SourceState
    from tests import rows

    person = Client()
    onboarding = rows.onboarding(person)
    for _ in range(OTHERS):
        rows.source(rows.onboarding(), SourceState.QUEUED)
    for state in (SourceState.IMPORTED, SourceState.IMPORTING, *[SourceState.QUEUED] * (SOURCES - 2)):
        rows.source(onboarding, state)
    address = f"/o/{onboarding.uuid}/progress/"
    version = hub.for_onboarding(onboarding).version
    bare = measure("bare one-query view", person, "/bare/", {})
    for name, path, headers in (
        ("unchanged poll (204)", f"{address}?v={version}", {"HX-Request": "true"}),
        ("changed poll (fragment)", f"{address}?v=old", {"HX-Request": "true"}),
        ("whole page", f"/o/{onboarding.uuid}/", {}),
    ):
        median = measure(name, person, path, headers)
        print(f"{'':28}{median / bare:5.1f} x the bare view's time")


def measure(name: str, person: "object", path: str, headers: dict[str, str]) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    get: Callable[..., object] = person.get  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as queries:
        reply = get(path, headers=headers)
    asked = len(queries)
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        get(path, headers=headers)
        times.append((time.perf_counter() - begun) * 1000)
    median, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    size = len(reply.content)  # type: ignore[attr-defined]
    print(f"{name:28}{asked:3} queries {size:7} bytes   median {median:6.2f} ms   95 % {slow:6.2f} ms")
    return median


if __name__ == "__main__":
    main()
