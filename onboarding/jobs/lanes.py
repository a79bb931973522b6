"""Bounds on long work: how many steps of each kind this process takes at once, so that others find a thread.

A large summary, a hostile file or a large erasure holds a thread for seconds to minutes, and every call does while the
service takes it and says nothing. Were there no bound, a few of them would hold all threads, and the sweep and every
other person's import would wait for them. Whoever finds no place goes at once and has claimed nothing: the row stays
due, and the one that leaves a place says who comes next.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from django.conf import settings


class Lane:
    """Places for steps of one kind, in this process alone: what is protected are its threads."""

    def __init__(self, places: int, *, remembers: bool = False) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._remembers = remembers
        # In the order in which they came.
        self._turned_away: dict[int, None] = {}

    @contextmanager
    def place(self, pk: int | None = None) -> Iterator[bool]:
        """Hold a place for a row within ``with``; give False at once when all are taken."""
        taken = self._take(pk)
        try:
            yield taken
        finally:
            if taken:
                with self._lock:
                    self._free += 1

    def _take(self, pk: int | None) -> bool:
        with self._lock:
            if self._free == 0:
                if self._remembers and pk is not None:
                    self._turned_away[pk] = None
                return False
            self._free -= 1
            if pk is not None:
                self._turned_away.pop(pk, None)
            return True

    def next_turned_away(self) -> list[int]:
        """Return, and forget, the row that found no place first; nothing when all found one."""
        with self._lock:
            first = list(islice(self._turned_away, 1))
            for pk in first:
                del self._turned_away[pk]
            return first


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
    ),
    remembers=True,
)
"""All other steps of sources: a call to the service each, or none.

Eight commands may be due at one moment and have fewer places. Each of those without one is called by somebody who
leaves, without a question to the database after every look; the sweep would name them again after ten seconds only.
"""
