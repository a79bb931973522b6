"""Measure how long it takes from the end of an import at the vendor until a person's page shows it.

    .venv/bin/python -m bench.latency                                        # SQLite and the folder broker
    DATABASE_URL=postgres://… .venv/bin/python -m bench.latency              # PostgreSQL and Redis of its own
    IMPORTS=100 PEOPLE=1,8,30 …                                              # how many imports, for how many people

Real site, worker, beat and sandbox. So many people at a time each connect bank after bank; their pages ask as the
markup says: the address with its stamp, after the seconds of its ``hx-trigger``. From the sandbox's own instant of the
end to the first reply in which the card is done. The two halves: until a worker saw the end (the contract allows one
look every two seconds), and from there until the page showed it (the page's interval, and what the machine adds).
"""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Lock
from types import SimpleNamespace
from typing import cast

import requests
from django.http import HttpRequest

from bench import people
from bench.installation import Installation, installed, percentile, say

IMPORTS = int(os.environ.get("IMPORTS", "16"))
PEOPLE = [int(number) for number in os.environ.get("PEOPLE", "1,8").split(",")]
NOTHING_FOR_SECONDS = 300


@dataclass(frozen=True)
class Shown:
    """One import: whose, when its card was first seen done, and how often the page then asked."""

    source: object
    owner: str
    at: float
    interval: float


def main() -> None:
    with installed(SANDBOX_SPEED="1") as bench:
        bench.start("sandbox", "worker", "beat", "site")
        for at_once in PEOPLE:
            measure(bench, at_once)


def measure(bench: Installation, at_once: int) -> None:
    numbers, lock = count(), Lock()

    def person(_number: int) -> list[Shown]:
        from django.db import connections

        shown = []
        try:
            while next(numbers) < IMPORTS:
                shown.append(connect(bench, lock))
        finally:
            connections.close_all()
        return shown

    with ThreadPoolExecutor(at_once) as pool:
        shown = [one for many in pool.map(person, range(at_once)) for one in many]
    report(bench, at_once, shown)


def connect(bench: Installation, lock: Lock) -> Shown:
    """Let one person begin, sign in, and watch the page until the card is done."""
    from django.contrib.sessions.backends.db import SessionStore

    from onboarding import browsers

    session = SessionStore()
    digest = browsers.know(cast(HttpRequest, SimpleNamespace(session=session)))
    session.save()
    # SQLite has one writer; the rows are made one person at a time, as no part of what is measured.
    with lock:
        source = people.signed_in(bench, 1, browsers=[digest])[0]
    headers = {"Cookie": f"session={session.session_key}", "HX-Request": "true"}
    path = f"/o/{source.onboarding.uuid}/progress/"
    interval, until = 1.0, time.monotonic() + NOTHING_FOR_SECONDS
    while time.monotonic() < until:
        # A connection for each: a kept one may be closed by the server just as we ask; browsers ask anew.
        reply = requests.get(bench.site + path, headers=headers, timeout=30)
        if "card-imported" in reply.text:
            return Shown(source, source.onboarding.owner_external_id, time.time(), interval)
        if asked := re.search(r'hx-get="([^"]+)" hx-trigger="every (\d+)s', reply.text):
            path, interval = asked[1].replace("&amp;", "&"), float(asked[2])
        time.sleep(interval)
    raise SystemExit("an import was never shown")


def report(bench: Installation, at_once: int, shown: list[Shown]) -> None:
    from onboarding.models import Source

    ends = {one["owner"]: one["startedAt"] + one["seconds"] for one in people.truth(bench)["commands"]}
    seen = dict(Source.objects.values_list("onboarding__owner_external_id", "ended_at"))
    whole = [one.at - ends[one.owner] for one in shown]
    first = [seen[one.owner].timestamp() - ends[one.owner] for one in shown]
    second = [one.at - seen[one.owner].timestamp() for one in shown]
    intervals = sorted({one.interval for one in shown})
    say(f"{bench.means}: {len(shown)} imports, {at_once} people at a time, pages ask every {intervals} s")
    for name, values in (("end to shown", whole), ("  end to seen by a worker", first), ("  seen to shown", second)):
        half, most = percentile(values, 0.5), percentile(values, 0.95)
        say(f"  {name:28} 50 % {half:5.2f} s   95 % {most:5.2f} s   most {max(values):5.2f} s")
    late = [value - one.interval for value, one in zip(second, shown, strict=True)]
    say(f"  seen to shown beyond the page's interval: 95 % {percentile(late, 0.95):5.2f} s (goal 1 s)")


if __name__ == "__main__":
    main()
