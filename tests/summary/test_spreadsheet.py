"""The workbook's form: read back by another library, whole however it is cut into pieces."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from onboarding.summary import spreadsheet
from onboarding.summary.spreadsheet import Cell

WRITABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def read(*rows: tuple[Cell, ...], **limits: int) -> openpyxl.Workbook:
    whole = b"".join(spreadsheet.chunks(("a", "b", "c"), rows, **limits))
    return openpyxl.load_workbook(io.BytesIO(whole))


def values(*rows: tuple[Cell, ...]) -> list[tuple[object, ...]]:
    return list(read(*rows).active.iter_rows(min_row=2, values_only=True))


def test_texts_amounts_and_days_come_back() -> None:
    found = values(("Żółć", Decimal("-12.30"), date(2026, 2, 28)))
    assert [str(cell) for cell in found[0]] == ["Żółć", "-12.3", "2026-02-28 00:00:00"]


def test_what_is_missing_is_an_empty_cell_and_zero_is_not() -> None:
    assert values(("", None, Decimal("0.00"))) == [(None, None, 0)]


@pytest.mark.parametrize(
    "text", ["<b>&amp;</b>", "a ]]> b", " blanks ", "q \"x\" 'y'", "-1", "=1", "123", "\U0001f600"]
)
def test_any_text_comes_back_as_it_is(text: str) -> None:
    assert values((text, None, None))[0][0] == text


@pytest.mark.parametrize("text", ["_x0041_", "a_xffff_b", "__x0041__"])
def test_a_text_that_looks_like_a_character_s_number_is_not_taken_for_one(text: str) -> None:
    found = values((text, None, None))[0][0]
    assert unescape(found) == text


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_can_t_write_becomes_a_blank(letter: str) -> None:
    assert values((f"a{letter}b", None, None))[0][0] == "a b"


@given(WRITABLE, WRITABLE)
def test_every_text_is_a_text_in_well_formed_xml(first: str, second: str) -> None:
    found = values((first, second, None), ("end", None, None))
    assert [(unescape(cell) if cell else "") for cell in found[0][:2]] == [first, second]
    assert found[1][0] == "end"


def test_a_sheet_ends_before_it_is_too_large_for_every_program_and_the_rows_go_on() -> None:
    book = read(*[(f"row {number}", None, None) for number in range(10)], bytes_a_sheet=1000)
    found = [sheet.cell(line, 1).value for sheet in book.worksheets for line in range(2, sheet.max_row + 1)]
    assert len(book.worksheets) > 1
    assert found == [f"row {number}" for number in range(10)]


def test_without_rows_there_is_one_sheet_with_its_header() -> None:
    book = read()
    assert [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets] == [[("a", "b", "c")]]


def test_pieces_come_while_the_rows_do() -> None:
    taken = 0

    def rows() -> Iterator[tuple[Cell, ...]]:
        nonlocal taken
        for number in range(20_000):
            taken = number
            yield f"{number * 7919 % 104729}-{number}", None, None

    pieces = spreadsheet.chunks(("a", "b", "c"), rows())
    first = next(pieces)
    assert taken < 19_000
    whole = first + b"".join(pieces)
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None


def test_its_first_bytes_say_what_it_is() -> None:
    whole = b"".join(spreadsheet.chunks(("a",), []))
    assert whole.startswith(b"PK\x03\x04")
    assert zipfile.ZipFile(io.BytesIO(whole)).namelist()[0] == "_rels/.rels"


def test_more_columns_than_letters_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(spreadsheet.chunks(["x"] * 27, []))


def test_whoever_stops_in_the_middle_leaves_nothing_open() -> None:
    pieces = spreadsheet.chunks(("a",), ((str(number),) for number in range(50_000)))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
