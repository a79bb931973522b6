"""Leaving the service alone while it gives no answer: a circuit breaker, for all calls of one process.

Calls that time out hold a thread each, a page's too, and ask the more of a service the worse it fares. After some
failures in a row calls are refused at once, and one is let through now and then to see whether it answers again (ASVS
5.0, 16.5.2). A refused call had no effect, as one that found no connection.
"""

import logging
import math
import random
import time
from collections.abc import Callable
from threading import Lock

from onboarding.kontomatik import wire
from onboarding.kontomatik.errors import KontomatikError, LeftAlone, OutcomeUnknown, Unavailable

FAILURES = 5
FIRST_REST_SECONDS = 2.0
LONGEST_REST_SECONDS = 30.0

log = logging.getLogger(__name__)


class Breaker:
    """Counts failures in a row and says whether to ask; may be shared by threads.

    After ``failures`` of them one call is let through every ``first_rest`` seconds, then twice as long each time up to
    ``longest_rest``, spread by a fifth so that processes don't probe in step. ``clock`` counts seconds upwards.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        first_rest: float = FIRST_REST_SECONDS,
        longest_rest: float = LONGEST_REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = failures
        self._first_rest = first_rest
        self._longest_rest = longest_rest
        self._clock = clock
        self._lock = Lock()
        self._failed = 0
        self._rest = first_rest
        self._next_probe_at = 0.0

    def admit(self) -> bool:
        """Let a call through, or raise ``LeftAlone`` with the seconds until the next probe; tell whether it is one."""
        with self._lock:
            if self._failed < self._allowed:
                return False
            left = self._next_probe_at - self._clock()
            if left <= 0:
                # Its answer may take longer than the rest; then another one is let through.
                self._rest_again()
                return True
        raise LeftAlone(math.ceil(left))

    def answered(self) -> None:
        """Note that the service answered, if only to refuse."""
        with self._lock:
            was_left_alone = self._failed >= self._allowed
            self._failed = 0
            self._rest = self._first_rest
        if was_left_alone:
            log.warning("the service answers again")

    def failed(self, *, was_probe: bool) -> None:
        """Note that no answer came."""
        with self._lock:
            if self._failed >= self._allowed:
                # Of the calls that were under way when it was left alone each one fails too; they say nothing new.
                if was_probe:
                    self._rest = min(self._longest_rest, self._rest * 2)
                    self._rest_again()
                return
            self._failed += 1
            is_left_alone = self._failed == self._allowed
            if is_left_alone:
                self._rest_again()
        if is_left_alone:
            log.error("the service gave no answer %d times in a row: it is left alone but for a probe", self._allowed)

    def note(self, error: KontomatikError, *, was_probe: bool) -> None:
        """Note what a call ended with: whatever the service said, a refusal or something odd, is an answer."""
        if is_no_answer(error):
            self.failed(was_probe=was_probe)
        else:
            self.answered()

    def _rest_again(self) -> None:
        self._next_probe_at = self._clock() + self._rest * random.uniform(0.8, 1.2)  # noqa: S311 - spreading, no secret


def is_no_answer(error: KontomatikError) -> bool:
    """Tell whether an error says that nobody of the service answered: no status came, or a 5xx, 408 or 429.

    One with a word of the contract is an answer: ``ServiceMaintenance`` and the like may be about one bank, so they say
    nothing of the service.
    """
    if not isinstance(error, (Unavailable, OutcomeUnknown)) or error.code in wire.ERROR_NAMES:
        return False
    return error.status is None or error.status >= 500 or error.status in {408, 429}
