"""Calls some seconds from now, for a worker that holds something scarce and must look at it again on time."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread
from time import monotonic

Call = Callable[[], None]


class Alarm:
    """Makes calls when their time has come, from one thread that waits for the nearest of them.

    Only in memory: whoever sets it must be able to do without. It goes by the machine's uptime, so that a clock that is
    put right or wrong meanwhile changes nothing (the countdown of a message is an instant of the sender's clock).
    """

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Call]] = []
        self._numbers = count()
        self._changed = Condition()
        self._thread: Thread | None = None

    def after(self, seconds: float, call: Call) -> None:
        """Make a call in so many seconds."""
        with self._changed:
            heappush(self._calls, (monotonic() + seconds, next(self._numbers), call))
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._ring, name="alarm", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _ring(self) -> None:
        while True:
            self._next()()

    def _next(self) -> Call:
        with self._changed:
            while (wait := self._seconds_left()) is None or wait > 0:
                self._changed.wait(wait)
            return heappop(self._calls)[2]

    def _seconds_left(self) -> float | None:
        return self._calls[0][0] - monotonic() if self._calls else None
