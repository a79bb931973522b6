"""The one door to the vendor's HTTP interface.

Sharing: a ``Client`` may be used by many threads. Its session is set up once and never changed afterwards, keeps no
cookie, and takes connections from urllib3's pool, which is made for threads; what belongs to one call lives in that
call. Make it in the process that uses it: connections must not be shared across a fork.

Errors: every call raises the family in ``errors`` and nothing of requests or urllib3, whose exceptions hold
addresses (with ids in them), headers (with the key) and bodies. Ours are raised without a chain, so that none of it
reaches a log.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ContentDecodingError, SSLError, Timeout
from urllib3.exceptions import ConnectTimeoutError, DecodeError, MaxRetryError
from urllib3.exceptions import TimeoutError as PoolTimeout

from onboarding.kontomatik import replies, wire
from onboarding.kontomatik.errors import (
    Garbled,
    KontomatikError,
    Misconfigured,
    NoSuchOwner,
    OutcomeUnknown,
    Unavailable,
)
from onboarding.kontomatik.records import (
    CommandState,
    CommandStatus,
    Redirection,
    SignInStatus,
    StartedImport,
)
from onboarding.kontomatik.transport import CURRENT, Exchange, prepare_session

MEBIBYTE = 1024 * 1024
CHUNK = 64 * 1024
IN_MEMORY = MEBIBYTE
PROGRESS_EVERY = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """What to ask: ``path`` is a template of ``wire``; ``once`` marks a call that must not be repeated blindly.

    Its representation holds no value: crash reports show the variables of every frame.
    """

    method: str
    path: str
    accept: str = "application/xml"
    command_id: str = field(default="", repr=False)
    params: dict[str, str] = field(default_factory=dict, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    json: dict[str, Any] | None = field(default=None, repr=False)
    once: bool = False


class Client:
    """Ask the vendor, wait a bounded time, answer with records or one error of the family.

    Arguments: ``base_url`` absolute, ``api_key`` as issued; times in seconds (``connect_timeout`` for each address of
    the host, ``read_timeout`` the longest silence, the deadlines for a whole call however its bytes trickle); sizes in
    bytes after decompression; ``session`` for a proxy or an own certificate store; ``clock`` counts seconds upwards.

    Raises ``ValueError`` for a base address, key or session that can't be used. Every call may raise ``Unavailable``,
    ``Misconfigured``, ``Garbled``, ``VendorFault``, and what the error's name says ("Error names" of the contract).
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        deadline: float = 30.0,
        aggregate_deadline: float = 300.0,
        max_reply_bytes: int = MEBIBYTE,
        max_command_bytes: int = 64 * MEBIBYTE,
        max_aggregate_bytes: int = 256 * MEBIBYTE,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or "@" in parts.netloc:
            raise ValueError("base_url must be an absolute http or https address without login or query")
        if not api_key or not all("!" <= letter <= "~" for letter in api_key):
            raise ValueError("api_key must be printable ASCII without blanks")
        self._base_url = base_url.rstrip("/")
        self._https_only = parts.scheme == "https"
        self._api_key = api_key
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._deadline = deadline
        self._aggregate_deadline = aggregate_deadline
        self._max_reply_bytes = max_reply_bytes
        self._max_command_bytes = max_command_bytes
        self._max_aggregate_bytes = max_aggregate_bytes
        self._clock = clock
        self._session = prepare_session(session, base_url=self._base_url)

    def close(self) -> None:
        """Close the connections that wait in the pool; the next call opens new ones."""
        self._session.close()

    def begin_signin(
        self, *, redirect_uri: str, owner_external_id: str, country: str, locale: str, target: str | None = None
    ) -> Redirection:
        """Open a hosted sign-in ("SignIn Redirection", steps 1 and 2).

        ``country`` and ``locale`` are the vendor's two letters (``cz``, not ``cs``); ``target`` pre-selects a bank.
        A lost answer is ``Unavailable``: another sign-in may be opened, an unused one ends by itself.
        """
        fields: dict[str, Any] = {
            "redirectUri": redirect_uri,
            wire.OWNER_PARAMETER: owner_external_id,
            "country": country,
            "locale": locale,
            "psd2": wire.ACCESS_MODE,
        }
        if target is not None:
            fields[wire.TARGET_FIELD] = target
        call = _Call("POST", wire.SIGNIN_REDIRECTION, accept="application/json", json=fields)
        with self._open(call, deadline=self._deadline) as answer:
            body = answer.body(self._max_reply_bytes)
        return replies.redirection(body, status=answer.status, https_only=self._https_only)

    def signin_status(self, *, redirection_id: str) -> SignInStatus:
        """Say what became of a sign-in ("SignIn Redirection", step 5)."""
        params = {wire.REDIRECTION_PARAMETER: redirection_id}
        call = _Call("GET", wire.SIGNIN_STATUS, accept="application/json", params=params)
        with self._open(call, deadline=self._deadline) as answer:
            body = answer.body(self._max_reply_bytes)
        return replies.signin_status(body, status=answer.status)

    def start_import(self, *, session_id: str, session_signature: str, since: date) -> StartedImport:
        """Start a session's one import ("Default import"); the caller compares the owner id in the answer.

        Raises ``Unavailable`` when the request surely never left, or when the vendor answered with a 5xx; a second
        start is refused by the vendor, so it may be repeated. Raises ``OutcomeUnknown`` when it may have arrived and no
        readable answer came back: watch the aggregate.
        """
        form = {
            wire.SESSION_ID: session_id,
            wire.SESSION_SIGNATURE: session_signature,
            "since": since.isoformat(),
        }
        call = _Call("POST", wire.DEFAULT_IMPORT, form=form, once=True)
        garbled = None
        try:
            with self._open(call, deadline=self._deadline) as answer:
                reply = answer.reply(self._max_reply_bytes)
                command_id = (reply.command or {}).get("id", "")
                if not command_id.strip():
                    raise Garbled("NoCommand", status=answer.status)
                return StartedImport(command_id=command_id, owner_external_id=reply.owner_external_id)
        except Garbled as error:
            garbled = error
        raise OutcomeUnknown(garbled.code, status=garbled.status)

    def command(self, *, command_id: str) -> CommandStatus:
        """Say where an import stands; of a finished one's result only the accounts' identities are kept.

        Raises ``NoSuchCommand`` when the vendor no longer knows it. A state that is not known counts as running.
        """
        call = _Call("GET", wire.COMMAND, command_id=command_id)
        with self._open(call, deadline=self._deadline) as answer:
            reply = answer.reply(self._max_command_bytes)
            if reply.command is None:
                raise Garbled("NoCommand", status=answer.status)
        word = reply.command.get("state", "")
        if word in wire.FAILED_STATES:
            state, failure = CommandState.FAILED, reply.exception or "Unnamed"
        else:
            state, failure = CommandState.RUNNING, None
            if word in wire.SUCCESSFUL_STATES:
                state = CommandState.SUCCESSFUL
        return CommandStatus(
            state=state,
            target=reply.command.get("target") or None,
            institution=reply.command.get("institution") or None,
            failure=failure,
            accounts=tuple(reply.accounts),
        )

    @contextmanager
    def aggregate(
        self, *, owner_external_id: str, on_progress: Callable[[int], None] | None = None
    ) -> Iterator[BinaryIO]:
        """Fetch everything held under an owner id ("Aggregated data") into a nameless temporary file, rewound.

        ``on_progress`` gets the bytes so far, at most once a second, so that a caller can hold its lease; what it
        raises passes through. Raises ``NoSuchOwner`` when there is nothing, ``Garbled`` beyond the size limit, and
        ``OSError`` when the temporary file can't be written.
        """
        call = _Call("GET", wire.AGGREGATE, params={wire.OWNER_PARAMETER: owner_external_id})
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            told_at = self._clock()
            with self._open(call, deadline=self._aggregate_deadline) as answer:
                size = 0
                for chunk in answer.chunks(self._max_aggregate_bytes):
                    spool.write(chunk)
                    size += len(chunk)
                    if on_progress is not None and self._clock() - told_at >= PROGRESS_EVERY:
                        told_at = self._clock()
                        on_progress(size)
                if not size:
                    raise Garbled("EmptyReply", status=answer.status)
            spool.seek(0)
            yield cast(BinaryIO, spool)

    def delete_owner(self, *, owner_external_id: str) -> None:
        """Ask for the deletion of everything under an owner id; nothing there counts as done.

        The form of the request is an inference: verify by reading afterwards.
        """
        call = _Call("DELETE", wire.AGGREGATE, params={wire.OWNER_PARAMETER: owner_external_id})
        try:
            with self._open(call, deadline=self._deadline) as answer:
                body = answer.body(self._max_reply_bytes)
        except NoSuchOwner:
            return
        name = replies.exception_name(body, status=answer.status)
        if name is not None:
            raise replies.error_for(status=answer.status, name=name, path=wire.AGGREGATE)

    @contextmanager
    def _open(self, call: _Call, *, deadline: float) -> Iterator["_Answer"]:
        """Send one request and give its 2xx answer, whose body is still to be read; raise what a refusal means."""
        exchange = Exchange(
            ends_at=self._clock() + deadline, silence=self._read_timeout, clock=self._clock, fresh=call.once
        )
        token = CURRENT.set(exchange)
        try:
            response = self._send(call, exchange, deadline=deadline)
        finally:
            CURRENT.reset(token)
        answer = _Answer(response, exchange, call)
        try:
            log.debug("%s %s: HTTP %s", call.method, call.path, answer.status)
            if not 200 <= answer.status < 300:
                raise self._refusal(answer)
            yield answer
        finally:
            response.close()

    def _send(self, call: _Call, exchange: Exchange, *, deadline: float) -> requests.Response:
        try:
            return self._session.request(
                call.method,
                self._base_url + call.path.format(command_id=quote(call.command_id, safe="")),
                params=call.params,
                data=call.form,
                json=call.json,
                headers={
                    wire.API_KEY_HEADER: self._api_key,
                    "Accept": call.accept,
                    "Accept-Encoding": "gzip",
                    "User-Agent": "onboarding-wizard",
                },
                timeout=(min(self._connect_timeout, deadline), self._read_timeout),
                # The key must never travel to another host.
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            fault = _fault(error, exchange, once=call.once)
        raise fault

    def _refusal(self, answer: "_Answer") -> KontomatikError:
        if 300 <= answer.status < 400:
            return Garbled("Redirected", status=answer.status)
        name = None
        try:
            name = replies.exception_name(answer.body(self._max_reply_bytes), status=answer.status)
        except Garbled as error:
            log.debug("%s: the refusal could not be read (%s)", answer.path, error.code)
        wait = replies.retry_after(answer.headers)
        return replies.error_for(status=answer.status, name=name, wait=wait, path=answer.path)


class _Answer:
    """A 2xx or other answer whose body is read within the call's deadline and size."""

    def __init__(self, response: requests.Response, exchange: Exchange, call: _Call) -> None:
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
