"""Bounds on long work: how many steps of each kind this process takes at once, so that others find a thread.

A large summary, a hostile file or a large erasure holds a thread for seconds to minutes, and every call does while the
service takes it and says nothing. Were there no bound, a few of them would hold all threads, and the sweep and every
other person's import would wait for them. Whoever finds no
place goes at once and has claimed nothing: the row stays due, and the one that leaves a place says which row waited
longest.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Lane:
    """Places for steps of one kind, in this process alone: what is protected are its threads."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._turned_away = False

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Hold a place within ``with``; give False at once when all are taken."""
        taken = self._take()
        try:
            yield taken
        finally:
            if taken:
                with self._lock:
                    self._free += 1

    def _take(self) -> bool:
        with self._lock:
            if self._free == 0:
                self._turned_away = True
                return False
            self._free -= 1
            return True

    def turned_somebody_away(self) -> bool:
        """Tell whether somebody found no place since this was asked last."""
        with self._lock:
            turned_away, self._turned_away = self._turned_away, False
            return turned_away


SUMMARIES = Lane(settings.WORKER_SUMMARIES)
READINGS = Lane(settings.WORKER_READINGS)
"""Files that are looked at (each in a child process), and aggregates that are searched for a lost answer."""
ERASURES = Lane(settings.WORKER_ERASURES)
TIDYING = Lane(1)
CATALOGS = Lane(1)
_FOR_OTHERS = 3
"""Threads that no lane but these two has: theirs, and one for the sweep."""
CALLS = Lane(
    max(
        1,
        settings.CELERY_WORKER_CONCURRENCY
        - settings.WORKER_SUMMARIES
        - settings.WORKER_READINGS
        - settings.WORKER_ERASURES
        - _FOR_OTHERS,
    )
)
"""All other steps of sources: a call to the service each, or none."""
