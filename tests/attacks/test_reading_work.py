"""Files whose lines are made to let a reader work much longer than their size: its computing time is bounded.

Not timed: the child that reads has so many seconds of computing from the system, several times what it needs; a
reader that works in the square of a line's length would need minutes.
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from onboarding.kontomatik import values
from onboarding.reading.isolated import guess_table, read_export, recognise
from onboarding.reading.limits import Limits
from onboarding.reading.records import Format
from onboarding.reading.refusals import FileRefused
from tests.reading import written

CPU_SECONDS = 20.0


def parts(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), 65536):
        yield content[begin : begin + 65536]


STATEMENT = f":20:1\n:25:{written.IBAN}\n:28C:1\n:60F:C261101PLN100,00\n".encode()
LINE = b":61:2611021102D12,50NTRF//x\n"
SIXTY = 60_000
SIZE = 2_000_000


def lines_of(line: bytes) -> bytes:
    return line * (SIZE // len(line))


def row(cell: bytes) -> bytes:
    return b"date;amount;title;party\n" + lines_of(cell + b"\n")


EXPORTS: dict[str, tuple[Format, bytes]] = {
    "payments without end": (Format.MT940, STATEMENT + lines_of(LINE)),
    "narratives without end": (Format.MT940, STATEMENT + LINE + lines_of(b":86:x\n")),
    "a narrative of blanks": (Format.MT940, STATEMENT + lines_of(LINE + b":86:a" + b" " * SIXTY + b"x\n")),
    "a narrative of marks": (Format.MT940, STATEMENT + lines_of(LINE + b":86:" + b"?20 /EREF/+-" * 5000 + b"\n")),
    "a narrative of words": (Format.MT940, STATEMENT + lines_of(LINE + b":86:" + b"EREF+" * 12_000 + b"\n")),
    "a narrative of numbers": (Format.MT940, STATEMENT + lines_of(LINE + b":86:020?00" + b"?20a" * 15_000 + b"\n")),
    "an account of blanks": (Format.MT940, b":20:1\n:25:1" + b" " * SIXTY + b"x x\n"),
    "envelopes in envelopes": (Format.MT940, lines_of(b"{1:" + b"{" * SIXTY + b"\n")),
    "an amount without end": (Format.MT940, STATEMENT + b":61:2611021102D" + b"1" * SIXTY + b"\n"),
    "tags in tags": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"<A>")),
    "tags that never close": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"<STMTTRN>")),
    "tags that only close": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"</A>")),
    "signs of tags": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"<\n")),
    "entities": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"<MEMO>" + b"&amp;" * 10_000 + b"\n")),
    "half entities": (Format.OFX, written.OFX_HEADER.encode() + b"<OFX>" + lines_of(b"<MEMO>" + b"&" * SIXTY + b"\n")),
    "quotes": (Format.CSV, row(b'"' * SIXTY)),
    "a quote that never ends": (Format.CSV, row(b'"a')),
    "cells without end": (Format.CSV, row(b";" * SIXTY)),
    "an amount of blanks": (Format.CSV, row(b"2026-11-01;1" + b" " * SIXTY + b"!a!;b;c")),
    "a party of digits": (Format.CSV, row(b"2026-11-01;1.00;t;" + b"1 " * 30_000)),
    "a day of digits": (Format.CSV, row(b"1" * SIXTY + b";1.00;t;p")),
    "details without end": (
        Format.CAMT053,
        written.camt_file(
            written.camt_statement(f"<Ntry><NtryDtls>{'<TxDtls><Refs/></TxDtls>' * 100_000}</NtryDtls></Ntry>")
        ).encode(),
    ),
    "balances without end": (
        Format.CAMT053,
        written.camt_file(written.camt_statement("<Bal></Bal>" * 200_000)).encode(),
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_no_export_takes_more_than_its_share_of_computing(name: str) -> None:
    """The child has so many seconds of computing and ends as too slow beyond them."""
    file_format, content = EXPORTS[name]
    mapping = written.confirmed(written.table().encode()) if file_format is Format.CSV else None
    limits = Limits(seconds=CPU_SECONDS)
    # Read to its end or refused for what is in it.
    with suppress(FileRefused):
        for _ in read_export(parts(content), format=file_format, mapping=mapping, limits=limits):
            pass


@pytest.mark.parametrize("name", EXPORTS)
def test_looking_at_an_export_takes_little(name: str) -> None:
    content = EXPORTS[name][1]
    recognise(parts(content))
    guess_table(parts(content))


@pytest.mark.parametrize(
    "text", ["x" + " " * 60_000 + "\x07x", "x" + "\t " * 30_000 + "\nx", "x" + "\n " * 30_000 + "x", "\r" * 60_000]
)
def test_a_text_of_the_vendors_is_put_on_one_line_in_time(text: str) -> None:
    # One of these took twenty seconds each while the rule was one expression.
    for _ in range(200):
        assert "\n" not in values.line(text)
