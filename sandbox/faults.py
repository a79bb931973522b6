"""Break replies on purpose: what `POST /_control/faults` switches on for one route.

Kinds that stand for a lost or late answer let the request take effect first; the others refuse it before.
"""

import errno
import json
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from sandbox import wire
from sandbox.refusals import Refusal, invalid_parameter, maintenance, quota_exceeded, unknown_command

ROUTES = frozenset(
    {"redirection", "status", "import", "command", "data", "delete", "catalog", "statement", "upload",
     "statement-catalog"}
)  # fmt: skip
INSTEAD = frozenset(
    {"http500", "http502", "http503", "http429", "maintenance", "quota", "wrongkey", "reset", "empty", "html",
     "wrongroot", "redirect", "unknowncommand"}
)  # fmt: skip
AFTERWARDS = frozenset({"slow", "trickle", "truncated", "cut", "lost"})
# These change one word, leave one element out or add what nobody knows, so only the named routes can have them.
WITHIN = {
    "unknownstate": frozenset({"status", "import", "command"}),
    "missing_target": frozenset({"data"}),
    "otherowner": frozenset({"import", "data"}),
}
OF_ONE_ROUTE = {**WITHIN, "unknowncommand": frozenset({"command"}), "padded": frozenset({"data"})}
KINDS = INSTEAD | AFTERWARDS | OF_ONE_ROUTE.keys()
PADDED_TO_BYTES = 200_000_000
LONGEST_SECONDS = 300.0
USUAL_SECONDS = {"slow": 35.0, "trickle": 0.2}


@dataclass(slots=True)
class Fault:
    """One switched-on fault; `times` of None means until it is switched off; `seconds` is a delay.

    `released` is set when the faults are switched off, so that no reply is held back for longer than that.
    """

    route: str
    kind: str
    times: int | None
    seconds: float
    released: threading.Event


