"""Read a bank export of a known format."""

from collections.abc import Iterator
from typing import BinaryIO

from onboarding.reading import camt, mt940, ofx, table
from onboarding.reading.chaining import chained
from onboarding.reading.layout import TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.records import Format, Record
from onboarding.reading.refusals import Expected, FileRefused, Problem


def read_file(
    file: BinaryIO, file_format: Format, *, limits: Limits, mapping: TableMapping | None = None
) -> Iterator[Record]:
    """Yield what a seekable file holds, from its beginning, in constant memory; every account once.

    A table (``Format.CSV``) needs its ``mapping``. Raises ``FileRefused`` at any point: until the iterator has ended by
    itself, nothing of what came out may be taken for complete.
    """
    file.seek(0)
    match file_format:
        case Format.MT940:
            return chained(mt940.read(file, limits=limits))
        case Format.CAMT053:
            return chained(camt.read(file, limits=limits))
        case Format.OFX:
            return chained(ofx.read(file, limits=limits))
        case Format.CSV:
            if mapping is None:
                raise FileRefused(Problem.MISSING, expected=Expected.A_HEADER)
            return table.read(file, mapping=mapping, limits=limits)
