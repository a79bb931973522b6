"""Telling somebody outside what was asked of the vendor, how long it took and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from onboarding.kontomatik.errors import KontomatikError

Given = ParamSpec("Given")
Got = TypeVar("Got")
Watching = TypeVar("Watching", bound="Watched")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that has ended: which of the client's, the seconds it took, the error that it ended with if any."""

    call: str
    seconds: float
    error: KontomatikError | None


Observer = Callable[[Asked], None]


class Watch:
    """Tells an observer of every call; of one that ends by an error of somebody else's it tells nothing."""

    def __init__(self, observer: Observer | None, clock: Callable[[], float]) -> None:
        self._observer = observer
        self._clock = clock

    @contextmanager
    def over(self, call: str) -> Iterator[None]:
        """Watch one call."""
        began = self._clock()
        try:
            yield
        except KontomatikError as error:
            self._tell(call, began, error)
            raise
        self._tell(call, began, None)

    def _tell(self, call: str, began: float, error: KontomatikError | None) -> None:
        if self._observer is not None:
            self._observer(Asked(call, self._clock() - began, error))


class Watched:
    """Something whose calls are watched."""

    _watch: Watch


def watched(call: Callable[Concatenate[Watching, Given], Got]) -> Callable[Concatenate[Watching, Given], Got]:
    """Watch a method as a call of its own name."""

    @wraps(call)
    def asked(self: Watching, /, *arguments: Given.args, **named: Given.kwargs) -> Got:
        with self._watch.over(call.__name__):
            return call(self, *arguments, **named)

    return asked
