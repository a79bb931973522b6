"""An installation in production's shape on loopback, whose processes are started and stopped one by one."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.browser.stack import ROOT, free_port

TOKEN = "a-metrics-token-only-for-the-drill-0123456789"
STARTS_WITHIN_SECONDS = 90
ENDS_WITHIN_SECONDS = 60
PARTS = ("web", "worker", "beat")


@dataclass
class Installation:
    """Web, worker and beat over one database, broker and folder of sealed files; ``bank`` is what plays the vendor."""

    folder: Path
    database: str
    broker: str
    uploads: Path
    bank: str
    site_port: int = field(default_factory=free_port)
    changed: dict[str, str] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.site_port}"

    @property
    def environment(self) -> dict[str, str]:
        key = base64.b64encode(b"only-for-the-drill-0123456789012").decode()
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
            "SECRET_KEY": "only-for-the-drill-8f1c0a7d2b6e4f93a5c7d1e0b4a6829f3c5e7d9b1a0f",
            "FIELD_ENCRYPTION_KEY": f"k1:{key}",
            "SITE_URL": self.site,
            "BIND": f"127.0.0.1:{self.site_port}",
            "KONTOMATIK_BASE_URL": self.bank,
            "KONTOMATIK_API_KEY": "sandbox-key",
            "DATABASE_URL": self.database,
            "CELERY_BROKER_URL": self.broker,
            "BROKER_FOLDER": str(self.folder / "broker"),
            "UPLOAD_FOLDER": str(self.uploads),
            "STATIC_FOLDER": str(self.folder / "static"),
            # All people of a drill come from one address.
            "RATE_LIMIT_FACTOR": "100",
            "METRICS_FOLDER": str(self.folder / "metrics"),
            "METRICS_TOKEN": TOKEN,
            "LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
            **self.changed,
        }

    def manage(self, *words: str) -> str:
        """Run a management command; return what it prints, and raise when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> None:
        self.manage("collectstatic", "--noinput", "-v0")
        self.manage("migrate", "--noinput", "-v0")

    def start(self, *parts: str) -> None:
        """Start parts, and wait until the web answers if it is one of them."""
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "wizard_site"]
        commands = {
            "web": [sys.executable, "-m", "gunicorn", "wizard_site.wsgi"],
            "worker": [*celery, "worker"],
            "beat": [*celery, "beat", "--schedule", str(self.folder / "beat-schedule")],
        }
        for part in parts:
            with (self.folder / f"{part}.log").open("ab") as log:
                self.running[part] = subprocess.Popen(
                    commands[part], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
        if "web" in parts:
            wait_for(f"{self.site}/healthz")

    def stop(self, *parts: str, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask parts to end (or end them at once) and wait until they have."""
        for part in parts:
            os.killpg(self.running[part].pid, how) if how == signal.SIGKILL else self.running[part].send_signal(how)
        for part in parts:
            self.running.pop(part).wait(ENDS_WITHIN_SECONDS)

    def log(self, part: str) -> str:
        return (self.folder / f"{part}.log").read_text()


def wait_for(address: str) -> None:
    """Wait until somebody answers there."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            if requests.get(address, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"nothing answers at {address}")


@contextmanager
def sandbox(folder: Path, **changed: str) -> Iterator[str]:
    """Run the sandbox bank alone; give its address."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DJANGO_SETTINGS_MODULE": "sandbox.settings",
        "SANDBOX_API_KEY": "sandbox-key",
        "SANDBOX_SIGNIN_BASE": f"http://localhost:{port}",
        "SANDBOX_CONTROL": "1",
        **changed,
    }
    arguments = ["--bind", f"localhost:{port}", "--workers", "1", "--threads", "16", "sandbox.wsgi:application"]
    with (folder / "sandbox.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        wait_for(f"http://localhost:{port}/healthz")
        yield f"http://localhost:{port}"
    finally:
        child.terminate()
        child.wait(ENDS_WITHIN_SECONDS)
