"""Measure one progress poll beside bare views of the same site, under gunicorn, in one run.

    .venv/bin/python -m bench.progress_poll                                     # SQLite in a temporary folder
    DATABASE_URL=postgres://… .venv/bin/python -m bench.progress_poll           # PostgreSQL: a database of its own
    SECONDS=10 IN_LINE=10000 …                                                  # longer, and a longer line

One gunicorn process with four threads on the first core; the load (wrk, four connections) on the last one. Each address
is asked in turns, so that what else the machine does meets all alike; requests a second and the 95th percentile are the
medians of the turns.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import requests

from bench.installation import Installation, installed, say

SECONDS = int(os.environ.get("SECONDS", "3"))
TURNS = int(os.environ.get("TURNS", "3"))
IN_LINE = int(os.environ.get("IN_LINE", "500"))
SOURCES = 5
SCRIPT = """
done = function(summary, latency, requests)
  io.write(string.format('{"rate": %f, "p95": %f, "wrong": %d, "bytes": %f}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(95) / 1000,
    summary.errors.status + summary.errors.timeout + summary.errors.read,
    summary.bytes / math.max(summary.requests, 1)))
end
"""


@dataclass
class Asked:
    """An address under load: its headers, and what every turn brought."""

    name: str
    path: str
    headers: dict[str, str]
    turns: list[dict[str, float]] = field(default_factory=list)

    def median(self, figure: str) -> float:
        return statistics.median(turn[figure] for turn in self.turns)


def main() -> None:
    if shutil.which("wrk") is None:
        say("Left out: wrk, which puts the load on the site, is not installed.")
        return
    with installed() as bench:
        asked = addresses(bench)
        serve(bench)
        script = bench.folder / "done.lua"
        script.write_text(SCRIPT)
        say(f"{bench.means}: {SOURCES} sources of one person, {IN_LINE} others in line; {TURNS} turns of {SECONDS} s")
        for one in asked:
            load(bench, one, str(script), 1)
            one.turns.clear()
        for _ in range(TURNS):
            for one in asked:
                if one.name.startswith("unchanged"):
                    one.path = asked_by_page(bench, one)
                load(bench, one, str(script), SECONDS)
        report(asked)


def addresses(bench: Installation) -> list[Asked]:
    """Make a person with a list, others in the line before, and return what will be asked for."""
    from django.conf import settings
    from django.test import Client

    from onboarding.models import BankSignIn, Onboarding, Source, SourceState
    from tests import rows

    settings.ALLOWED_HOSTS = ["*"]
    person = Client()
    onboarding = rows.onboarding(person)
    others = [
        Onboarding(country="pl", locale="pl", consented_at=onboarding.consented_at, expires_at=onboarding.expires_at)
        for _ in range(IN_LINE)
    ]
    others = Onboarding.objects.bulk_create(others, batch_size=500)
    queued = [
        Source(
            onboarding=other,
            state=SourceState.QUEUED,
            state_since=other.created_at,
            queued_at=other.created_at,
            due_at=other.created_at,
        )
        for other in others
    ]
    BankSignIn.objects.bulk_create(
        [BankSignIn(source=one) for one in Source.objects.bulk_create(queued, batch_size=500)], batch_size=500
    )
    long_ago = rows.ago(seconds=3600)
    for state in (SourceState.IMPORTED, SourceState.IMPORTING, *[SourceState.QUEUED] * (SOURCES - 2)):
        rows.source(onboarding, state, state_since=long_ago)
    cookie = {"Cookie": f"session={person.cookies['session'].value}"}
    htmx = {**cookie, "HX-Request": "true"}
    poll = f"/o/{onboarding.uuid}/progress/"
    return [
        Asked("bare, one query", "/bare/", cookie),
        Asked("bare, session and one query", "/bare-with-session/", cookie),
        Asked("unchanged poll (204)", poll, htmx),
        Asked("changed poll (fragment)", poll + "?v=old", htmx),
        Asked("whole page", f"/o/{onboarding.uuid}/", cookie),
    ]


def asked_by_page(bench: Installation, one: Asked) -> str:
    """Return what the fragment that is shown now asks next."""
    fragment = requests.get(f"{bench.site}{one.path.partition('?')[0]}", headers=one.headers, timeout=30)
    found = re.search(r'hx-get="([^"]+)"', fragment.text)
    assert found is not None
    return found[1].replace("&amp;", "&")


def serve(bench: Installation) -> None:
    address = bench.site.partition("//")[2]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", address, "--workers", "1"]
    command = ["taskset", "-c", "0", *gunicorn, "--threads", "4", "--max-requests", "0", "bench.poll_site:application"]
    bench.start_command("site", command, f"{bench.site}/healthz")


def load(bench: Installation, one: Asked, script: str, seconds: int) -> None:
    headers = [part for name, value in one.headers.items() for part in ("-H", f"{name}: {value}")]
    last = str((os.cpu_count() or 1) - 1)
    command = [
        "taskset",
        "-c",
        last,
        "wrk",
        "-t1",
        "-c4",
        f"-d{seconds}s",
        "-s",
        script,
        *headers,
        bench.site + one.path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    turn: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert turn["wrong"] == 0, done.stdout
    one.turns.append(turn)


def report(asked: list[Asked]) -> None:
    bare, with_session = asked[0].median("rate"), asked[1].median("rate")
    for one in asked:
        rate = one.median("rate")
        say(
            f"{one.name:28} {rate:7.0f} req/s   95 % {one.median('p95'):6.1f} ms   {one.median('bytes'):7.0f} bytes"
            f"   {rate / bare:5.2f} x bare   {rate / with_session:5.2f} x bare with session"
        )


if __name__ == "__main__":
    main()
