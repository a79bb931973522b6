"""Connections that keep a whole deadline and know whether a request was ever sent.

A socket's time-out only limits one silence: a peer that trickles one byte a second, in the status line, a header, a
chunk's length or the body, would hold a worker for ever. Here every read from the socket looks at the call's
deadline first and waits at most for what is left of it.
"""

import http.client
import io
import logging
import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from onboarding.addresses import is_off_limits

PIECE = 64 * 1024
TRICKLE_SECONDS = 30.0
"""How long a reply may come slower than ``SLOWEST_BYTES_A_SECOND`` before it is given up."""
SLOWEST_BYTES_A_SECOND = 1024


@dataclass(slots=True)
class Exchange:
    """One request with its reply.

    ``ends_at`` is on ``clock``'s scale, ``silence`` the longest wait for a next byte; both in seconds. A ``fresh`` one
    never uses a connection that waited in the pool. ``sent`` is ``None`` until a connection is tried.
    """

    ends_at: float
    silence: float
    clock: Callable[[], float]
    fresh: bool = False
    sent: bool | None = None
    received: int = 0
    first_read_at: float | None = None

    def patience(self) -> float:
        """Return how many seconds the next read may wait; raise ``TimeoutError`` when the deadline has passed."""
        left = self.ends_at - self.clock()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return min(left, self.silence)

    def count(self, size: int) -> None:
        """Note that so many bytes came; raise ``TimeoutError`` when they trickle so slowly that asking anew is better.

        A long reply has a long deadline, which at a byte a second would be waited for to its end.
        """
        now = self.clock()
        self.received += size
        if self.first_read_at is None:
            self.first_read_at = now
        lasted = now - self.first_read_at
        if lasted > TRICKLE_SECONDS and self.received < lasted * SLOWEST_BYTES_A_SECOND:
            raise TimeoutError("the bytes trickle")


# The exchange that this thread is sending: urllib3 makes and picks connections with nothing of ours in its hands.
CURRENT: ContextVar[Exchange] = ContextVar("kontomatik_exchange")


class _DeadlineReader(io.RawIOBase):
    """The raw side of a reply: asks for the time left before each read from the socket."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._exchange.patience())
        size = self._raw.readinto(buffer)
        self._exchange.count(size or 0)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """http.client's reply, reading through the deadline from its first byte on."""

    fp: io.BufferedReader

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock, CURRENT.get()))


class _Connection(HTTPConnection):
    """A connection that reports to the exchange it serves."""

    response_class = _DeadlineResponse

    @property
    def is_connected(self) -> bool:
        return not CURRENT.get().fresh and super().is_connected

    def connect(self) -> None:
        CURRENT.get().sent = False
        super().connect()

    def _new_conn(self) -> socket.socket:
        # The name was well written, but who answers for it may have been told to lead to a cloud's metadata. Before
        # TLS and before the key is sent.
        sock = super()._new_conn()
        if is_off_limits(str(sock.getpeername()[0])):
            sock.close()
            raise NewConnectionError(self, "the name leads where no service lives")
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange = CURRENT.get()
        exchange.sent = True
        # A long body may take longer than one connection's time-out, and never longer than the deadline.
        for start in range(0, len(data), PIECE):
            self.sock.settimeout(exchange.patience())
            super().send(data[start : start + PIECE])


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS. Its certificate and name are always checked (urllib3's default)."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}


class DeadlineAdapter(HTTPAdapter):
    """requests' pooled adapter over these connections; never retries by itself."""

    def __init__(self, *, connections: int) -> None:
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        response = super().build_response(req, resp)
        # Even when told not to follow, requests reads a redirect's whole body, however long, to prepare the next
        # request; without an address it does not.
        response.headers.pop("Location", None)
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def close(self) -> None:
        # clear() only forgets the pools, whose connections would stay open until they are collected.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            pools = manager.pools
            for key in list(pools.keys()):
                pools[key].close()
        super().close()


def _names_no_address(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG and not str(record.msg).startswith("Failed to parse headers")


def prepare_session(session: requests.Session | None, *, base_url: str) -> requests.Session:
    """Return ``session`` (or a new one) made safe for the vendor's door.

    Nothing is taken from the environment (a ``.netrc`` could add a login, a variable another certificate store),
    no cookie is kept, and only the deadline's adapter serves ``base_url``. Whoever needs a proxy or an own
    certificate store gives a session with its ``proxies`` or ``verify`` set. Raises ``ValueError`` when the session
    would not verify certificates.
    """
    session = session or requests.Session()
    if session.verify is False:
        raise ValueError("the session must verify certificates")
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount(base_url, DeadlineAdapter(connections=16))
    for name in ("urllib3.connectionpool", "urllib3.connection"):
        # urllib3 writes whole addresses into some of its lines, and ours hold ids.
        logging.getLogger(name).addFilter(_names_no_address)
    return session
