"""Workers and beat: killed, asked to stop, doubled, gone, with a wrong clock."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults_live.conftest import Run, all_like
from tests.faults_live.installation import Installation
from tests.faults_live.servers import NotInstalled, wait_until

pytestmark = pytest.mark.faults

FAKE_TIME = "faketime/libfaketimeMT.so.1"
IN_THE_AIR = 2
STOPS_WITHIN_SECONDS = 35
"""Less than a deploy waits before it kills (docker-compose.yml)."""
LATE_SECONDS = 60
"""After which time without a sweep the site calls itself not ready."""


def nothing() -> None:
    """Hurt nothing."""


@pytest.mark.parametrize("point", ["before", "after", "saved"])
def test_a_worker_killed_around_a_call_costs_nobody_anything(run: Run, installation: Installation, point: str) -> None:
    run.fault = {"before": "worker killed before the call", "after": "worker killed between call and save"}.get(
        point, "worker killed after the save"
    )

    def hurt() -> None:
        for number, route in enumerate(("default-import", "command", "default-import", "data"), start=1):
            installation.set_trap(point, route, number)
            wait_until(lambda number=number: installation.sprung() >= number, f"{point} {route}")  # type: ignore[misc]
            installation.kill("worker")
            installation.start("worker")

    report = run(hurt, early=True, may_ask_twice=True)
    assert report.whole == report.people


def test_a_killed_child_costs_nobody_anything(run: Run, installation: Installation) -> None:
    """A statement is looked at in a child process; after three lost ones the file itself is taken for the cause."""
    run.fault = "child of the worker killed"
    killed = 0

    def hurt() -> None:
        nonlocal killed
        until = time.monotonic() + 90
        while killed < 10 and time.monotonic() < until:
            for child in installation.children_of("worker"):
                child.kill()
                killed += 1
            time.sleep(0.02)

    report = run(hurt, all_like(logins=(), statement="statement-other-bank.pdf", tries_again=3), early=True)
    assert killed >= 10
    assert report.whole == report.people


def test_a_warm_shutdown_during_work_costs_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "worker asked to stop during work, three times"

    def hurt() -> None:
        for _ in range(3):
            assert installation.stop("worker", STOPS_WITHIN_SECONDS)
            installation.start("worker")

    report = run(hurt)
    assert report.whole == report.people


def test_a_second_beat_does_no_harm(run: Run, installation: Installation) -> None:
    run.fault = "two beats"
    installation.add_beat("beat2")
    try:
        installation.start("beat2")
        report = run(nothing)
        assert installation.is_running("beat")
        assert installation.is_running("beat2")
    finally:
        installation.remove("beat2")
    assert report.whole == report.people


@pytest.mark.parametrize("part", ["beat", "worker"])
def test_without_a_part_people_wait_and_lose_nothing(
    run: Run, installation: Installation, lasting: Callable[[float], float], part: str
) -> None:
    run.fault = f"no {part} for 5 minutes"

    def hurt() -> None:
        installation.kill(part)
        time.sleep(lasting(300))
        assert (installation.readiness() == 503) is (lasting(300) > LATE_SECONDS)
        installation.start(part)

    report = run(hurt, all_like(patience=300 + lasting(300)), may_ask_twice=part == "worker")
    # An import may take two minutes here. Whose start was in the air when its worker died, and never arrived, is over
    # by then and told so; everybody else goes on.
    assert report.whole >= report.people - (IN_THE_AIR if part == "worker" else 0)


def test_a_worker_whose_clock_jumps_an_hour_does_no_harm(run: Run, installation: Installation) -> None:
    run.fault = "clock of one worker jumps by ±1 h"
    library = next((str(one) for one in Path("/usr/lib").glob(f"*/{FAKE_TIME}")), None)
    if library is None:
        raise NotInstalled("libfaketime is not installed: it makes a worker's clock jump.")
    shift = installation.folder / "shift"
    shift.write_text("+0")
    installation.add_worker(
        "worker2",
        LD_PRELOAD=library,
        FAKETIME_TIMESTAMP_FILE=str(shift),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )

    def hurt() -> None:
        for jump in ("+1h", "-1h", "+0", "+1h"):
            shift.write_text(jump)
            time.sleep(6)

    try:
        installation.start("worker2")
        report = run(hurt)
        hours = set(
            re.findall(r"^\S+ (\d\d):\S+ INFO onboarding\.observing\.history", installation.log("worker2"), re.M)
        )
        assert len(hours) >= 3, "the second worker did not work at three times of the day"
        assert "Discarding" not in installation.log("worker2")
    finally:
        installation.remove("worker2")
    assert report.whole == report.people
