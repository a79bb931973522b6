"""The readers in a process of their own: the same answers, hard limits, and nobody left behind."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import psutil
import pytest

from onboarding.reading import exchange, table
from onboarding.reading.child import BEGIN, OWN_FOLDER, Child
from onboarding.reading.isolated import (
    MEBIBYTE,
    PdfFacts,
    PdfLimits,
    PdfProblem,
    PdfRefused,
    ReaderDied,
    ReaderTooSlow,
    decrypted_pdf,
    guess_table,
    inspect_pdf,
    read_export,
    recognise,
)
from onboarding.reading.layout import TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.records import AccountEnded, BalanceCheck, Format, Row
from onboarding.reading.refusals import FileRefused, Problem
from tests.reading import pdfs

PASSWORD = "planted-password-8841"
LIMITS = PdfLimits()
OF_OTHERS: set[int] = set()
"""Processes that were there before the test: servers that other tests keep running."""


def export(rows: int) -> bytes:
    """Write an MT940 statement with so many payments of 1.00."""
    lines = [":20:START", ":25:PL61109010140000071219812874", ":28C:1", ":60F:C260101PLN0,00"]
    for number in range(rows):
        lines += [f":61:2601020102C1,00NTRFNONREF//{number}", f":86:payment {number} żółć"]
    lines += [f":62F:C260131PLN{rows},00", "-"]
    return "\r\n".join(lines).encode()


def children() -> list[psutil.Process]:
    """Return this process's children, ended ones that nobody waited for too; servers of other tests left out."""
    found = psutil.Process().children(recursive=True)
    return [child for child in found if child.pid not in OF_OTHERS]


def in_parts(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), 1000):
        yield content[begin : begin + 1000]


@pytest.fixture(autouse=True)
def _nobody_left_behind() -> Iterator[None]:
    OF_OTHERS.clear()
    OF_OTHERS.update(child.pid for child in psutil.Process().children(recursive=True))
    yield
    assert children() == []


def test_a_pdf_is_looked_at() -> None:
    facts = inspect_pdf(in_parts(pdfs.pdf(3)), limits=LIMITS)
    assert facts == PdfFacts(pages=3, is_encrypted=False, opened_without_password=True)


def test_a_pdf_is_refused_by_its_problem() -> None:
    with pytest.raises(PdfRefused) as refused:
        inspect_pdf([b"no pdf"], limits=LIMITS)
    assert refused.value.problem is PdfProblem.NOT_A_PDF


def test_the_limit_of_pages_reaches_the_child() -> None:
    with pytest.raises(PdfRefused) as refused:
        inspect_pdf([pdfs.pdf(3)], limits=PdfLimits(most_pages=2))
    assert refused.value.problem is PdfProblem.TOO_MANY_PAGES


def test_a_protected_pdf_is_opened_and_copied_without_password() -> None:
    protected = pdfs.pdf(2, password=PASSWORD)
    assert not inspect_pdf([protected], password=PASSWORD, limits=LIMITS).opened_without_password
    copy = decrypted_pdf([protected], password=PASSWORD, limits=LIMITS)
    assert inspect_pdf([copy], limits=LIMITS) == PdfFacts(pages=2, is_encrypted=False, opened_without_password=True)


def test_a_copy_of_several_parts_is_whole() -> None:
    noise = os.urandom(300_000).hex().encode()
    large = pdfs.tree(b"3 0 R", pdfs.PAGE, b"(" + noise + b")")
    assert decrypted_pdf([large], password="", limits=LIMITS) == large


def test_a_copy_is_refused_by_its_problem() -> None:
    with pytest.raises(PdfRefused) as refused:
        decrypted_pdf([pdfs.pdf(password=PASSWORD)], password="another", limits=LIMITS)
    assert refused.value.problem is PdfProblem.WRONG_PASSWORD


def test_the_format_of_an_export_is_told() -> None:
    assert recognise(in_parts(export(2))) is Format.MT940
    assert recognise([b"\x89PNG\r\n\x1a\n" + bytes(100)]) is None


