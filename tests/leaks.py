"""``--search-leaks``: keep every log line and message of a whole run, and search them for what the tests planted.

Planted texts are secrets, names, account numbers and contents; all tests begin theirs with ``planted-``.
"""

import io
import logging
import os
import re
from pathlib import Path

import pytest

PLANTED = re.compile(
    r"planted-[a-z-]*\d{3,}"  # what tests plant everywhere
    r"|PL69137013140000049678278112|PL61109010140000071219812874|PL27114020040000300201355387"
    r"|a-secret-key-only-for-tests|MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
)


class Keeper:
    """All lines that the settings' own formatter writes over a run."""

    def __init__(self) -> None:
        self.lines = io.StringIO()
        self.handler = logging.StreamHandler(self.lines)

    def begin(self) -> None:
        """Listen as the console does, from now on."""
        root = logging.getLogger()
        ours = [one.formatter for one in root.handlers if type(one) is logging.StreamHandler]
        assert ours, "no handler of the settings is there"
        self.handler.setFormatter(ours[0])
        root.addHandler(self.handler)

    def leaks(self) -> list[str]:
        """Return the lines of the log and the messages in which something planted stands."""
        lines = [line for line in self.lines.getvalue().splitlines() if PLANTED.search(line)]
        folder = Path(os.environ["BROKER_FOLDER"])
        messages = [path for path in folder.rglob("*") if path.is_file() and PLANTED.search(path.read_text())]
        return lines + [f"message {path.name}" for path in messages]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--search-leaks", action="store_true", help="search the run's log and messages for planted texts")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--search-leaks"):
        session.config.stash[KEEPER] = keeper = Keeper()
        keeper.begin()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    keeper = session.config.stash.get(KEEPER, None)
    if keeper is not None and keeper.leaks():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    keeper = config.stash.get(KEEPER, None)
    if keeper is not None:
        leaks = keeper.leaks()
        count = len(keeper.lines.getvalue().splitlines())
        terminalreporter.write_line(f"SEARCHED for planted texts: {count} lines of the log, {len(leaks)} leaks")
        for leak in leaks[:20]:
            terminalreporter.write_line(f"LEAK: {leak[:300]}", red=True)


KEEPER = pytest.StashKey[Keeper]()
