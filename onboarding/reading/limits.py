"""How much of a file is read at most."""

import time
from dataclasses import dataclass

from onboarding.reading.refusals import Expected, FileRefused, Problem

ROWS_BETWEEN_LOOKS = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound the reading of one file.

    ``most_rows`` counts all accounts together; ``seconds`` is the time on the wall for the whole file;
    ``longest_text`` cuts titles and names (characters); ``longest_line`` refuses a longer line, cell, tag or
    element's text (characters).
    """

    most_rows: int = 500_000
    seconds: float = 120.0
    longest_text: int = 1_000
    longest_line: int = 64 * 1024


class Meter:
    """Count what is read against the limits, from the moment it is made."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = 0
        self._looks = 0
        self._deadline = time.monotonic() + limits.seconds

    def row(self, line: int | None) -> None:
        """Count a row; raise ``FileRefused`` beyond the limits."""
        self.rows += 1
        if self.rows > self.limits.most_rows:
            raise FileRefused(Problem.TOO_MANY_ROWS, line=line, expected=Expected.FEWER_ROWS)
        self.look(line)

    def look(self, line: int | None) -> None:
        """Look at the clock once in a while; raise ``FileRefused`` when the time is over."""
        self._looks += 1
        if self._looks % ROWS_BETWEEN_LOOKS == 0:
            self.look_now(line)

    def look_now(self, line: int | None) -> None:
        """Look at the clock; raise ``FileRefused`` when the time is over."""
        if time.monotonic() > self._deadline:
            raise FileRefused(Problem.TOO_SLOW, line=line)

    def text(self, text: str) -> str:
        """Make a text one line of at most ``longest_text`` characters, without control characters."""
        return one_line(text)[: self.limits.longest_text].rstrip()


def one_line(text: str) -> str:
    """Make a text one line without control characters."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
