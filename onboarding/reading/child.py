"""One child process of our own: started, fed, heard, and surely ended."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from onboarding.reading.exchange import LONGEST_LINE

# ``-I`` keeps the folder, the environment and the user's packages out; so the way to our package is said aloud, last.
BEGIN = "import sys; sys.path.append(sys.argv[1]); from onboarding.reading.__main__ import main; main()"
OWN_FOLDER = str(Path(__file__).resolve().parents[2])
READ_BYTES = 256 * 1024


class ReaderDied(Exception):
    """Say that the child ended without an answer: a crash, too much memory, a full disk."""


class ReaderTooSlow(Exception):
    """Say that the child needed more time than it was given."""


class Child:
    """Run one child within ``with``; it is killed at the end, whatever it does.

    ``seconds`` is how long the parent waits for it altogether: what the parent does with an answer does not count.
    ``on_progress`` gets the number of lines heard, every ``progress_seconds`` of the time that is spent here.
    """

    def __init__(self, *, seconds: float, on_progress: Callable[[int], None] | None, progress_seconds: float) -> None:
        self._seconds_left = seconds
        self._on_progress = on_progress
        self._progress_seconds = progress_seconds
        self._reported_at = time.monotonic()
        self._heard = 0

    def __enter__(self) -> Self:
        # No fork of our own and nothing to run before exec: other threads may hold locks.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with a fixed text
            [sys.executable, "-I", "-X", "utf8", "-c", BEGIN, OWN_FOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback could quote the file.
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={name: os.environ[name] for name in ("TMPDIR",) if name in os.environ},
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def feed(self, order: bytes, chunks: Iterable[bytes]) -> None:
        """Hand over the order and the content; a child that has ended before takes no more, its last line says why.

        Raises ``ReaderTooSlow``, and whatever ``chunks`` and ``on_progress`` raise.
        """
        pipe = _there(self._process.stdin)
        os.set_blocking(pipe.fileno(), False)
        writable = select.poll()
        writable.register(pipe, select.POLLOUT)
        for chunk in chain((order,), chunks):
            rest = memoryview(chunk)
            while rest:
                self._wait(writable)
                try:
                    rest = rest[os.write(pipe.fileno(), rest) :]
                except BrokenPipeError:
                    return
        pipe.close()

    def lines(self) -> Iterator[bytes]:
        """Give the child's lines as they come; raise ``ReaderTooSlow`` or ``ReaderDied``, as ``feed`` does."""
        pipe = _there(self._process.stdout)
        readable = select.poll()
        readable.register(pipe, select.POLLIN)
        rest = b""
        while True:
            self._wait(readable)
            heard = os.read(pipe.fileno(), READ_BYTES)
            if not heard:
                return
            *whole, rest = (rest + heard).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise ReaderDied("too long a line")
            for line in whole:
                self._heard += 1
                yield line

    def obituary(self) -> ReaderDied | ReaderTooSlow:
        """Say of a child that fell silent how it ended."""
        try:
            code = self._process.wait(timeout=max(self._seconds_left, 0.0))
        except subprocess.TimeoutExpired:
            return ReaderTooSlow("it went silent")
        if code == -signal.SIGXCPU:
            return ReaderTooSlow("computing time")
        return ReaderDied(f"exit {code}")

    def _wait(self, readiness: select.poll) -> None:
        """Wait for a pipe, reporting meanwhile."""
        while True:
            began = time.monotonic()
            if self._on_progress is not None and began - self._reported_at >= self._progress_seconds:
                self._reported_at = began
                self._on_progress(self._heard)
            if self._seconds_left <= 0:
                raise ReaderTooSlow("waiting time")
            ready = readiness.poll(1000 * min(self._seconds_left, self._progress_seconds))
            self._seconds_left -= time.monotonic() - began
            if ready:
                return


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the child has no such pipe")
    return pipe
