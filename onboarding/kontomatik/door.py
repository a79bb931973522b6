"""One request to the vendor and its answer: the key, the times, the sizes, and what a fault of the connection means.

Nothing of requests or urllib3 is raised from here: their exceptions hold addresses (with ids in them), headers (with
the key) and bodies. Ours are raised without a chain, so that none of it reaches a log.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import quote

import requests
import urllib3
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ContentDecodingError, SSLError, Timeout
from urllib3.exceptions import ConnectTimeoutError, DecodeError, MaxRetryError
from urllib3.exceptions import TimeoutError as PoolTimeout

from onboarding.addresses import is_off_limits, web_address
from onboarding.kontomatik import replies, wire
from onboarding.kontomatik.breaker import Breaker
from onboarding.kontomatik.errors import Garbled, KontomatikError, Misconfigured, OutcomeUnknown, Unavailable
from onboarding.kontomatik.transport import CURRENT, Exchange, prepare_session

CHUNK = 64 * 1024
Read = TypeVar("Read")
Files = dict[str, tuple[str | None, str] | tuple[str, bytes, str]]
"""The parts of a multipart body: a field is ``(None, text)``, a file is its name, its bytes and its type."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask: ``path`` is a template of ``wire``; ``once`` marks a call that must not be repeated blindly.

    At most one of ``form``, ``json``, ``files`` (a multipart body, as requests takes it) and ``body`` is sent. With
    ``silent`` the vendor may say nothing until the deadline, because it works before it answers. ``refusal`` reads a
    refusal's status and body before the common rules, and returns ``None`` to leave it to them.

    Its representation holds no value: crash reports show the variables of every frame.
    """

    method: str
    path: str
    accept: str = "application/xml"
    command_id: str = field(default="", repr=False)
    params: dict[str, str] = field(default_factory=dict, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    json: dict[str, Any] | None = field(default=None, repr=False)
    files: Files | None = field(default=None, repr=False)
    body: "SizedBody | None" = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    once: bool = False
    silent: bool = False
    refusal: Callable[[int, bytes], KontomatikError | None] | None = field(default=None, repr=False)


class SizedBody:
    """A request's body of a known ``size`` in bytes, read from a file while it is sent.

    Raises ``ValueError`` when the file is shorter: a request that was announced longer must not be left hanging.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        if size <= 0:
            raise ValueError("a body must hold something")
        self._stream = stream
        self._size = size
        self._left = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(CHUNK):
            yield piece

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            return b""
        piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        if not piece:
            raise ValueError("a body is shorter than announced")
        self._left -= len(piece)
        return piece


