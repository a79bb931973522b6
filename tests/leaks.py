"""``--search-leaks``: keep every log line and message of a whole run, and search them for what the tests planted.

Planted texts are secrets, names, account numbers and contents; all tests begin theirs with ``planted-``.
Each process of a run that is shared out keeps and searches its own, and tells the first one.
"""

import base64
import io
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

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
        self.count += len(lines)
        self.leaks += [line for line in lines if PLANTED.search(line)]
        self.leaks += [f"message {name}" for name, text in _messages() if PLANTED.search(text)]


def _messages() -> Iterator[tuple[str, str]]:
    """Yield what lies in the broker at the end of a run: a name, and its text with what is in base64 opened."""
    broker = os.environ["CELERY_BROKER_URL"]
    if broker.startswith("redis://"):
        client = redis.Redis.from_url(broker, decode_responses=True, encoding_errors="replace")
        # What waits is a list, what was taken and not confirmed is a hash; the rest are names.
        for name in client.scan_iter(_type="list"):
            yield from ((name, _opened(message)) for message in client.lrange(name, 0, -1))
        for name in client.scan_iter(_type="hash"):
            yield from ((name, _opened(message)) for message in client.hvals(name))
    for path in Path(os.environ["BROKER_FOLDER"]).rglob("*"):
        if path.is_file():
            yield path.name, _opened(path.read_text())


def _opened(text: str) -> str:
    bodies = re.findall(r'"([A-Za-z0-9+/]{40,}={0,2})"', text)
    return "\n".join([text, *(base64.b64decode(body).decode(errors="replace") for body in bodies)])


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
