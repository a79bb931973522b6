"""Calls some seconds from now, for a worker that holds something scarce and must look at it again on time."""

import logging
from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread
from time import monotonic

Call = Callable[[], None]

log = logging.getLogger(__name__)


class Alarm:
    """Makes calls when their time has come, from one thread that waits for the nearest of them.

    Only in memory: whoever sets it must be able to do without. It goes by the machine's uptime, so that a clock that is
    put right or wrong meanwhile changes nothing (the countdown of a message is an instant of the sender's clock).
    """

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Hashable, Call]] = []
        self._awaited: set[Hashable] = set()
        self._numbers = count()
        self._changed = Condition()
        self._thread: Thread | None = None

    def after(self, seconds: float, call: Call, *, about: Hashable) -> None:
        """Make a call in so many seconds, unless there will be one about the same anyway."""
        with self._changed:
            if about in self._awaited:
                return
            self._awaited.add(about)
            heappush(self._calls, (monotonic() + seconds, next(self._numbers), about, call))
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._ring, name="alarm", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _ring(self) -> None:
        while True:
            call = self._next()
            try:
                call()
            except Exception:
                # The other calls are still to be made, and Python would print this past the log's masks.
                log.exception("a call that was due failed")

    def _next(self) -> Call:
        with self._changed:
            while (wait := self._seconds_left()) is None or wait > 0:
                self._changed.wait(wait)
            _at, _number, about, call = heappop(self._calls)
            self._awaited.discard(about)
            return call

    def _seconds_left(self) -> float | None:
        return self._calls[0][0] - monotonic() if self._calls else None
