"""Run everything on this machine with one command: site, worker with beat, and the sandbox bank.

``python -m wizard_site.run`` needs no Redis, PostgreSQL, Docker, key or account. It keeps what it makes (database,
keys, messages) under ``var/`` and ends all it started when it is interrupted or when one of them ends.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from . import local
from .local import ROOT

READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 10


class NotStarted(Exception):
    """Say which part did not come up, and where its own words are."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the whole: how it is started and where it answers once it is ready."""

    name: str
    command: list[str]
    ready_at: str = ""


def main() -> int:
    """Start all parts, print the one address, wait for Ctrl-C."""
    folder = local.folder()
    site_port = free_port(int(os.environ.get("PORT", "8000")), "127.0.0.1")
    bank_port = free_port(int(os.environ.get("SANDBOX_PORT", "8001")), "localhost")
    environment = local.environment(folder, site_port, bank_port)
    running: list[subprocess.Popen[bytes]] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        sandbox, *others = parts(site_port, bank_port)
        # It needs nothing of what is prepared, and starts meanwhile.
        running.append(start(sandbox, environment, folder))
        prepare(environment, folder)
        for part in others:
            running.append(start(part, environment, folder))
        wait_until_ready(parts(site_port, bank_port), running, folder)
        say(f"\n  Open  {environment['SITE_URL']}/\n\n  Ctrl-C stops everything. Logs and database: {folder}\n")
        return wait_for_end(running)
    except KeyboardInterrupt:
        say("Stopping.")
        return 0
    except NotStarted as error:
        say(f"Not started: {error}")
        return 1
    finally:
        stop(running)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def free_port(wanted: int, host: str) -> int:
    """Return the wanted port, or the next one that nobody uses."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise NotStarted(f"no free port from {wanted} to {wanted + 99}")


def prepare(environment: dict[str, str], folder: Path) -> None:
    """Collect the static files and bring the database up to date."""
    with (folder / "prepare.log").open("ab") as log:
        command = [sys.executable, "-m", "wizard_site.prepare"]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        raise NotStarted(f"the database or the static files could not be prepared; see {folder / 'prepare.log'}")


def parts(site_port: int, bank_port: int) -> list[Part]:
    """Return the processes of the whole, in the order of their start."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "gthread"]
    celery = [sys.executable, "-m", "celery", "-A", "wizard_site"]
    # The bank keeps its state in memory: its one process must not be renewed after so many requests.
    bank = ["--bind", f"localhost:{bank_port}", "--workers", "1", "--threads", "16", "--max-requests", "0"]
    site = ["--bind", f"127.0.0.1:{site_port}", "--workers", "2", "--threads", "4", "wizard_site.wsgi:application"]
    return [
        Part("sandbox", [*gunicorn, *bank, "sandbox.wsgi:application"], f"http://localhost:{bank_port}/healthz"),
        Part("worker", [*celery, "worker", "--without-gossip", "--without-mingle"]),
        Part("beat", [*celery, "beat", "--schedule", _beat_schedule()]),
        Part("site", [*gunicorn, *site], f"http://127.0.0.1:{site_port}/healthz"),
    ]


def _beat_schedule() -> str:
    return str(local.folder() / "beat-schedule")


def start(part: Part, environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start one part in a process group of its own, so that all of it can be ended."""
    own = {**environment}
    if part.name == "sandbox":
        own["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
    with (folder / f"{part.name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            part.command, cwd=ROOT, env=own, stdout=log, stderr=log, start_new_session=True
        )


def wait_until_ready(expected: list[Part], running: list[subprocess.Popen[bytes]], folder: Path) -> None:
    """Wait until every part that answers somewhere does; raise ``NotStarted`` when one ends or is too slow."""
    until = time.monotonic() + READY_WITHIN_SECONDS
    for part in [part for part in expected if part.ready_at]:
        while not _answers(part.ready_at):
            ended = [one.name for one, child in zip(expected, running, strict=True) if child.poll() is not None]
            if ended or time.monotonic() > until:
                name = ended[0] if ended else part.name
                raise NotStarted(f"the {name} did not come up; see {folder / (name + '.log')}")
            time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as reply:  # noqa: S310 - our own loopback address
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def wait_for_end(running: list[subprocess.Popen[bytes]]) -> int:
    """Wait until somebody interrupts, or one part ends by itself (then the whole can't go on)."""
    while all(child.poll() is None for child in running):
        time.sleep(0.5)
    say("One of the processes ended; stopping the others. See the logs.")
    return 1


def stop(running: list[subprocess.Popen[bytes]]) -> None:
    """End all parts: ask first, then insist."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for child in running:
            _signal_group(child, number)
        until = time.monotonic() + STOP_WITHIN_SECONDS
        while time.monotonic() < until and any(child.poll() is None for child in running):
            time.sleep(0.1)


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not stop the stopping.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
