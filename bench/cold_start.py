"""Measure the way from a fresh clone to the first page, and the start of each process alone.

    .venv/bin/python -m bench.cold_start            # the clone borrows this environment
    .venv/bin/python -m bench.cold_start --install  # installs into the clone, told apart: needs a package index

Clones the last commit into a temporary folder, then runs ``make run`` until its first page
is answered; then web and worker alone, each until it has done its first piece of work. The floor of each: the time
that Python needs to start and to import the same site. Processor time of all children (``RUSAGE_CHILDREN``) stands
beside the seconds, since a busy machine stretches those.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the cold start.")
    parser.add_argument("--install", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        with measured("git clone"):
            quietly("git", "clone", "--quiet", str(ROOT), str(clone), at=Path(folder))
        if not asked.install:
            (clone / ".venv").symlink_to(Path(sys.prefix))
            (clone / ".venv" / ".runtime").touch()
        else:
            with measured("install (make .venv/.runtime)"):
                quietly("make", ".venv/.runtime", at=clone)
        port = free_port()
        environment = {**os.environ, "PORT": str(port), "SANDBOX_PORT": str(free_port())}
        for name in ("DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE"):
            environment.pop(name, None)
        for title in ("make run to first page, first time", "make run to first page, again"):
            first_page(title, ["make", "run"], clone, environment, f"http://127.0.0.1:{port}/")
        alone(clone, environment, port)


def alone(clone: Path, environment: dict[str, str], port: int) -> None:
    """Measure web and worker by themselves, with the database that ``make run`` left."""
    told = "import os, sys; from pathlib import Path; from wizard_site.local import environment; "
    told += f"os.environ.update(environment(Path('var').resolve(), {port}, 1)); "
    python = str(clone / ".venv" / "bin" / "python")
    with measured("floor: import the site"):
        quietly(python, "-c", told + "import wizard_site.wsgi", at=clone, environment=environment)
    serve = told + f"os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', '--bind', '127.0.0.1:{port}', "
    serve += "'wizard_site.wsgi'])"
    first_page(
        "gunicorn to first page",
        [python, "-c", serve],
        clone,
        {**environment, "BIND": f"127.0.0.1:{port}"},
        f"http://127.0.0.1:{port}/",
    )
    look = "import django; django.setup(); from onboarding.models import Tick; "
    look += "from onboarding.tasks import sweep; Tick.objects.all().delete(); sweep.delay()"
    quietly(python, "-c", told + look, at=clone, environment=environment)
    work = told + "os.execv(sys.executable, [sys.executable, '-m', 'celery', '-A', 'wizard_site', 'worker'])"
    database = clone / "var" / "wizard.sqlite3"
    started("worker to first task done", [python, "-c", work], clone, environment, lambda: has_ticked(database))


def has_ticked(database: Path) -> bool:
    import sqlite3

    with sqlite3.connect(database, timeout=20) as looked:
        return bool(looked.execute("SELECT count(*) FROM onboarding_tick WHERE name = 'sweep'").fetchone()[0])


def first_page(title: str, command: list[str], clone: Path, environment: dict[str, str], address: str) -> None:
    def answers() -> bool:
        try:
            with urlopen(address, timeout=30) as reply:  # noqa: S310 - our own loopback address
                return bool(reply.status == 200 and reply.read())
        except (URLError, OSError):
            return False

    started(title, command, clone, environment, answers)


def started(
    title: str, command: list[str], clone: Path, environment: dict[str, str], is_done: Callable[[], bool]
) -> None:
    """Start a command, wait until its first work is done, end it and all that it started."""
    with measured(title) as done:
        child = subprocess.Popen(
            command,
            cwd=clone,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not is_done():
                if child.poll() is not None or time.monotonic() > until:
                    sys.exit(f"{title}: did not come up")
                time.sleep(0.02)
            done()
        finally:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(timeout=60)


@contextmanager
def measured(title: str) -> Iterator[Callable[[], None]]:
    """Print the seconds until ``done`` was called or the end, and the processor time of children until the end."""
    begun, idle = time.perf_counter(), children_cpu()
    seconds: list[float] = []
    yield lambda: seconds.append(time.perf_counter() - begun)
    taken = seconds[0] if seconds else time.perf_counter() - begun
    print(f"{title:<36}{taken:8.2f} s  {children_cpu() - idle:8.2f} s cpu (with its stopping)", flush=True)


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quietly(*command: str, at: Path, environment: dict[str, str] | None = None) -> None:
    ended = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(command)[:80]} failed:\n{ended.stderr[-2000:]}")


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
