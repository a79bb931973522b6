"""People on their way at once, thirty of them if nothing else is said, and how each of them fared."""

import threading
import time
from collections import Counter
from collections.abc import Iterable

from tests.faults_live.person import Outcome, Person, Wish
from tests.faults_live.servers import wait_until

PEOPLE = 30
ARRIVE_EVERY_SECONDS = 0.4


class Crowd:
    """People who arrive one after the other, each in a thread of their own."""

    def __init__(
        self,
        site: str,
        wishes: Iterable[Wish],
        statement: bytes = b"",
        *,
        arrive_every: float = ARRIVE_EVERY_SECONDS,
    ) -> None:
        self._arrive_every = arrive_every
        self.people = [Person(site, wish, statement) for wish in wishes]
        self._threads = [threading.Thread(target=person.go, daemon=True) for person in self.people]
        self._arriving = threading.Thread(target=self._arrive, daemon=True)
        self._arriving.start()

    def _arrive(self) -> None:
        for thread in self._threads:
            thread.start()
            time.sleep(self._arrive_every)

    def stages(self) -> Counter[str]:
        return Counter(person.stage for person in self.people)

    def wait_until_under_way(self) -> None:
        """Wait until people are at every stage: some at their bank, some importing, some with a bank behind them."""
        wait_until(self._is_under_way, f"people under way, now {dict(self.stages())}", seconds=120)

    def _is_under_way(self) -> bool:
        stages = self.stages()
        return stages["signing in"] >= 1 and stages["importing"] >= 5 and stages["finishing"] + stages["gone"] >= 2

    def outcomes(self) -> list[Outcome]:
        """Wait for everybody; return how each fared."""
        self._arriving.join()
        for thread, person in zip(self._threads, self.people, strict=True):
            thread.join(person.wish.patience + 60)
            assert not thread.is_alive(), f"a person hangs while {person.stage}"
        return [person.outcome for person in self.people]