class Faults:
    """The faults of this process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._switched_on: list[Fault] = []
        self._released = threading.Event()

    def switch_on(self, route: str, kind: str, times: int | None, seconds: float | None) -> None:
        """Add a fault. Raises Refusal InvalidParameter for what does not exist or does not fit."""
        if route not in ROUTES:
            raise invalid_parameter("route", f"one of {', '.join(sorted(ROUTES))}")
        if kind not in KINDS or route not in OF_ONE_ROUTE.get(kind, ROUTES):
            raise invalid_parameter("kind", f"one of {', '.join(sorted(KINDS))}, fit for the route")
        delay = USUAL_SECONDS.get(kind, 0.0) if seconds is None else seconds
        with self._lock:
            fault = Fault(route, kind, times, min(delay, LONGEST_SECONDS), self._released)
            self._switched_on.append(fault)

    def switch_off(self) -> None:
        """Remove every fault and let go of the replies that are being held back."""
        with self._lock:
            self._switched_on.clear()
            self._released.set()
            self._released = threading.Event()

    def take(self, route: str) -> Fault | None:
        """Return the oldest fault of a route and use up one of its times."""
        with self._lock:
            fault = next((one for one in self._switched_on if one.route == route), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times < 1:
                    self._switched_on.remove(fault)
            return fault

    def listed(self) -> list[dict[str, object]]:
        """Return what is switched on, for the control surface."""
        with self._lock:
            return [
                {"route": one.route, "kind": one.kind, "times": one.times, "seconds": one.seconds}
                for one in self._switched_on
            ]


FAULTS = Faults()


def instead(fault: Fault, request: HttpRequest) -> HttpResponseBase:
    """Return the reply that a fault gives in place of the real one; the request has no effect.

    Raises Refusal for the faults that are named exceptions of the contract.
    """
    if fault.kind == "maintenance":
        raise maintenance()
    if fault.kind == "quota":
        raise quota_exceeded()
    if fault.kind == "unknowncommand":
        raise unknown_command()
    if fault.kind == "reset":
        return connection_dropped(request)
    if fault.kind == "wrongkey":
        text = wire.unauthorized(request.META.get("REMOTE_ADDR", ""), "")
        return HttpResponse(text, status=401, content_type="application/xml; charset=utf-8")
    if fault.kind == "redirect":
        return HttpResponse(status=302, headers={"Location": "https://elsewhere.example/"})
    if fault.kind.startswith("http"):
        return _gateway_error(int(fault.kind.removeprefix("http")))
    content, content_type = {
        "empty": ("", "application/xml"),
        "html": ("<!doctype html><title>Sign in</title><p>Please sign in to the network.", "text/html"),
        "wrongroot": (f"{wire.HEADER}<answer><ok/></answer>", "application/xml"),
    }[fault.kind]
    return HttpResponse(content, content_type=content_type)


def _gateway_error(status: int) -> HttpResponse:
    text = f"<html><body><h1>{status} {wire.REASONS[status]}</h1></body></html>"
    headers = {"Retry-After": "2"} if status in {429, 503} else {}
    return HttpResponse(text, status=status, content_type="text/html", headers=headers)


def afterwards(fault: Fault | None, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Spoil the real reply of a request that has taken effect, if a fault asks for it."""
    if fault is None or fault.kind in INSTEAD:
        return response
    if fault.kind == "lost":
        return connection_dropped(request)
    if fault.kind == "slow":
        fault.released.wait(fault.seconds)
        return response
    content = _content(response)
    if fault.kind in WITHIN:
        changed = _UNFAMILIAR[fault.kind](content)
        return HttpResponse(changed, status=response.status_code, content_type=response["Content-Type"])
    if fault.kind == "padded":
        return StreamingHttpResponse(
            _padded(content), status=response.status_code, content_type=response["Content-Type"]
        )
    if fault.kind == "truncated":
        pieces: Iterator[bytes] = iter([content[: len(content) // 2]])
        length = len(content) // 2
    else:
        pieces = _trickled(content, fault) if fault.kind == "trickle" else _cut(request, content)
        length = len(content)
    spoiled = StreamingHttpResponse(pieces, status=response.status_code)
    spoiled["Content-Type"] = response["Content-Type"]
    spoiled["Content-Length"] = str(length)
    return spoiled


def _with_unseen_state(content: bytes) -> bytes:
    if not content.startswith(b"<"):
        return json.dumps({"status": wire.UNSEEN_STATE, "params": {}}).encode()
    stated = re.sub(rb'(<command[^>]* state=")[^"]*', rb"\1" + wire.UNSEEN_STATE.encode(), content, count=1)
    return re.sub(rb"(</progress>).*(</command>)", rb"\1\2", stated, flags=re.DOTALL)


def _without_last_target(content: bytes) -> bytes:
    before, opening, last = content.rpartition(b"<target ")
    return before + last.partition(b"</target>")[2] if opening else content


def _of_another_owner(content: bytes) -> bytes:
    return re.sub(rb'((?:ownerE|e)xternalId=")[^"]*', rb"\1somebody-else", content)


_UNFAMILIAR = {
    "unknownstate": _with_unseen_state,
    "missing_target": _without_last_target,
    "otherowner": _of_another_owner,
}


def _padded(content: bytes) -> Iterator[bytes]:
    """Yield an aggregate with elements that the contract does not know, until it is as long as a very long one."""
    before, closing, after = content.rpartition(b"</target>")
    padding = b"<archivedPage>" + b"0123456789 " * 90 + b"</archivedPage>\n"
    piece = padding * 64
    yield before
    for _ in range(PADDED_TO_BYTES // len(piece)):
        yield piece
    yield closing + after


def _content(response: HttpResponseBase) -> bytes:
    if isinstance(response, StreamingHttpResponse):
        return response.getvalue()
    return response.content if isinstance(response, HttpResponse) else b""


def _trickled(content: bytes, fault: Fault) -> Iterator[bytes]:
    for position in range(len(content)):
        yield content[position : position + 1]
        fault.released.wait(fault.seconds)


def _cut(request: HttpRequest, content: bytes) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    _reset(request)


def connection_dropped(request: HttpRequest) -> StreamingHttpResponse:
    """Return a reply that never comes: the connection is reset before its first byte."""

    def nothing() -> Iterator[bytes]:
        _reset(request)
        yield b""

    return StreamingHttpResponse(nothing(), content_type="application/xml")


def _reset(request: HttpRequest) -> None:
    """Close the connection with a TCP reset and stop the server from writing to it.

    gunicorn hands its socket to the application; elsewhere the error alone makes the server hang up. gunicorn takes
    ECONNRESET for a client that went away: it writes no 500 and logs nothing.
    """
    connection = request.META.get("gunicorn.socket")
    if isinstance(connection, socket.socket):
        # Lingering for no time at all turns the close into a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    raise ConnectionResetError(errno.ECONNRESET, "dropped on purpose")


def refused_as(error: Refusal, in_json: Mapping[str, object] | None = None) -> HttpResponse:
    """Return the reply of a refusal: XML, or JSON with what `in_json` and the refusal say besides code and message."""
    if in_json is not None:
        told = {"code": error.name, "message": error.message, **in_json, **error.more}
        return JsonResponse(told, status=error.status)
    return HttpResponse(wire.refusal(error), status=error.status, content_type="application/xml; charset=utf-8")