TABLE = "Data;Kwota;Tytuł\n2026-01-02;-10,50;Chleb\n2026-01-03;2 000,00;Wypłata\n".encode("cp1250")


def test_a_table_is_guessed_and_read_the_same_as_without_a_child() -> None:
    guess = guess_table(in_parts(TABLE))
    assert guess == table.guess(BytesIO(TABLE))
    mapping = TableMapping(
        encoding=guess.encoding,
        delimiter=guess.delimiter,
        header_row=guess.header_row,
        date_format=guess.date_format,
        decimal=guess.decimal,
        columns=guess.columns,
        currency="PLN",
    )
    records = list(read_export([TABLE], format=Format.CSV, mapping=mapping, limits=Limits()))
    assert records == list(table.read(BytesIO(TABLE), mapping=mapping, limits=Limits()))
    assert len(records) == 4


def read(content: bytes, **more: Any) -> Iterator[Any]:
    return read_export(in_parts(content), format=Format.MT940, mapping=None, **{"limits": Limits(), **more})


def test_an_export_reads_the_same_as_without_a_child() -> None:
    content = export(300)
    records = list(read(content))
    assert records == list(read_file(BytesIO(content), Format.MT940, limits=Limits()))
    row, ended = records[1], records[-1]
    assert isinstance(row, Row)
    assert (row.amount, row.booked_on) == (Decimal("1.00"), date(2026, 1, 2))
    assert isinstance(ended, AccountEnded)
    assert (ended.row_count, ended.balance_check) == (300, BalanceCheck.OK)


def test_a_refused_export_says_where_and_why() -> None:
    content = export(3).replace(b"C1,00NTRFNONREF//1", b"Cplanted")
    with pytest.raises(FileRefused) as here:
        list(read_file(BytesIO(content), Format.MT940, limits=Limits()))
    with pytest.raises(FileRefused) as there:
        list(read(content))
    assert there.value.args == here.value.args
    assert there.value.line == 7


def test_the_limits_of_an_export_reach_the_child() -> None:
    with pytest.raises(FileRefused) as refused:
        list(read(export(3), limits=Limits(most_rows=2)))
    assert refused.value.problem is Problem.TOO_MANY_ROWS


def test_closing_early_ends_the_child() -> None:
    with closing(read(export(20_000))) as records:
        next(records)
        assert len(children()) == 1
    assert children() == []


def test_what_the_content_raises_passes_on_and_ends_the_child() -> None:
    def breaking() -> Iterator[bytes]:
        yield b":20:"
        raise LookupError("the vault's")

    with pytest.raises(LookupError):
        list(read_export(breaking(), format=Format.MT940, mapping=None, limits=Limits()))


def test_progress_is_told_while_the_child_works_and_counts_the_records() -> None:
    told: list[int] = []
    records = list(read(export(5000), on_progress=told.append, progress_seconds=0))
    assert told[0] == 0
    assert told == sorted(told)
    assert 0 < told[-1] <= len(records) + 1


def test_what_progress_raises_ends_the_child() -> None:
    class LeaseLost(Exception):
        pass

    def lost(_: int) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        list(read(export(10), on_progress=lost, progress_seconds=0))


def test_too_much_memory_ends_the_child_alone() -> None:
    content = (bytes(MEBIBYTE) for _ in range(150))
    with pytest.raises(ReaderDied, match="MemoryError"):
        inspect_pdf(content, limits=PdfLimits(most_memory=128 * MEBIBYTE))


def test_a_child_that_is_waited_for_too_long_is_too_slow() -> None:
    with pytest.raises(ReaderTooSlow):
        inspect_pdf([pdfs.pdf()], limits=PdfLimits(seconds=0))
    with pytest.raises(ReaderTooSlow):
        list(read(export(10), limits=Limits(seconds=0)))


