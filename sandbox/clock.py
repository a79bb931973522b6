"""The one place where the sandbox asks for the time, so that tests can move it instead of waiting."""

import datetime as dt
import threading

_lock = threading.Lock()
_offset = dt.timedelta()


def now() -> dt.datetime:
    """Return the present instant in UTC, moved by what `advance` added."""
    with _lock:
        return dt.datetime.now(dt.UTC) + _offset


def today() -> dt.date:
    """Return the present date in UTC."""
    return now().date()


def advance(seconds: float) -> None:
    """Move the clock by a number of seconds; a negative number moves it back."""
    global _offset
    with _lock:
        _offset += dt.timedelta(seconds=seconds)


def reset() -> None:
    """Go back to the real time."""
    global _offset
    with _lock:
        _offset = dt.timedelta()
