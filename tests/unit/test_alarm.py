"""The alarm: calls on time, in the order of their time, from one thread."""

import threading
from queue import Queue
from time import monotonic

import pytest

from onboarding.alarm import Alarm


def test_calls_are_made_in_the_order_of_their_time() -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()
    alarm.after(0.2, lambda: rung.put("later"))
    alarm.after(0.05, lambda: rung.put("sooner"))
    assert [rung.get(timeout=5), rung.get(timeout=5)] == ["sooner", "later"]


def test_a_call_is_not_made_before_its_time() -> None:
    rung: Queue[float] = Queue()
    begun = monotonic()
    Alarm().after(0.1, lambda: rung.put(monotonic()))
    assert rung.get(timeout=5) - begun >= 0.1


def test_many_calls_take_one_thread() -> None:
    rung: Queue[int] = Queue()
    alarm = Alarm()
    for _ in range(20):
        alarm.after(0.01, lambda: rung.put(threading.get_ident()))
    assert len({rung.get(timeout=5) for _ in range(20)}) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_call_that_breaks_does_not_silence_those_that_are_set_after_it() -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()

    def breaks() -> None:
        rung.put("broke")
        raise ConnectionError

    alarm.after(0, breaks)
    assert rung.get(timeout=5) == "broke"
    for thread in threading.enumerate():
        if thread.name == "alarm" and thread.is_alive():
            thread.join(0.2)
    alarm.after(0, lambda: rung.put("rings"))
    assert rung.get(timeout=5) == "rings"
