"""Two people, or two workers, at the same instant: threads with connections of their own, and no luck involved."""

import threading
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

LONG_ENOUGH_SECONDS = 20


class Crowd:
    """Acts that run at the same time, each in a thread with a connection of its own."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Any] = {}
        self._threads: list[threading.Thread] = []

    def begin(self, act: Callable[[], Any]) -> None:
        """Let an act begin."""
        number = len(self._threads)

        def take_part() -> None:
            try:
                self._outcomes[number] = act()
            except Exception as error:  # noqa: BLE001 - told to the test, which looks at it
                self._outcomes[number] = error
            finally:
                connection.close()

        thread = threading.Thread(target=take_part)
        self._threads.append(thread)
        thread.start()

    def end(self) -> list[Any]:
        """Wait for all of them; return what each returned or raised, in the order of their beginning."""
        for thread in self._threads:
            thread.join(LONG_ENOUGH_SECONDS)
        return [self._outcomes[number] for number in range(len(self._threads))]


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