def test_a_child_that_computes_too_long_is_too_slow() -> None:
    order = exchange.Order(
        verb=exchange.Verb.READ,
        most_memory=512 * MEBIBYTE,
        cpu_seconds=1,
        most_bytes=512 * MEBIBYTE,
        format=Format.MT940,
        limits=Limits(most_rows=10**9),
    )
    middle = export(20_000)
    begin, end = middle.index(b":61:"), middle.rindex(b":62F:")
    many = [middle[:begin], *[middle[begin:end]] * 20, middle[end:]]
    with Child(seconds=600, on_progress=None, progress_seconds=1) as child:
        child.feed(exchange.write(order), many)
        for _ in child.lines():
            pass
        assert isinstance(child.obituary(), ReaderTooSlow)


def test_a_larger_file_than_the_child_may_write_ends_it() -> None:
    order = exchange.Order(exchange.Verb.RECOGNISE, most_memory=512 * MEBIBYTE, cpu_seconds=60, most_bytes=1000)
    with Child(seconds=60, on_progress=None, progress_seconds=1) as child:
        child.feed(exchange.write(order), [bytes(1001)])
        assert [exchange.read(line) for line in child.lines()] == [exchange.Died("OSError")]


def test_a_child_that_is_killed_has_died() -> None:
    def killing() -> Iterator[bytes]:
        yield pdfs.pdf()
        (child,) = children()
        child.send_signal(signal.SIGKILL)

    with pytest.raises(ReaderDied, match="exit -9"):
        inspect_pdf(killing(), limits=LIMITS)


def test_the_password_stands_neither_in_arguments_nor_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "planted-secret-9001")
    seen: list[str] = []

    def looking() -> Iterator[bytes]:
        yield pdfs.pdf(password=PASSWORD)
        (child,) = children()
        seen.append(repr((child.cmdline(), child.environ())))

    inspect_pdf(looking(), password=PASSWORD, limits=LIMITS)
    assert "onboarding.reading" in seen[0]
    assert "planted" not in seen[0]


def test_the_limits_are_set_before_the_content_is_looked_at() -> None:
    seen: dict[int, tuple[int, int]] = {}

    def looking() -> Iterator[bytes]:
        (child,) = children()
        give_up = time.monotonic() + 20
        while child.rlimit(resource.RLIMIT_CPU)[1] != 32 and time.monotonic() < give_up:
            time.sleep(0.01)
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
            seen[kind] = child.rlimit(kind)
        yield pdfs.pdf()

    inspect_pdf(looking(), limits=PdfLimits(seconds=30, most_memory=300 * MEBIBYTE))
    assert seen == {
        resource.RLIMIT_AS: (300 * MEBIBYTE, 300 * MEBIBYTE),
        resource.RLIMIT_CPU: (31, 32),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
    }


def test_nothing_of_the_file_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PdfRefused):
        inspect_pdf([pdfs.by_hand(pdfs.CATALOG, b"<< /Planted (planted) /Kids [R 5] >>")], limits=LIMITS)
    assert capfd.readouterr() == ("", "")


def test_many_threads_run_children_side_by_side() -> None:
    def pages(number: int) -> int:
        return inspect_pdf([pdfs.pdf(number)], limits=LIMITS).pages

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(pages, range(1, 17))) == list(range(1, 17))


def test_the_child_loads_neither_django_nor_a_reader_before_its_limits_are_set() -> None:
    look = BEGIN.replace("main()", "print(sorted({'django', 'pypdf', 'onboarding.reading.mt940'} & set(sys.modules)))")
    command = [sys.executable, "-I", "-c", look, OWN_FOLDER]
    assert subprocess.run(command, capture_output=True, check=True, text=True, cwd="/").stdout == "[]\n"


def test_an_order_that_is_none_ends_the_child() -> None:
    with Child(seconds=60, on_progress=None, progress_seconds=1) as child:
        child.feed(b'["Done"]\n', [])
        assert [exchange.read(line) for line in child.lines()] == [exchange.Died("Garbled")]
