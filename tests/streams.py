"""Documents of any length that never exist as a whole."""

import io
from collections.abc import Iterable
from typing import Any


class Made(io.RawIOBase):
    """A document that is made of its pieces while it is read; ``size`` is how many bytes of it were."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self.size = 0
        self._pieces = (piece for piece in pieces if piece)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._rest or next(self._pieces, b"")
        taken = min(len(piece), len(buffer))
        buffer[:taken], self._rest = piece[:taken], piece[taken:]
        self.size += taken
        return taken
