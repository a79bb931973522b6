"""A long time of it: two thousand imports by people who keep arriving, while one fault after the other strikes."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest

from tests.faults_live import striking
from tests.faults_live.conftest import Run
from tests.faults_live.installation import Installation
from tests.faults_live.meanwhile import meanwhile
from tests.faults_live.person import Wish

pytestmark = pytest.mark.faults

IMPORTS = int(os.environ.get("SOAK_IMPORTS", "2000"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
ARRIVE_EVERY_SECONDS = 0.6
"""Some two imports a second: a little less than eight slots take when nothing is broken."""
PAUSE_SECONDS = (1, 6)
LOOK_EVERY_SECONDS = 10
MOST_GROWTH = 1.05
"""Of a worker's memory in the second half of the run: in the first one all its threads meet all kinds of work."""


@pytest.fixture
def second_worker(installation: Installation) -> Iterator[None]:
    installation.add_worker(striking.SECOND_WORKER)
    try:
        installation.start(striking.SECOND_WORKER)
        yield
    finally:
        installation.remove(striking.SECOND_WORKER)


@pytest.mark.usefixtures("second_worker")
def test_two_thousand_imports_under_one_fault_after_the_other(
    run: Run, installation: Installation, round_number: int
) -> None:
    chance = random.Random(SEED + round_number)
    people = -(-IMPORTS * 3 // 4)
    arriving = people * ARRIVE_EVERY_SECONDS
    run.fault = f"soak: {IMPORTS:,} imports, a fault at random every few seconds"
    struck: Counter[str] = Counter()
    memory: list[int] = []

    def hurt() -> None:
        until = time.monotonic() + arriving
        while time.monotonic() < until:
            strike = chance.choice(striking.ALL)
            struck[strike.__name__] += 1
            strike(installation, chance)
            time.sleep(chance.uniform(*PAUSE_SECONDS))
        installation.switch_off()

    wishes = tuple(
        Wish(("ok", "ok") if number % 3 == 0 else ("ok",), tries_again=8, patience=900) for number in range(people)
    )
    with meanwhile(lambda: memory.append(memory_of(installation, "worker")), every=LOOK_EVERY_SECONDS):
        report = run(hurt, wishes, arrive_every=ARRIVE_EVERY_SECONDS, may_ask_twice=True, pages_may_fail=True)
    halfway = len(memory) // 2
    report.notes = {"seed": SEED, "struck": dict(struck), "worker's memory, bytes": memory}
    assert report.starts >= IMPORTS
    assert struck.keys() == {strike.__name__ for strike in striking.ALL}
    assert memory[-1] <= memory[halfway] * MOST_GROWTH


def memory_of(installation: Installation, name: str) -> int:
    """Return how many bytes of memory a part holds now."""
    child = installation.parts[name].child
    assert child is not None
    found: int = psutil.Process(child.pid).memory_info().rss
    return found
