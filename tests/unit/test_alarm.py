"""The alarm: calls on time, in the order of their time, from one thread."""

import threading
from queue import Queue
from time import monotonic

import pytest

from onboarding.alarm import Alarm


def test_calls_are_made_in_the_order_of_their_time() -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()
    alarm.after(0.2, lambda: rung.put("later"), about=1)
    alarm.after(0.05, lambda: rung.put("sooner"), about=2)
    assert [rung.get(timeout=5), rung.get(timeout=5)] == ["sooner", "later"]


def test_a_call_is_not_made_before_its_time() -> None:
    rung: Queue[float] = Queue()
    begun = monotonic()
    Alarm().after(0.1, lambda: rung.put(monotonic()), about=1)
    assert rung.get(timeout=5) - begun >= 0.1


def test_many_calls_take_one_thread() -> None:
    rung: Queue[int] = Queue()
    alarm = Alarm()
    for number in range(20):
        alarm.after(0.01, lambda: rung.put(threading.get_ident()), about=number)
    assert len({rung.get(timeout=5) for _ in range(20)}) == 1


def test_a_call_that_breaks_silences_no_other(caplog: pytest.LogCaptureFixture) -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()

    def breaks() -> None:
        raise ConnectionError

    alarm.after(0, breaks, about=1)
    alarm.after(0.05, lambda: rung.put("rings"), about=2)
    assert rung.get(timeout=5) == "rings"
    assert "a call that was due failed" in caplog.text


def test_of_calls_about_the_same_the_first_alone_is_made() -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()
    for word in ("first", "second", "third"):
        alarm.after(0.1, lambda word=word: rung.put(word), about="a row")  # type: ignore[misc]
    alarm.after(0.2, lambda: rung.put("of another row"), about="another row")
    assert [rung.get(timeout=5), rung.get(timeout=5)] == ["first", "of another row"]


def test_after_its_call_one_about_the_same_is_made_again() -> None:
    rung: Queue[str] = Queue()
    alarm = Alarm()
    alarm.after(0, lambda: rung.put("first"), about="a row")
    assert rung.get(timeout=5) == "first"
    alarm.after(0, lambda: rung.put("second"), about="a row")
    assert rung.get(timeout=5) == "second"