class Door:
    """A session to one base address, with its key; see ``Client`` for the arguments and for sharing."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float,
        read_timeout: float,
        max_refusal_bytes: int,
        session: requests.Session | None,
        clock: Callable[[], float],
        breaker: Breaker,
    ) -> None:
        parts = web_address(base_url)
        if parts is None or "?" in base_url or "#" in base_url or is_off_limits(parts.hostname or ""):
            raise ValueError("base_url must be an absolute http or https address without login or query")
        if not api_key or not all("!" <= letter <= "~" for letter in api_key):
            raise ValueError("api_key must be printable ASCII without blanks")
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_refusal_bytes = max_refusal_bytes
        self._clock = clock
        self._breaker = breaker
        self._session = prepare_session(session, base_url=self._base_url)

    def close(self) -> None:
        self._session.close()

    @contextmanager
    def open(self, call: Call, *, deadline: float) -> Iterator["Answer"]:
        """Send one request and give its 2xx answer, whose body is still to be read; raise what a refusal means.

        ``deadline`` are the seconds for all of it. Raises ``LeftAlone`` without asking while the breaker is open.
        """
        is_probe = self._breaker.admit()
        try:
            response, answer = self._answer(call, deadline=deadline)
        except KontomatikError as error:
            self._breaker.note(error, was_probe=is_probe)
            raise
        self._breaker.answered()
        try:
            yield answer
        finally:
            response.close()

    def _answer(self, call: Call, *, deadline: float) -> tuple[requests.Response, "Answer"]:
        silence = deadline if call.silent else self._read_timeout
        exchange = Exchange(ends_at=self._clock() + deadline, silence=silence, clock=self._clock, fresh=call.once)
        token = CURRENT.set(exchange)
        try:
            response = self._send(call, exchange, deadline=deadline)
        finally:
            CURRENT.reset(token)
        answer = Answer(response, exchange, call)
        log.debug("%s %s: HTTP %s", call.method, call.path, answer.status)
        if 200 <= answer.status < 300:
            return response, answer
        try:
            raise self._refusal(answer, call)
        finally:
            response.close()

    def ask_once(self, call: Call, *, deadline: float, read: Callable[["Answer"], Read]) -> Read:
        """Send a request that must not be repeated blindly and return what ``read`` makes of its 2xx answer.

        An answer that can't be read, refusals apart, raises ``OutcomeUnknown`` like one that was lost.
        """
        garbled = None
        try:
            with self.open(call, deadline=deadline) as answer:
                return read(answer)
        except Garbled as error:
            garbled = error
        raise OutcomeUnknown(garbled.code, status=garbled.status)

    def _send(self, call: Call, exchange: Exchange, *, deadline: float) -> requests.Response:
        try:
            return self._session.request(
                call.method,
                self._base_url + call.path.format(command_id=quote(call.command_id, safe="")),
                params=call.params,
                data=call.form if call.body is None else call.body,
                json=call.json,
                files=call.files,
                headers={
                    **call.headers,
                    wire.API_KEY_HEADER: self._api_key,
                    "Accept": call.accept,
                    "Accept-Encoding": "gzip",
                    "User-Agent": "onboarding-wizard",
                },
                timeout=(min(self._connect_timeout, deadline), exchange.silence),
                # The key must never travel to another host.
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            fault = _fault(error, exchange, once=call.once)
        raise fault

    def _refusal(self, answer: "Answer", call: Call) -> KontomatikError:
        status = answer.status
        if 300 <= status < 400:
            return Garbled("Redirected", status=status)
        body = b""
        try:
            body = answer.body(self._max_refusal_bytes)
        except Garbled as error:
            log.debug("%s: the refusal could not be read (%s)", call.path, error.code)
        special = call.refusal(status, body) if call.refusal is not None else None
        if special is not None:
            return special
        wait = replies.retry_after(answer.headers)
        name = replies.exception_name(body, status=status)
        return replies.error_for(status=status, name=name, wait=wait, path=call.path)


class Answer:
    """A 2xx or other answer whose body is read within the call's deadline and size."""

    def __init__(self, response: requests.Response, exchange: Exchange, call: Call) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.path = call.path
        self._raw = response.raw
        self._exchange = exchange
        self._once = call.once

    def chunks(self, max_bytes: int) -> Iterator[bytes]:
        """Yield the decompressed body piece by piece; raise ``Garbled`` beyond ``max_bytes`` (a gzip bomb too)."""
        if self.headers.get("Content-Encoding", "").strip().lower() not in {"", "identity", "gzip"}:
            raise Garbled("UnknownEncoding", status=self.status)
        size = 0
        while chunk := self._read():
            size += len(chunk)
            if size > max_bytes:
                raise Garbled("TooLong", status=self.status)
            yield chunk

    def body(self, max_bytes: int) -> bytes:
        return b"".join(self.chunks(max_bytes))

    def reply(self, max_bytes: int) -> replies.Reply:
        """Read the body as a 2xx XML reply; raise what an exception outside of a command means."""
        reply = replies.read_reply(self.chunks(max_bytes), max_bytes=max_bytes, status=self.status)
        if reply.command is None and reply.exception is not None:
            raise replies.error_for(status=self.status, name=reply.exception, path=self.path)
        return reply

    def _read(self) -> bytes:
        try:
            # read1 returns what is there; read(amt) would wait until all of amt has come.
            return cast(bytes, self._raw.read1(CHUNK, decode_content=True))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            fault = _fault(error, self._exchange, once=self._once, status=self.status)
        raise fault


def _fault(error: Exception, exchange: Exchange, *, once: bool, status: int | None = None) -> KontomatikError:
    """Choose the error for a request that got no whole answer; ``once`` if it must not be repeated blindly."""
    code = _fault_code(error, exchange)
    if isinstance(error, (DecodeError, ContentDecodingError)):
        return Garbled(code, status=status)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return Misconfigured(code)
    if once and not _never_sent(error, exchange):
        return OutcomeUnknown(code, status=status)
    return Unavailable(code, status=status)


def _fault_code(error: Exception, exchange: Exchange) -> str:
    if exchange.clock() >= exchange.ends_at:
        return "DeadlinePassed"
    if isinstance(error, SSLError):
        return "TlsFailed"
    if _never_sent(error, exchange):
        return "NoConnection"
    if isinstance(error, (Timeout, PoolTimeout)):
        return "ReadTimeout"
    if isinstance(error, (DecodeError, ContentDecodingError)):
        return "BrokenEncoding"
    if isinstance(error, (ChunkedEncodingError, urllib3.exceptions.ProtocolError)):
        return "CutShort"
    return "ConnectionLost"


def _never_sent(error: Exception, exchange: Exchange) -> bool:
    """Say whether the request surely never left: our connection says so, or the kind of the error does."""
    if exchange.sent is not None:
        return not exchange.sent
    if isinstance(error, (ConnectTimeout, ConnectTimeoutError)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, ConnectTimeoutError)
