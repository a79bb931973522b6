"""``--search-leaks``: keep every log line and message of a whole run, and search them for what the tests planted.

Planted texts are secrets, names, account numbers and contents; all tests begin theirs with ``planted-``.
Each process of a run that is shared out keeps and searches its own, and tells the first one.
"""

import io
import logging
import os
import re
from pathlib import Path
from typing import Any

import pytest

PLANTED = re.compile(
    r"planted-[a-z-]*\d{3,}"  # what tests plant everywhere
    r"|PL69137013140000049678278112|PL61109010140000071219812874|PL27114020040000300201355387"
    r"|a-secret-key-only-for-tests|MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
)


class Keeper:
    """All lines that the settings' own formatter writes over a run, and what was found in them."""

    def __init__(self) -> None:
        self.lines = io.StringIO()
        self.handler = logging.StreamHandler(self.lines)
        self.count = 0
        self.leaks: list[str] = []

    def begin(self) -> None:
        """Listen as the console does, from now on."""
        root = logging.getLogger()
        ours = [one.formatter for one in root.handlers if type(one) is logging.StreamHandler]
        assert ours, "no handler of the settings is there"
        self.handler.setFormatter(ours[0])
        root.addHandler(self.handler)

    def search(self) -> None:
        """Note the lines of the log and the messages in which something planted stands."""
        lines = self.lines.getvalue().splitlines()
        folder = Path(os.environ["BROKER_FOLDER"])
        messages = [path for path in folder.rglob("*") if path.is_file() and PLANTED.search(path.read_text())]
        self.count += len(lines)
        self.leaks += [line for line in lines if PLANTED.search(line)] + [f"message {path.name}" for path in messages]


KEEPER = pytest.StashKey[Keeper]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--search-leaks", action="store_true", help="search the run's log and messages for planted texts")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--search-leaks"):
        session.config.stash[KEEPER] = keeper = Keeper()
        keeper.begin()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what another process of the run found."""
    keeper = node.config.stash.get(KEEPER, None)
    if keeper is not None:
        found = getattr(node, "workeroutput", {}).get("leaks")
        keeper.count += found["count"] if found else 0
        keeper.leaks += found["leaks"] if found else ["a process of the run ended without telling what it found"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    keeper = session.config.stash.get(KEEPER, None)
    if keeper is None:
        return
    keeper.search()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["leaks"] = {"count": keeper.count, "leaks": keeper.leaks}
    elif keeper.leaks:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    keeper = config.stash.get(KEEPER, None)
    if keeper is not None:
        said = f"SEARCHED for planted texts: {keeper.count} lines of the log, {len(keeper.leaks)} leaks"
        terminalreporter.write_line(said, red=bool(keeper.leaks))
        for leak in keeper.leaks[:20]:
            terminalreporter.write_line(f"LEAK: {leak[:300]}", red=True)
