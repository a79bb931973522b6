"""A vendor on loopback that sends exactly the bytes of a script, for faults that a fake of requests can't show."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

Script = Callable[[socket.socket], None]


def head(status: str = "200 OK", **headers: str | int) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(body: bytes, status: str = "200 OK", **headers: str | int) -> bytes:
    return head(status, Content_Length=len(body), **headers) + body


class Vendor:
    """Serve connections one after another: read one request, let the next script answer, close.

    ``requests`` are the raw heads and bodies that came in. A script may use ``ended`` to hold its connection for as
    long as the test lasts; ``closed`` counts the connections that are closed. With ``reads_heads_only``
    no body is read.
    """

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.reads_heads_only = False
        self.connections = 0
        self.ended = threading.Event()
        self.closed = threading.Semaphore(0)
        self._scripts: list[Script] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ended.set()
        # Wakes the accept that waits.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def greet(self, connection: socket.socket) -> socket.socket:
        """Return the connection as it is spoken on; TLS wraps it here."""
        return connection

    def plays(self, script: Script) -> None:
        """Answer every connection with ``script``."""
        self._scripts = [script]

    def sends(self, *answers: bytes) -> None:
        """Answer requests on each kept connection with these bytes in turn, the last one for ever."""
        left = list(answers)

        def script(connection: socket.socket) -> None:
            while not self.ended.is_set():
                connection.sendall(left.pop(0) if len(left) > 1 else left[0])
                if not self.read_request(connection):
                    return

        self.plays(script)

    def holds(self, start: bytes = b"") -> None:
        """Send ``start``, then say nothing more and keep the connection."""

        def script(connection: socket.socket) -> None:
            connection.sendall(start)
            self.ended.wait()

        self.plays(script)

    def trickles(self, start: bytes, drops: Iterable[bytes]) -> None:
        """Send ``start``, then one drop after another, for as long as the client listens."""

        def script(connection: socket.socket) -> None:
            connection.sendall(start)
            for drop in drops:
                if self.ended.wait(0.02):
                    return
                connection.sendall(drop)

        self.plays(script)

    def read_request(self, connection: socket.socket) -> bool:
        """Read one request with its body; say whether there was one."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return False
            received += piece
        top, _, body = received.partition(b"\r\n\r\n")
        if self.reads_heads_only:
            return True
        length = next((int(line[15:]) for line in top.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                return False
            body += piece
        self.requests.append(top + b"\r\n\r\n" + body)
        return True

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection, contextlib.suppress(OSError):
                if self.ended.is_set():
                    return
                self.connections += 1
                # A client that keeps a connection open must not hold this one thread after the test.
                connection.settimeout(5)
                with self.greet(connection) as spoken:
                    if self.read_request(spoken):
                        self._scripts[0](spoken)
            self.closed.release()
