"""The product as it runs in production, part by part, on PostgreSQL and Redis of its own, for faults to hit."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.faults_live.door import Door
from tests.faults_live.servers import Postgres, Redis, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
TRAPS = Path(__file__).resolve().parent / "traps"
GUNICORN = [sys.executable, "-m", "gunicorn"]
CELERY = [sys.executable, "-m", "celery", "-A", "wizard_site"]
KEY = "sandbox-key"
PEOPLES_TABLES = """
    SELECT tablename FROM pg_tables
     WHERE tablename LIKE 'onboarding\\_%' AND tablename NOT LIKE 'onboarding\\_catalog%'
"""
"""All but the lists of banks, which the service gives and nobody's run changes."""
MORE_THAN_ALLOWED = "40"
"""What the bank takes at once: more than the eight of the contract, so that a ninth would be seen and not refused."""


@dataclass
class Part:
    """One process of the product: how it is started, with what besides the common environment, and from where."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    root: Path = ROOT
    child: "subprocess.Popen[bytes] | None" = None


class Installation:
    """PostgreSQL, Redis, bank, web, worker and beat."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.traps = folder / "traps"
        self.uploads = folder / "uploads"
        self.traps.mkdir()
        self.postgres, self.redis = Postgres(folder), Redis(folder)
        self.site_port, self.bank_port = free_port(), free_port()
        self.door = Door(self.bank_port)
        self.site, self.bank = f"http://127.0.0.1:{self.site_port}", f"http://localhost:{self.bank_port}"
        self.environment = {**self._environment(), **settings}
        self.parts: dict[str, Part] = {}
        self._add(
            "bank",
            [*GUNICORN, "--workers", "1", "--threads", "48", "--max-requests", "0", "sandbox.wsgi:application"],
            **self._bank(),
        )
        self.add_web("web")
        self.add_worker("worker")
        self.add_beat("beat")

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
            "SECRET_KEY": "only-for-the-faults-5f0c1a7d2b6e4f93a5c7d1e0b4a6829f3c5e7d9b1a0f",
            "FIELD_ENCRYPTION_KEY": "k1:" + base64.b64encode(os.urandom(32)).decode(),
            "SITE_URL": self.site,
            "KONTOMATIK_BASE_URL": f"http://localhost:{self.door.port}",
            "KONTOMATIK_API_KEY": KEY,
            "DATABASE_URL": self.postgres.url,
            "CELERY_BROKER_URL": self.redis.url,
            "UPLOAD_FOLDER": str(self.uploads),
            "STATIC_FOLDER": str(self.folder / "static"),
            "IMPORT_DEADLINE_MINUTES": "2",
            "TIME_ZONE": "UTC",
            # Thirty people come from one address here.
            "RATE_LIMIT_FACTOR": "100",
            "PYTHONUNBUFFERED": "1",
        }

    def _bank(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "sandbox.settings",
            "SANDBOX_API_KEY": KEY,
            "SANDBOX_SIGNIN_BASE": self.bank,
            "SANDBOX_IMPORT_SECONDS": "1-3",
            "SANDBOX_MAX_COMMANDS": MORE_THAN_ALLOWED,
            "SANDBOX_CONTROL": "1",
            "BIND": f"127.0.0.1:{self.bank_port}",
        }

    def _trapped(self) -> dict[str, str]:
        return {
            "PYTHONPATH": str(TRAPS),
            "FAULT_TRAPS": str(self.traps),
            "BIND": f"127.0.0.1:{self.site_port}",
            "WEB_WORKERS": "2",
            "WEB_THREADS": "8",
        }

    def _add(self, name: str, command: list[str], **environment: str) -> Part:
        self.parts[name] = Part(command, environment)
        return self.parts[name]

    def add_web(self, name: str) -> Part:
        """Add one more web process at the same address; while several run, the kernel shares the connections out."""
        return self._add(name, [*GUNICORN, "--reuse-port", "wizard_site.wsgi"], **self._trapped())

    def add_worker(self, name: str, **environment: str) -> Part:
        """Add one more worker; it takes part once it is started."""
        command = [*CELERY, "worker", "--loglevel", "INFO", "--hostname", f"{name}@%h"]
        return self._add(name, command, **{**self._trapped(), **environment})

    def add_beat(self, name: str) -> Part:
        return self._add(
            name, [*CELERY, "beat", "--loglevel", "WARNING", "--schedule", str(self.folder / f"{name}-schedule")]
        )

    def remove(self, name: str) -> None:
        self.stop(name)
        del self.parts[name]

    # Starting and ending

    def prepare(self, *, root: Path = ROOT) -> None:
        """Collect the static files and migrate, with the code under ``root``."""
        for command in (["collectstatic", "--noinput", "-v0"], ["migrate", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=root, env=self.environment, check=True)

    def start(self, *names: str) -> None:
        for name in names:
            part = self.parts[name]
            with (self.folder / f"{name}.log").open("ab") as log:
                part.child = subprocess.Popen(
                    part.command,
                    cwd=part.root,
                    env={**self.environment, **part.environment},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names:
            wait_until(lambda name=name: self._is_up(name), f"{name} answers")  # type: ignore[misc]

    def _is_up(self, name: str) -> bool:
        child = self.parts[name].child
        assert child is not None
        assert child.poll() is None, f"{name} ended: {self.log(name)[-3000:]}"
        if name.startswith("worker"):
            return "ready." in self.log(name)[self._seen(name) :]
        if name.startswith("beat"):
            return True
        with suppress(requests.RequestException):
            return requests.get(f"{self.bank if name == 'bank' else self.site}/healthz", timeout=2).ok
        return False

    def _seen(self, name: str) -> int:
        """Return where the last start of a worker begins in its log: what was ready before does not count."""
        return self.log(name).rfind("-------------- ")

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def is_running(self, name: str) -> bool:
        child = self.parts[name].child
        return child is not None and child.poll() is None

    def readiness(self) -> int:
        """Return how the site answers whoever asks whether it is ready."""
        return requests.get(f"{self.site}/readyz", timeout=30).status_code

    def seconds_until_swept(self, within: float) -> float:
        """Return in how many seconds from now the worker does beat's work; fail when it takes longer."""
        began, now = time.monotonic(), self.postgres.rows("SELECT clock_timestamp()")[0][0]
        swept = f"SELECT 1 FROM onboarding_tick WHERE name = 'sweep' AND at > '{now.isoformat()}'"  # noqa: S608
        wait_until(lambda: bool(self.postgres.rows(swept)), "the worker sweeps", seconds=within)
        return time.monotonic() - began

    def kill(self, name: str) -> None:
        """End a part and all its children at once, without a word."""
        child = self.parts[name].child
        if child and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def ask_to_stop(self, name: str) -> None:
        child = self.parts[name].child
        if child and child.poll() is None:
            child.send_signal(signal.SIGTERM)

    def stop(self, name: str, seconds: float = 45) -> bool:
        """End a part as a deploy does: ask, wait, and kill what does not listen; tell whether it went by itself."""
        self.ask_to_stop(name)
        child = self.parts[name].child
        if child:
            with suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
        went = not self.is_running(name)
        self.kill(name)
        return went

    def children_of(self, name: str) -> list[psutil.Process]:
        child = self.parts[name].child
        if child is None or child.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(child.pid).children(recursive=True)
        return []

    def set_trap(self, point: str, what: str, number: int = 1) -> None:
        """Have the next process that comes by ``point`` end there: see ``traps/sitecustomize.py``."""
        (self.traps / f"{point}.{what}.{number}").touch()

    def sprung(self) -> int:
        return len(list(self.traps.glob("sprung.*")))

    # The bank's control surface

    def bank_state(self) -> dict[str, Any]:
        found: dict[str, Any] = self._control("GET", "state")
        return found

    def switch_on(self, route: str, kind: str, *, times: int | None = None, seconds: float | None = None) -> None:
        self._control("POST", "faults", {"route": route, "kind": kind, "times": times, "seconds": seconds})

    def switch_off(self) -> None:
        self._control("DELETE", "faults")

    def _control(self, method: str, what: str, asked: dict[str, Any] | None = None) -> Any:
        reply = requests.request(
            method, f"{self.bank}/_control/{what}", json=asked, headers={"X-Api-Key": KEY}, timeout=60
        )
        assert reply.ok, reply.text
        return reply.json()

    # Between two runs

    def begin_anew(self) -> None:
        """Bring everything up and forget everybody, so that no run hangs on what another one left."""
        self.door.open()
        self._control("POST", "reset")
        for trap in self.traps.iterdir():
            trap.unlink()
        tables = self.postgres.rows(PEOPLES_TABLES)
        self.postgres.execute(f"TRUNCATE {', '.join(name for (name,) in tables)}, django_session CASCADE")
        self.redis.client.flushall()
        self.start(*[name for name in self.parts if not self.is_running(name)])

    def end(self) -> None:
        for name in list(self.parts):
            self.kill(name)
        self.door.shut()
        self.redis.kill()
        self.postgres.stop()


@contextmanager
def installed(folder: Path, **settings: str) -> Iterator[Installation]:
    """Set up the whole in a folder, and take all of it down afterwards."""
    found = Installation(folder, **settings)
    try:
        found.prepare()
        found.start(*found.parts)
        yield found
    finally:
        found.end()
