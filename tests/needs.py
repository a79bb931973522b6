"""What some tests need that not every machine has: such tests are left out, counted and named, never skipped."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import chromium

RECORDED = "KONTOMATIK_RECORDED"
FAULTS = "FAULTS"


def postgres_tool(name: str) -> str | None:
    """Return where a tool of PostgreSQL's is: on the path, or the newest of Debian's folders."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(of_debian[-1]) if of_debian else None)


@dataclass
class Need:
    """One thing: which tests need it, whether it is here, what is said when it is not."""

    name: str
    here: bool
    without: str
    left_out: list[pytest.Item] = field(default_factory=list)

    def is_of(self, item: pytest.Item) -> bool:
        """Tell whether a test has this need: by a marker, or by a fixture of that name."""
        return item.get_closest_marker(self.name) is not None or self.name in getattr(item, "fixturenames", ())


NEEDS = [
    Need("recorded", bool(os.environ.get(RECORDED)), f"{RECORDED} names no folder of recorded replies"),
    Need(
        "services",
        os.environ.get("DATABASE_URL", "").startswith("postgres"),
        "DATABASE_URL names no PostgreSQL (make test-services)",
    ),
    Need("postgres_tools", postgres_tool("pg_dump") is not None, "pg_dump and pg_restore are not installed"),
    Need("faults", bool(os.environ.get(FAULTS)), "they break a whole installation for hours (make test-faults)"),
    Need("browser", chromium() is not None, "no Chromium is installed (or set CHROMIUM to its path)"),
]


REPORTED = "left_out"
"""Under which name a test process tells the one that started it what it left out."""
_reported: dict[str, int] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for need in NEEDS:
        need.left_out = [] if need.here else [item for item in items if need.is_of(item)]
        if need.left_out:
            config.hook.pytest_deselected(items=need.left_out)
            items[:] = [item for item in items if item not in need.left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[REPORTED] = {need.name: len(need.left_out) for need in NEEDS}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Every process collects all tests, so each of them left out the same.
    _reported.update(node.workeroutput.get(REPORTED, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for need in NEEDS:
        count = len(need.left_out) or _reported.get(need.name, 0)
        if count:
            terminalreporter.write_line(f"NOT RUN: {count} {need.name} tests: {need.without}", yellow=True)
