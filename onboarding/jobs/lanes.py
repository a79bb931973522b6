"""Bounds on long work: how many long steps of each kind this process takes at once, so that short ones find a thread.

A large summary, a hostile file or a large erasure holds a thread for seconds to minutes. Were there no bound, a few of
them would hold all threads, and the sweep and every other person's import would wait for them. Whoever finds no
place goes at once and has claimed nothing: the row stays due, and the one that leaves a place says which row waited
longest.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Lane:
    """Places for long steps of one kind, in this process alone: what is protected are its threads."""

    def __init__(self, places: int) -> None:
        self._free = threading.BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Hold a place within ``with``; give False at once when all are taken."""
        taken = self._free.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._free.release()


SUMMARIES = Lane(settings.WORKER_SUMMARIES)
READINGS = Lane(settings.WORKER_READINGS)
"""Files that are looked at (each in a child process), and aggregates that are searched for a lost answer."""
ERASURES = Lane(settings.WORKER_ERASURES)
RETIREMENT = Lane(1)
CATALOGS = Lane(1)
