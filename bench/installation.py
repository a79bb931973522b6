"""An installation for one measurement: a database, a broker and processes of its own, gone again afterwards.

On PostgreSQL when ``DATABASE_URL`` is a ``postgres://`` address whose user may create databases (one of its own is
made; Redis of its own too, when there is a ``redis-server``); else SQLite and a folder as the broker, all in a
temporary folder.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from uuid import uuid4

import psycopg

from wizard_site import local, run

CONTROL = {"X-Api-Key": "sandbox-key"}


@dataclass
class Installation:
    """Where everything is, and what runs of it."""

    folder: Path
    environment: dict[str, str]
    ports: tuple[int, int]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return self.environment["SITE_URL"]

    @property
    def bank(self) -> str:
        return self.environment["KONTOMATIK_BASE_URL"]

    @property
    def means(self) -> str:
        """Name the engine and the broker."""
        broker = self.environment["CELERY_BROKER_URL"].partition(":")[0]
        return f"{self.environment['DATABASE_URL'].partition(':')[0]} + {broker}"

    def start(self, *names: str) -> None:
        """Start parts by name (``sandbox``, ``worker``, ``beat``, ``site``) and wait for those that answer."""
        parts = [part for part in run.parts(*self.ports) if part.name in names]
        for part in parts:
            self.running[part.name] = run.start(part, self.environment, self.folder)
        run.wait_until_ready(parts, [self.running[part.name] for part in parts], self.folder)

    def start_command(self, name: str, command: list[str], ready_at: str) -> None:
        """Start a part of the measurement's own and wait until it answers."""
        part = run.Part(name, command, ready_at)
        self.running[name] = run.start(part, self.environment, self.folder)
        run.wait_until_ready([part], [self.running[name]], self.folder)

    def stop(self, *names: str) -> None:
        run.stop([self.running.pop(name) for name in names])


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """Make an installation, let Django in this process use it, and clean up; ``settings`` go into its environment."""
    # Whoever ends us politely finds nothing left behind either.
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with database(folder) as at, broker(folder) as messages:
            os.environ.update(settings)
            os.environ |= {
                "DATABASE_URL": at, "CELERY_BROKER_URL": messages, "RUN_FOLDER": name, "SANDBOX_CONTROL": "1",
                "SANDBOX_SESSION_SECONDS": "86400",
            }  # fmt: skip
            ports = unused_port(), unused_port()
            environment = local.environment(folder, *ports)
            os.environ.update(environment)
            run.prepare(environment, folder)
            yield from _with_django(Installation(folder, environment, ports))


def hush() -> None:
    """Leave out what the product writes down at INFO: between figures it would bury them."""
    logging.getLogger("onboarding").setLevel(logging.WARNING)


def _with_django(made: Installation) -> Iterator[Installation]:
    import django

    django.setup()
    hush()
    from django.db import connections

    try:
        yield made
    finally:
        run.stop(list(made.running.values()))
        connections.close_all()


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Make a database on the engine of ``DATABASE_URL`` (in ``folder`` if that is SQLite) and give its address."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder}/wizard.sqlite3"
        return
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        try:
            yield f"{url.rsplit('/', 1)[0]}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Run a Redis beside PostgreSQL, where there is one to run; else the folder is the broker."""
    redis = shutil.which("redis-server")
    if redis is None or not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield "folder://"
        return
    port = unused_port()
    command = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    child = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        child.terminate()
        child.wait(timeout=10)


def unused_port() -> int:
    """Return a port that the system says is free: two measurements at once must not share a broker or a bank."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of all is not above (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def say(text: str = "") -> None:
    """Print a line at once: a measurement takes minutes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
