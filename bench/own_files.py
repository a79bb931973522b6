"""Measure the reading of large bank exports: time and peak memory, beside a plain count of the same file's lines.

    .venv/bin/python -m bench.own_files
    .venv/bin/python -m bench.own_files --megabytes 10

Every file is read in a child process of its own; its memory is what it has at its peak over what it had when the
readers were loaded. Read the ratio to the plain line count, not the seconds: it is of the processor time of the same
process, which a busy machine changes little.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from bench.generate_mt940 import FORMS, write
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.records import AccountEnded, BalanceCheck, Format, Row
from onboarding.reading.table import TableMapping, guess

LIMITS = Limits(most_rows=1_000_000, seconds=600.0)
FORMATS = {"mt940": Format.MT940, "camt": Format.CAMT053, "csv": Format.CSV}
BETWEEN_LOOKS = 0.01


@dataclass(frozen=True)
class Measured:
    """What reading one file took: seconds on the wall and of the processor, bytes over the base, and what came out."""

    seconds: float
    cpu_seconds: float
    over_base: int
    rows: int
    check: BalanceCheck
    plain_seconds: float


def measure(form: str, path: Path) -> Measured:
    """Read a file in a child process and watch its memory."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_read, args=(theirs, form, path))
    child.start()
    base: int = ours.recv()
    peak = base
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        process = psutil.Process(child.pid)
        while not ended.wait(BETWEEN_LOOKS):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    ours.send("go")
    seconds, cpu_seconds, rows, check, plain = ours.recv()
    ended.set()
    watcher.join()
    ours.send("end")
    child.join()
    return Measured(seconds, cpu_seconds, peak - base, rows, check, plain)


def _read(pipe: Connection, form: str, path: Path) -> None:
    pipe.send(psutil.Process().memory_info().rss)
    pipe.recv()
    begun, begun_cpu = time.perf_counter(), time.process_time()
    rows, check = 0, BalanceCheck.UNKNOWN
    with path.open("rb") as file:
        mapping = _mapping(path) if form == "csv" else None
        for record in read_file(file, FORMATS[form], limits=LIMITS, mapping=mapping):
            if isinstance(record, Row):
                rows += 1
            elif isinstance(record, AccountEnded):
                check = record.balance_check
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - begun_cpu
    begun_cpu = time.process_time()
    with path.open(encoding="utf-8") as text:
        sum(1 for _ in text)
    pipe.send((seconds, cpu_seconds, rows, check, time.process_time() - begun_cpu))
    pipe.recv()


def _mapping(path: Path) -> TableMapping:
    with path.open("rb") as file:
        guessed = guess(file)
    return TableMapping(
        encoding=guessed.encoding,
        delimiter=guessed.delimiter,
        header_row=guessed.header_row,
        date_format=guessed.date_format,
        decimal=guessed.decimal,
        columns=guessed.columns,
        currency=guessed.currency,
    )


def main() -> None:
    """Print a table of all forms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=50)
    arguments = parser.parse_args()
    print(
        f"{'form':6} {'MB':>5} {'rows':>8} {'s':>6} {'cpu s':>6} {'MB/cpu s':>8} "
        f"{'x line count':>12} {'MB over base':>12} balances"
    )
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            path = Path(folder) / f"big.{form}"
            write(form, arguments.megabytes, path)
            size = path.stat().st_size / 1e6
            found = measure(form, path)
            print(
                f"{form:6} {size:5.1f} {found.rows:8,} {found.seconds:6.1f} "
                f"{found.cpu_seconds:6.1f} {size / found.cpu_seconds:8.1f} "
                f"{found.cpu_seconds / found.plain_seconds:12.0f} {found.over_base / 1e6:12.1f} {found.check}"
            )
            path.unlink()


if __name__ == "__main__":
    main()
