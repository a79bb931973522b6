"""Where the processes of one machine keep their figures: files in one folder, a numbered pair for each process.

A process takes the lowest number that no living one holds, by a lock which the kernel lets go of when the process ends,
and counts on from what its forerunner left. So the sums never fall when a process is renewed, the folder holds no more
files than there were ever processes at once, and containers that share the folder (with process numbers of their own)
never write into one file.
"""

import fcntl
import os
from pathlib import Path

from prometheus_client import values

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for its folder."""
KINDS = ("counter", "histogram")
BYTES_OF_A_FILE = 1024 * 1024
"""Room for some five thousand figures, far more than there are."""
MOST_PROCESSES = 1000


class NoSlot(Exception):
    """Say that no process may be counted any more in a folder."""


class Slots:
    """The numbers of a folder, and the one that this process holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = 0
        self._number = 0
        self._lock = -1

    def number(self) -> int:
        """Return this process's number; a child that came by a fork takes one of its own."""
        if self._process != os.getpid():
            self._take()
            self._process = os.getpid()
        return self._number

    def _take(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, MOST_PROCESSES + 1):
            lock = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self._make_room(number)
            self._number, self._lock = number, lock
            return
        raise NoSlot(f"{self._folder} has {MOST_PROCESSES} processes already")

    def _make_room(self, number: int) -> None:
        for kind in KINDS:
            file = os.open(self._folder / f"{kind}_{number}.db", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                # Written through a mapping: a disk that is full then would kill the process, here it only refuses.
                os.posix_fallocate(file, 0, BYTES_OF_A_FILE)
            finally:
                os.close(file)


def keep_figures_in(folder: str) -> None:
    """Let every figure that is made from now on be kept in the files of this process; raise ``OSError`` if it can't."""
    slots = Slots(Path(folder))
    slots.number()
    os.environ[FOLDER_VARIABLE] = folder
    values.ValueClass = values.MultiProcessValue(slots.number)
