"""Read MT940 statements."""

from collections.abc import Iterator
from typing import BinaryIO

from onboarding.reading.limits import Limits
from onboarding.reading.records import Record


def read(file: BinaryIO, *, limits: Limits) -> Iterator[Record]:
    """Read all statements of a file, one record after the other."""
    raise NotImplementedError
