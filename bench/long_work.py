"""Measure how long the sweep and short steps wait while large summaries are being made.

    .venv/bin/python -m bench.long_work                       # SQLite and the folder broker; 10 x 2,000 rows each
    .venv/bin/python -m bench.long_work --rows 20000          # 115 MB each
    DATABASE_URL=postgres://… .venv/bin/python -m bench.long_work   # and a Redis of its own

One real worker and one beat; a stand-in for the vendor in a process of its own gives every owner the same aggregate
and says of every command that it runs. Two rounds in one run: the peer with nothing long to do, then ``--summaries``
asked for at once. Said of each: the gaps between two ticks of the sweep (ideal: 1 s), and how late each look at one of
``--imports`` commands came after the moment it was due.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.generate_aggregate import written
from bench.installation import broker, database

ROOT = Path(__file__).resolve().parent.parent
ANYBODY = b"00000000-0000-4000-8000-000000000000"
RUNNING = '<reply status="200 OK"><command id="{id}" state="in_progress" name="DefaultImport"/></reply>'


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure short work beside long work.")
    parser.add_argument("--rows", type=int, default=2_000, help="of each of an aggregate's ten accounts")
    parser.add_argument("--summaries", type=int, default=8)
    parser.add_argument("--imports", type=int, default=8)
    parser.add_argument("--quiet-seconds", type=int, default=20)
    parser.add_argument("--vendor", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.vendor:
        port, file = asked.vendor
        be_the_vendor(int(port), Path(file))
        return
    with tempfile.TemporaryDirectory() as folder:
        asked.file = written(Path(folder) / "aggregate.xml", asked.rows)
        port = _free_port()
        with database(Path(folder)) as at, broker(Path(folder)) as messages:
            os.environ |= {"DATABASE_URL": at, "CELERY_BROKER_URL": messages}
            prepare(Path(folder), port)
            with running(Path(folder), port, asked.file):
                measure(asked)


def prepare(folder: Path, port: int) -> None:
    """Set this process's environment, which the others get too, and make the tables."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
        "SECRET_KEY": "of-a-bench-0123456789-0123456789-0123456789-0123456789",
        "SITE_URL": "http://127.0.0.1:8000",
        "KONTOMATIK_BASE_URL": f"http://127.0.0.1:{port}",
        "KONTOMATIK_API_KEY": "key-of-a-bench",
        "FIELD_ENCRYPTION_KEY": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "BROKER_FOLDER": str(folder / "broker"),
        "UPLOAD_FOLDER": str(folder / "uploads"),
        "RUN_FOLDER": str(folder),
        "IMPORT_DEADLINE_MINUTES": "60",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    import django

    django.setup()


@contextmanager
def running(folder: Path, port: int, file: Path) -> Iterator[None]:
    """Run the vendor, one worker and beat; end them."""
    celery = [sys.executable, "-m", "celery", "-A", "wizard_site"]
    commands = (
        [sys.executable, "-m", "bench.long_work", "--vendor", str(port), str(file)],
        [*celery, "worker", "--loglevel", "WARNING"],
        [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(folder / "beat")],
    )
    children = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    try:
        yield
    finally:
        for child in reversed(children):
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=60)
            except subprocess.TimeoutExpired:
                child.kill()


def measure(asked: argparse.Namespace) -> None:
    from django.db import connection

    from onboarding.models import Aggregation
    from tests import rows

    for number in range(asked.imports):
        rows.polling(rows.onboarding(), bank__command_id=f"4550260{number:02}")
    ticks: list[float] = []
    over = threading.Event()
    watcher = threading.Thread(target=watch_ticks, args=(ticks, over))
    watcher.start()
    try:
        while len(ticks) < 5:
            time.sleep(0.2)
        say(f"{connection.vendor}, nothing long to do", *measure_round(ticks, asked.quiet_seconds))
        wanted = [rows.aggregation(rows.onboarding()).pk for _ in range(asked.summaries)]
        begun = time.monotonic()
        told = measure_round(ticks, until=lambda: Aggregation.objects.filter(pk__in=wanted, state="fetching").exists())
        say(f"{connection.vendor}, {asked.summaries} summaries of {asked.file.stat().st_size / 1e6:.0f} MB", *told)
        ready = Aggregation.objects.filter(pk__in=wanted, state="ready")
        ends = sorted((row.ended_at - row.created_at).total_seconds() for row in ready)
        print(
            f"  {len(ends)} ready, after {', '.join(f'{end:.0f}' for end in ends)} s; "
            f"all in {time.monotonic() - begun:.0f} s"
        )
    finally:
        over.set()
        watcher.join()
        connection.close()


def watch_ticks(ticks: list[float], over: threading.Event) -> None:
    """Note every tick of the sweep, looking 50 times a second."""
    from django.db import connection

    from onboarding.models import Tick

    while not over.wait(0.02):
        tick = Tick.objects.filter(name="sweep").first()
        if tick and (not ticks or ticks[-1] != tick.at.timestamp()):
            ticks.append(tick.at.timestamp())
    connection.close()


def measure_round(ticks: list[float], seconds: float = 0, until: object = None) -> tuple[list[float], list[float]]:
    """Return the gaps between ticks, and by how much each look at a command was late, both in seconds."""
    from onboarding.models import Source

    begun, first = time.monotonic(), len(ticks)
    late: list[float] = []
    due: dict[int, float] = {}
    while time.monotonic() - begun < seconds or (callable(until) and until()):
        found = dict(Source.objects.filter(state="importing").values_list("pk", "due_at"))
        now = time.time()
        for pk, at in found.items():
            moment = at.timestamp()
            if pk in due and moment > due[pk]:
                # Put back: it was looked at between our last look and this one.
                late.append(now - due[pk])
            due[pk] = moment
        time.sleep(0.05)
    late += [max(0.0, time.time() - moment) for moment in due.values() if moment < time.time()]
    seen = ticks[first:]
    return [after - before for before, after in itertools.pairwise(seen)], late


def say(name: str, gaps: list[float], late: list[float]) -> None:
    print(name)
    for title, times in (("sweep, gap between two ticks", gaps), ("command looked at, late by", late)):
        if len(times) > 1:
            print(
                f"  {title:<32} p50 {statistics.median(times):6.2f} s  "
                f"p95 {statistics.quantiles(times, n=20)[-1]:6.2f} s  max {max(times):6.2f} s  ({len(times)})"
            )
        else:
            print(f"  {title:<32} fewer than two: {times}")
    sys.stdout.flush()


def be_the_vendor(port: int, file: Path) -> None:
    """Answer as the vendor: the file for every owner, and every command runs."""

    class Vendor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path.startswith("/v1/command/"):
                self._answer(RUNNING.format(id=asked.path[12:-4]).encode())
            elif asked.path == "/v1/data.xml":
                self._give(parse_qs(asked.query)["ownerExternalId"][0].encode())
            else:
                self._answer(b'<reply status="200 OK"/>')

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _give(self, owner: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            with file.open("rb") as stream:
                self.wfile.write(stream.read(4096).replace(ANYBODY, owner))
                while piece := stream.read(1024 * 1024):
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            return

    ThreadingHTTPServer(("127.0.0.1", port), Vendor).serve_forever()


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as probe:
        return int(probe.server_port)


if __name__ == "__main__":
    main()
