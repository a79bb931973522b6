"""Two people, or two workers, at the same instant: threads with connections of their own, and no luck involved."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

LONG_ENOUGH_SECONDS = 20
MOST_ACTS = 30


class Crowd:
    """Acts that run at the same time, each in a thread with a connection of its own."""

    def __init__(self) -> None:
        # Each act gets a thread at once: one that waited for another's end would never meet it.
        self._pool = ThreadPoolExecutor(max_workers=MOST_ACTS)
        self._outcomes: list[Future[Any]] = []

    def begin(self, act: Callable[[], Any]) -> None:
        """Let an act begin."""

        def take_part() -> Any:
            try:
                return act()
            finally:
                connection.close()

        assert len(self._outcomes) < MOST_ACTS
        self._outcomes.append(self._pool.submit(take_part))

    def end(self) -> list[Any]:
        """Wait for all of them; return what each returned or raised, in the order of their beginning."""
        wait(self._outcomes, timeout=LONG_ENOUGH_SECONDS)
        self._pool.shutdown(wait=False)
        return [outcome.exception(0) or outcome.result(0) for outcome in self._outcomes]


def held_up(rows: "QuerySet[Any]", *acts: Callable[[], Any], no_key: bool = False) -> list[Any]:
    """Begin the acts one by one while ``rows`` are locked, each running into a lock before the next begins; let go.

    So every act has read what it reads and stands at its first write when the first of them goes on.
    """
    crowd = Crowd()
    with transaction.atomic():
        list(rows.select_for_update(no_key=no_key))
        for number, act in enumerate(acts, start=1):
            crowd.begin(act)
            _wait_until_waiting(number)
    return crowd.end()


def uncommitted(write: Callable[[], Any], *acts: Callable[[], Any]) -> list[Any]:
    """Begin the acts after a write that is not committed yet, each running into its lock before the next; commit."""
    crowd = Crowd()
    with transaction.atomic():
        write()
        for number, act in enumerate(acts, start=1):
            crowd.begin(act)
            _wait_until_waiting(number)
    return crowd.end()


def _wait_until_waiting(acts: int) -> None:
    give_up_at = monotonic() + LONG_ENOUGH_SECONDS
    while _waiting() < acts:
        assert monotonic() < give_up_at, f"{_waiting()} of {acts} acts run into a lock"
        sleep(0.01)


def _waiting() -> int:
    with connection.cursor() as cursor:
        # Inside a transaction the view would go on showing what it showed first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def both_read_first(*acts: Callable[[Callable[[], None]], Any]) -> list[Any]:
    """Run acts that each call what they are given between reading and writing: none writes before all have read."""
    barrier = threading.Barrier(len(acts))

    def meet() -> None:
        barrier.wait(LONG_ENOUGH_SECONDS)

    crowd = Crowd()
    for act in acts:
        crowd.begin(lambda act=act: act(meet))
    return crowd.end()
