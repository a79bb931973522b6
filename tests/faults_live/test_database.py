"""The database and the disk: restarted, cut off, deadlocked, strict, full."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from uuid import uuid4

import psycopg
import pytest
import requests

from tests.faults_live.conftest import Run, all_like
from tests.faults_live.installation import Installation

pytestmark = pytest.mark.faults

TABLES = ("onboarding_source", "onboarding_onboarding", "onboarding_aggregation")
ROWS = 12
"""How many of each table a session locks: few enough that people get on, enough that somebody is met in a circle."""


def test_a_crashed_and_restarted_database_costs_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "PostgreSQL crashed and restarted, twice"

    def hurt() -> None:
        for _ in range(2):
            installation.postgres.stop()
            assert installation.readiness() == 503
            time.sleep(2)
            installation.postgres.start()
            time.sleep(4)

    report = run(hurt, may_ask_twice=True, pages_may_fail=True)
    assert report.whole == report.people


def test_a_database_that_is_away_for_a_minute_is_told_and_work_goes_on_by_itself(
    run: Run, installation: Installation, lasting: Callable[[float], float]
) -> None:
    seconds = lasting(60)
    run.fault = f"PostgreSQL away for {seconds:.0f} s"
    page = f"{installation.site}/o/{uuid4()}/"
    pages: list[requests.Response] = []
    resumed: list[float] = []

    def hurt() -> None:
        until = time.monotonic() + seconds
        installation.postgres.stop()
        while time.monotonic() < until:
            pages.append(requests.get(page, cookies={"session": "a" * 32}, timeout=30))
            time.sleep(1)
        installation.postgres.start()
        resumed.append(installation.seconds_until_swept(within=30))

    report = run(hurt, all_like(patience=300 + seconds), may_ask_twice=True, pages_may_fail=True)
    report.notes = {"seconds until the worker swept": resumed}
    assert {(one.status_code, one.headers.get("Retry-After") is not None) for one in pages} == {(503, True)}
    assert not [one for one in pages if "Traceback" in one.text]
    assert report.whole == report.people


def test_cut_connections_cost_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "all database connections cut, ten times"

    def hurt() -> None:
        for _ in range(10):
            installation.postgres.cut_connections()
            time.sleep(1)

    report = run(hurt, may_ask_twice=True, pages_may_fail=True)
    assert report.whole == report.people


def test_deadlocks_cost_nobody_anything(run: Run, installation: Installation) -> None:
    """Sessions that lock people and their sources and hold them: each deadlock has the product in it.

    At one time all of them lock in one order, by table and by row, so they never meet each other in a circle.
    """
    run.fault = "deadlocks with sessions that lock in the wrong order"
    before = _deadlocks(installation)
    installation.postgres.execute("ALTER DATABASE wizard SET deadlock_timeout TO '50ms'")
    installation.postgres.cut_connections()

    def hurt() -> None:
        for tables in (TABLES, TABLES[::-1]) * 3:
            until = time.monotonic() + 4
            rogues = [threading.Thread(target=_lock, args=(installation, tables, until)) for _ in range(3)]
            for rogue in rogues:
                rogue.start()
            for rogue in rogues:
                rogue.join()

    with reset_afterwards(installation, "deadlock_timeout"):
        report = run(hurt, may_ask_twice=True, pages_may_fail=True)
    assert _deadlocks(installation) > before
    assert report.whole == report.people


@contextmanager
def reset_afterwards(installation: Installation, setting: str) -> Iterator[None]:
    """Let the database go back to its own setting at the end, in connections that stand too."""
    try:
        yield
    finally:
        installation.postgres.execute(f"ALTER DATABASE wizard RESET {setting}")
        installation.postgres.cut_connections()


def _deadlocks(installation: Installation) -> int:
    return int(installation.postgres.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = 'wizard'")[0][0])


def _lock(installation: Installation, tables: Sequence[str], until: float) -> None:
    with installation.postgres.connect() as connection:
        while time.monotonic() < until:
            with suppress(psycopg.errors.DeadlockDetected), connection.transaction():
                for table in tables:
                    some = f"SELECT id FROM {table} ORDER BY random() LIMIT {ROWS}"  # noqa: S608 - our own tables
                    lock = f"SELECT 1 FROM {table} WHERE id IN ({some}) ORDER BY id FOR UPDATE"  # noqa: S608
                    connection.execute(lock)  # type: ignore[call-overload]
                    time.sleep(0.1)


def test_serialisation_errors_cost_nobody_anything(run: Run, installation: Installation) -> None:
    """With every transaction at REPEATABLE READ, each that meets another one's write is refused and begun anew."""
    refused_before = _refused(installation)
    run.fault = "serialisation errors: all transactions at REPEATABLE READ"

    def hurt() -> None:
        for isolation in ("repeatable read", "serializable"):
            installation.postgres.execute(f"ALTER DATABASE wizard SET default_transaction_isolation TO '{isolation}'")
            installation.postgres.cut_connections()
            time.sleep(8)

    with reset_afterwards(installation, "default_transaction_isolation"):
        report = run(hurt, may_ask_twice=True, pages_may_fail=True)
    assert _refused(installation) > refused_before
    assert report.whole == report.people


def _refused(installation: Installation) -> int:
    return installation.postgres.log().count("could not serialize access")


def test_a_full_disk_is_told_and_does_no_harm(run: Run, installation: Installation) -> None:
    """The upload folder lies on a file system of 256 kB that is full; then room is made."""
    run.fault = "disk of the upload folder full for 15 s"
    installation.uploads.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(installation.uploads)], check=True)
    filler = installation.uploads / "filler"

    def hurt() -> None:
        time.sleep(15)
        subprocess.run(["mount", "-o", "remount,size=64m", str(installation.uploads)], check=True)
        filler.unlink()

    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        report = run(
            hurt,
            all_like(logins=(), statement="statement-other-bank.pdf", tries_again=30),
            early=True,
            pages_may_fail=True,
        )
    finally:
        subprocess.run(["umount", str(installation.uploads)], check=True)
    assert report.whole == report.people
    assert any(page.endswith("503") for page in report.faulty_pages)
    assert not any(page.endswith("500") for page in report.faulty_pages)
