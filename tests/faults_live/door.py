"""A door between the product and its vendor: shut it, and connections are refused; silence it, and no answer comes."""

import socket
import threading
from contextlib import suppress

from tests.faults_live.servers import free_port

PIECE = 65_536


class Door:
    """Passes TCP connections on to one port of this machine while it is open."""

    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self._to = to_port
        self._listener: socket.socket | None = None
        self._passing: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._speaks = threading.Event()
        self.open()

    def open(self) -> None:
        self._speaks.set()
        if self._listener is None:
            listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            self._listener = listener
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def silence(self) -> None:
        """Let every call through and hold all answers back until it is opened."""
        self._speaks.clear()

    def shut(self) -> None:
        """Refuse new connections, and break those that stand."""
        if self._listener is not None:
            # Closing alone would leave the thread that waits in accept with the port.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            standing, self._passing = self._passing, set()
        for one in standing:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                inside, _address = listener.accept()
                outside = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            with self._lock:
                self._passing |= {inside, outside}
            for one, other, answers in ((inside, outside, False), (outside, inside, True)):
                threading.Thread(target=self._pass, args=(one, other, answers), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while piece := one.recv(PIECE):
                if answers:
                    self._speaks.wait()
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._passing -= {one, other}
        one.close()
