"""What a process remembers of its messages between two calls, and must not take from one test into the next."""

from onboarding import tasks
from onboarding.jobs import lanes


def forget() -> None:
    """Forget that a broker did not answer, whom to call about in some seconds, and who found no place.

    Else the next test would send nothing for a while (for hours, where an earlier one moved the clock), or would find
    a message among its own for a source of an earlier one.
    """
    tasks._quiet_until = 0.0
    with tasks._alarm._changed:
        tasks._alarm._calls.clear()
        tasks._alarm._awaited.clear()
    while lanes.CALLS.next_turned_away():
        pass
