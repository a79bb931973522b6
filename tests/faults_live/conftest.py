"""One installation for all faults of a process, a crowd for each run, and the table of what the runs came to."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults_live.checks import Report, report_on
from tests.faults_live.crowd import ARRIVE_EVERY_SECONDS, PEOPLE, Crowd
from tests.faults_live.installation import Installation, installed
from tests.faults_live.person import Wish

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "3"))
LENGTH = float(os.environ.get("FAULT_LENGTH", "1"))
"""How long the outages are, as a part of their full length."""
EVERYBODY = tuple(Wish(("ok", "ok") if number % 3 == 0 else ("ok",), tries_again=2) for number in range(PEOPLE))
"""Each third person connects two banks; everybody tries again twice where a page offers it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "round_number" in metafunc.fixturenames:
        metafunc.parametrize("round_number", range(1, ROUNDS + 1), ids=lambda number: f"round{number}")


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    # The database server runs as another user.
    folder.chmod(0o755)
    try:
        with installed(folder) as found:
            yield found
    finally:
        if "FAULT_KEEP" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)


PASSED = pytest.StashKey[bool]()


class Run:
    """One run of a fault: people under way, the fault, and the check."""

    def __init__(self, installation: Installation, fault: str, round_number: int) -> None:
        self.installation, self.fault, self.round_number = installation, fault, round_number
        self.report = Report(fault, round_number)

    def __call__(
        self,
        hurt: Callable[[], None],
        wishes: tuple[Wish, ...] = EVERYBODY,
        *,
        early: bool = False,
        arrive_every: float = ARRIVE_EVERY_SECONDS,
        afterwards: Callable[[], None] | None = None,
        may_ask_twice: bool = False,
        pages_may_fail: bool = False,
    ) -> Report:
        """Let people set out, hurt the installation when they are under way (or ``early``), and tell how all fared.

        A worker that is lost, or its transaction, between a start and what was to be written of it may ask for that
        start again (``may_ask_twice``), and the vendor refuses it. Under any other fault nothing is asked for twice.
        Where web, database or disk are hurt, a page may have to be loaded again (``pages_may_fail``); elsewhere none.
        """
        crowd = Crowd(self.installation.site, wishes, self._statement(wishes), arrive_every=arrive_every)
        if not early:
            crowd.wait_until_under_way()
        hurt()
        outcomes = crowd.outcomes()
        if afterwards:
            afterwards()
        report = report_on(self.installation, outcomes, wishes, fault=self.fault, round_number=self.round_number)
        self.report = report
        assert not report.wrong
        assert not report.stuck
        assert report.summaries + report.told.total() == report.people
        assert may_ask_twice or report.starts_refused == 0
        assert pages_may_fail or not report.faulty_pages
        return report

    def _statement(self, wishes: tuple[Wish, ...]) -> bytes:
        name = next((wish.statement for wish in wishes if wish.statement), "")
        return requests.get(f"{self.installation.bank}/samples/{name}", timeout=30).content if name else b""


def all_like(*, of: tuple[Wish, ...] = EVERYBODY, **habits: Any) -> tuple[Wish, ...]:
    """Return the same people with other habits."""
    return tuple(replace(wish, **habits) for wish in of)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


def keep(report: Report) -> None:
    """Add a run to the file of all runs, from which the table is made, whether it passed or not."""
    path = Path(os.environ.get("FAULT_REPORTS", "var/faults.jsonl"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(vars(report)) + "\n")


@pytest.fixture
def run(installation: Installation, request: pytest.FixtureRequest, round_number: int) -> Iterator[Run]:
    installation.begin_anew()
    made = Run(installation, request.node.originalname.removeprefix("test_"), round_number)
    yield made
    made.report.fault = made.fault
    made.report.failed = not request.node.stash.get(PASSED, False)
    keep(made.report)


@pytest.fixture
def lasting() -> Callable[[float], float]:
    """Return how many seconds an outage takes in this run, of its full length."""
    return lambda seconds: seconds * LENGTH
