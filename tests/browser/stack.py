"""The whole product as real processes on loopback: what ``make run`` starts, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import requests

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Stack:
    """Where the running product and its bank answer."""

    site: str
    bank: str
    folder: Path
    database: str

    def bank_state(self) -> dict[str, object]:
        """Return the sandbox's own truth: sessions, import starts, commands, owners."""
        reply = requests.get(f"{self.bank}/_control/state", headers={"X-Api-Key": "sandbox-key"}, timeout=10)
        reply.raise_for_status()
        state: dict[str, object] = reply.json()
        return state


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """Give the stack a database of its own on the engine the tests run with."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder}/wizard.sqlite3"
        return
    name = f"wizard_browser_{uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{url.rsplit('/', 1)[0]}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Stack]:
    """Start everything, hand over the addresses, stop everything."""
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    broker = os.environ.get("CELERY_BROKER_URL", "folder://")
    with own_database(folder) as database:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RUN_FOLDER": str(folder),
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker,
            "SANDBOX_CONTROL": "1",
            **ports,
            **settings,
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "wizard_site.run"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield Stack(_site_of(child, folder), f"http://localhost:{ports['SANDBOX_PORT']}", folder, database)
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=60)


def _site_of(child: "subprocess.Popen[str]", folder: Path) -> str:
    """Read what the command prints until it prints its one address."""
    assert child.stdout is not None
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    printed = []
    for line in child.stdout:
        printed.append(line)
        if "Open" in line:
            return line.split()[1].rstrip("/")
        if time.monotonic() > until:
            break
    logs = {path.name: path.read_text()[-2000:] for path in folder.glob("*.log")}
    raise AssertionError(f"not started: {''.join(printed)}\n{logs}")
