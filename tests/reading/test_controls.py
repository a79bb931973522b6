"""Signs that are no text are refused where they stand, in every format; what comes out can be kept anywhere."""

from dataclasses import replace
from io import BytesIO

import pytest

from onboarding.reading.encodings import CHUNK
from onboarding.reading.layout import Encoding, TableMapping
from onboarding.reading.records import Format
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.table import guess
from tests.reading import written
from tests.reading.written import begun, records_of, rows_of

MT940 = written.mt940()
OFX = written.ofx(written.ofx_row())
CSV = written.table()
CAMT = written.camt()
CONTROLS = ["\0", "\x01", "\x08", "\x0b", "\x1b", "\x1f"]


def mapping(file_format: Format) -> dict[str, TableMapping]:
    return {"mapping": written.confirmed(CSV.encode())} if file_format is Format.CSV else {}


def refusal(content: bytes, file_format: Format) -> tuple[Problem, int | None, Expected]:
    with pytest.raises(FileRefused) as caught:
        records_of(content, file_format, **mapping(file_format))
    return caught.value.problem, caught.value.line, caught.value.expected


@pytest.mark.parametrize("sign", CONTROLS)
@pytest.mark.parametrize(
    ("file_format", "text", "place", "line"),
    [
        (Format.MT940, MT940, "PL61", 2),
        (Format.MT940, MT940, "Rent", 6),
        (Format.OFX, OFX, "PL61", 13),
        (Format.OFX, OFX, "Rent", 17),
        (Format.CSV, CSV, "Rent", 2),
    ],
)
def test_a_control_sign_is_refused_at_its_line(
    file_format: Format, text: str, place: str, line: int, sign: str
) -> None:
    assert place in text
    content = text.replace(place, place[:2] + sign + place[2:], 1).encode()
    assert refusal(content, file_format) == (Problem.ENCODING, line, Expected.READABLE_TEXT)


@pytest.mark.parametrize("sign", CONTROLS)
@pytest.mark.parametrize("place", ["PL61", "Rent"])
def test_xml_with_a_control_sign_is_broken(place: str, sign: str) -> None:
    for written_so in (sign, f"&#{ord(sign)};"):
        content = CAMT.replace(place, place[:2] + written_so + place[2:], 1).encode()
        assert refusal(content, Format.CAMT053)[0] is Problem.BROKEN


@pytest.mark.parametrize("half", ["&#xD800;", "&#xDC00;"])
def test_xml_with_half_a_sign_is_broken(half: str) -> None:
    assert refusal(CAMT.replace("Rent", half, 1).encode(), Format.CAMT053)[0] is Problem.BROKEN


def test_a_control_sign_far_behind_the_beginning_is_refused_at_its_line() -> None:
    payments = [written.Payment()] * 900
    start = written.mt940(payments).encode()
    assert len(start) > CHUNK
    content = start + MT940.replace("PL61", "PL\x0061", 1).encode()
    assert refusal(content, Format.MT940) == (Problem.ENCODING, start.count(b"\n") + 2, Expected.READABLE_TEXT)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_an_mt940_in_utf16_is_read(encoding: str) -> None:
    records = records_of(MT940.replace("\n", "\r\n").encode(encoding), Format.MT940)
    assert [each.number for each in begun(records)] == [written.IBAN]
    assert [row.title for row in rows_of(records)] == [each.title for each in written.PAYMENTS]


def test_half_a_sign_of_utf16_is_refused_at_its_line() -> None:
    content = MT940.replace("Rent", "Re\ud800nt", 1).encode("utf-16-le", "surrogatepass")
    assert refusal(content, Format.MT940)[:2] == (Problem.ENCODING, 6)


def test_utf16_read_as_bytes_is_refused() -> None:
    content = CSV.encode("utf-16-le")
    chosen = replace(written.confirmed(CSV.encode()), encoding=Encoding.WINDOWS_1250)
    with pytest.raises(FileRefused) as caught:
        records_of(content, Format.CSV, mapping=chosen)
    assert (caught.value.problem, caught.value.line) == (Problem.ENCODING, 1)


@pytest.mark.parametrize("end", ["\x1a", "\x1a\n", "\n\x1a\x1a", "\x03"])
@pytest.mark.parametrize(("file_format", "text"), [(Format.MT940, MT940), (Format.OFX, OFX), (Format.CSV, CSV)])
def test_the_mark_by_which_old_programs_end_a_file_is_no_fault(file_format: Format, text: str, end: str) -> None:
    as_it_is = records_of(text.encode(), file_format, **mapping(file_format))
    assert records_of((text + end).encode(), file_format, **mapping(file_format)) == as_it_is


def test_an_end_mark_before_the_end_is_refused_though_a_piece_ends_with_it() -> None:
    line = ":86:" + "x" * 60 + "\n"
    head = MT940.partition(":62F:")[0]
    filled = (head + line * 2000)[: CHUNK - 1]
    content = (filled + "\x1a" + line).encode()
    assert refusal(content, Format.MT940)[:2] == (Problem.ENCODING, filled.count("\n") + 1)


def test_an_entity_of_ofx_brings_no_control_sign_in() -> None:
    content = OFX.replace("Rent", "Re&#0;&#27;nt").replace("PL61", "&#0;PL61", 1)
    records = records_of(content.encode(), Format.OFX)
    assert begun(records)[0].number == written.IBAN
    assert rows_of(records)[0].title == "Re nt for November"


def test_what_is_shown_of_a_table_has_no_control_signs_however_it_is_cut() -> None:
    chosen = replace(written.confirmed(CSV.encode()), encoding=Encoding.WINDOWS_1250)
    shown = guess(BytesIO(CSV.encode("utf-16-le")), said=chosen)
    assert all(cell.isprintable() for row in (shown.header, *shown.first_rows) for cell in row)


def test_what_is_shown_of_a_table_is_clean_far_behind_its_beginning() -> None:
    long = "x" * 60_000
    header, _, rest = CSV.partition("\n")
    content = f"{header}\n2026-11-01;1.00;{long};Jan\n2026-11-01;2.00;{long};J\0n\n{rest}".encode()
    shown = guess(BytesIO(content))
    assert shown.first_rows[1][3] == "J n"
