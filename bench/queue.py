"""Measure the line for imports: many people arriving at once, eight slots, real worker and beat.

    .venv/bin/python -m bench.queue                                          # SQLite and the folder broker
    DATABASE_URL=postgres://… .venv/bin/python -m bench.queue                # PostgreSQL and Redis of its own
    PEOPLE=500 SANDBOX_IMPORT_SECONDS=2-6 …                                  # the sizes (default 40 people, 2 to 6 s)

The ideal is the sum of the vendor's own lengths of all imports over the slots: no order of the line can be faster. The
second ideal lets each import hold its slot until the first of the looks that the contract allows, one every two
seconds, that can see its end: nobody who keeps that rule is faster than this with these imports in this order.
"""

import math
import os
import statistics
import time
from typing import Any

from bench import people
from bench.installation import Installation, installed, percentile, say

PEOPLE = int(os.environ.get("PEOPLE", "40"))
LOOK_EVERY = 2.0
"""Seconds between two looks at a command: the least that the vendor's contract allows."""


def main() -> None:
    with installed() as bench:
        bench.start("sandbox")
        say(f"{bench.means}: {PEOPLE} people at once, imports of {os.environ.get('SANDBOX_IMPORT_SECONDS', '2-6')} s")
        sources = people.signed_in(bench, PEOPLE)
        bench.start("worker", "beat")
        wait_for_end(sources)
        bench.stop("worker", "beat")
        report(bench, sources)


def wait_for_end(sources: list[Any]) -> None:
    from onboarding.models import Source
    from onboarding.models.sources import OPEN_STATES

    pks = [one.pk for one in sources]
    while Source.objects.filter(pk__in=pks, state__in=OPEN_STATES).exists():
        time.sleep(0.5)


def report(bench: Installation, sources: list[Any]) -> None:
    from onboarding.models import Source, SourceState

    known = people.truth(bench)
    slots = int(os.environ.get("KONTOMATIK_MAX_COMMANDS", "8"))
    commands = known["commands"]
    starts = {one["owner"]: one["startedAt"] for one in commands}
    lengths = [one["seconds"] for one in commands]
    seen = [LOOK_EVERY * max(1, math.ceil(length / LOOK_EVERY)) for length in lengths]
    rows = Source.objects.filter(pk__in=[one.pk for one in sources]).select_related("onboarding")
    ended = [one.ended_at.timestamp() for one in rows]
    took = max(ended) - min(starts.values())
    ideal, bound = sum(lengths) / slots, sum(seen) / slots
    imported = sum(one.state == SourceState.IMPORTED for one in rows)
    say(f"imported {imported} of {len(sources)}; longest import {max(lengths):.1f} s; makespan {took:.1f} s")
    say(f"ideal {ideal:.1f} s, ratio {took / ideal:.3f}")
    say(f"ideal with looks every 2 s {bound:.1f} s, ratio {took / bound:.3f}")
    say(f"of the gap of {took - ideal:.1f} s the looks take {bound - ideal:.1f} s, the rest {took - bound:.1f} s")
    held = {one.onboarding.owner_external_id: one.ended_at.timestamp() for one in rows}
    late = [held[one["owner"]] - one["startedAt"] - one["seconds"] for one in commands]
    looks = sum(one["polls"] for one in commands) / len(commands)
    mean = statistics.mean(late)
    say(f"end to seen: mean {mean:.2f} s, 95 % {percentile(late, 0.95):.2f} s; looks per import {looks:.2f}")
    asked = max(one["effectiveStarts"] + one["refusedStarts"] for one in known["sessions"])
    say(f"most in flight {known['mostInFlight']}; most starts of one session {asked}; calls {known['calls']}")
    fairness([starts[one.onboarding.owner_external_id] for one in rows.order_by("queued_at", "pk")], max(lengths))
    gaps = slot_gaps(sorted(starts.values()), sorted(held.values()), slots)
    say(f"a freed slot is taken after: mean {statistics.mean(gaps):.3f} s, 95 % {percentile(gaps, 0.95):.3f} s")


def fairness(starts: list[float], longest: float) -> None:
    """Print by how much anybody started after somebody who had come later."""
    overtaken = [max(0.0, start - min(starts[place:])) for place, start in enumerate(starts)]
    many = sum(one > 0 for one in overtaken)
    say(f"overtaken by somebody behind: {many}, by {max(overtaken):.2f} s at most (limit {longest:.1f} s)")


def slot_gaps(starts: list[float], ends: list[float], slots: int) -> list[float]:
    """Pair each end that was seen with the start that took its slot: the first with the one after the first slots."""
    return [start - end for end, start in zip(ends, starts[slots:], strict=False)] or [0.0]


if __name__ == "__main__":
    main()
