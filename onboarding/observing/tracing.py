"""Which request or message a piece of work belongs to, and what it is about: ids that every log line carries.

A request gets an id, or brings one from a trusted proxy; the message that it leads to carries it on, so that the
worker's lines can be found by it. Ids alone: nothing here may say more of a person.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

REQUEST_ID = "request_id"
"""The name of the id in log lines and in the headers of messages."""
ABOUT = ("onboarding", "source", "aggregation", "erasure")
"""What a piece of work can be about."""
_SOUND = re.compile(r"[A-Za-z0-9._-]{8,64}")

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - never changed, only replaced


def ids() -> Mapping[str, str]:
    """Return the ids of the work in hand."""
    return _ids.get()


def request_id() -> str:
    """Return the id of the request or message in hand, or nothing outside of both."""
    return _ids.get().get(REQUEST_ID, "")


def new_request_id() -> str:
    """Make an id that nobody has used."""
    return uuid4().hex


def sound(proposed: object) -> str:
    """Return an id that came from outside if it is one, else a new one: it goes into log lines and replies."""
    return proposed if isinstance(proposed, str) and _SOUND.fullmatch(proposed) else new_request_id()


@contextmanager
def work_of(request_id: str) -> Iterator[None]:
    """Let everything inside belong to one request or message, and to nothing that came before it in this thread."""
    token = _ids.set({REQUEST_ID: request_id})
    try:
        yield
    finally:
        _ids.reset(token)


def begin_message(request_id: object) -> None:
    """Let what this thread does from now on belong to a message, up to ``end_message``."""
    _ids.set({REQUEST_ID: sound(request_id)})


def end_message() -> None:
    """Forget the message that this thread has ended."""
    _ids.set({})


@contextmanager
def about(**things: object) -> Iterator[None]:
    """Let the lines inside name what they are about, such as ``about(source=source.uuid)``."""
    token = _ids.set(_ids.get())
    try:
        name(**things)
        yield
    finally:
        _ids.reset(token)


def name(**things: object) -> None:
    """Name what the work in hand turned out to be about, up to its end; what is None is passed over."""
    unknown = set(things) - set(ABOUT)
    if unknown:
        raise ValueError(f"log lines have no place for {', '.join(sorted(unknown))}")
    _ids.set({**_ids.get(), **{kind: str(thing) for kind, thing in things.items() if thing is not None}})


def message_headers(*, goes_on: bool) -> dict[str, str]:
    """Return the headers of a message: the id of the work in hand if it goes on with that, else one of its own."""
    return {REQUEST_ID: (request_id() if goes_on else "") or new_request_id()}
