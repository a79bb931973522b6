import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.models import Onboarding
from onboarding.summary import exports, spreadsheet
from tests.ledger.aggregates import IBAN, OTHER_IBAN, account, new_onboarding, new_snapshot, row, rows, target

from .makers import shown

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\ufe661",
    "=cmd|' /C calc'!A0",
    "\u202e=1",
    "\ufeff=1",
    '"=1',
    "'=1",
    "\x00=1",
    "\x1b=1",
]


def csv_rows(onboarding: Onboarding) -> list[list[str]]:
    text = b"".join(exports.csv_chunks(onboarding)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def workbook(onboarding: Onboarding, rows_a_sheet: int = spreadsheet.ROWS_A_SHEET) -> openpyxl.Workbook:
    whole = b"".join(exports.xlsx_chunks(onboarding, rows_a_sheet=rows_a_sheet))
    return openpyxl.load_workbook(io.BytesIO(whole))


def unpacked(onboarding: Onboarding) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(exports.xlsx_chunks(onboarding))))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_front(text: str) -> None:
    shown_text = exports.harmless(text).lstrip(" \u00a0\"'")

    assert exports.harmless(text).count("'") > text.count("'")
    assert exports.harmless(text)[: -len(shown_text)].endswith("'")


@pytest.mark.parametrize("text", ["rent;=1+1", "a; @x", 'a;"=1', "a;\t-1", "a;;=1"])
def test_a_formula_behind_a_semicolon_is_defused_too(text: str) -> None:
    behind = exports.harmless(text).rpartition(";")[2].lstrip(' "')

    assert behind.startswith("'")


@pytest.mark.parametrize("text", ["Rent", "a-b", "a = b", "5 + 5", "me@example.com", "Żółć", "", "a, b", "x;y", "2-1"])
def test_plain_texts_stay_as_they_are(text: str) -> None:
    assert exports.harmless(text) == text


def test_control_characters_and_direction_marks_become_blanks() -> None:
    assert exports.harmless("a\x00b\x07c\td\re\nf\u202eg\u2066h\u2028i") == "a b c d e f g h i"


@given(st.text())
def test_no_text_begins_a_formula_or_breaks_a_line(text: str) -> None:
    shown_text = exports.harmless(text)

    assert shown_text.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert len(shown_text.splitlines()) <= 1


@pytest.mark.django_db
class TestCsv:
    def test_every_row_stands_there_with_its_account(self) -> None:
        onboarding = shown(target(account(row("-1149.50", labels=("cash", "monthly")))))

        header, line = csv_rows(onboarding)

        assert tuple(header) == exports.COLUMNS
        assert line == [
            "KontoBank",
            "Everyday",
            IBAN,
            "PLN",
            "2026-03-10",
            "2026-03-09",
            "-1149.50",
            "100.00",
            "Rent",
            "Landlord",
            OTHER_IBAN,
            "transfer",
            "cash, monthly",
            "bank",
            "no",
        ]

    def test_what_is_missing_is_an_empty_cell(self) -> None:
        bare = row(balance=None, booked_on=None, title=None, party=None, party_iban=None, kind=None)
        _, line = csv_rows(shown(target(account(bare, name=None, iban=None))))

        assert line == ["KontoBank", "", "", "PLN", "", "2026-03-09", "-20.00", "", "", "", "", "", "", "bank", "no"]

    def test_it_is_utf_8_with_a_byte_order_mark_and_quotes_by_the_rfc(self) -> None:
        onboarding = shown(target(account(row(title='Żółć, "x"'))))

        whole = b"".join(exports.csv_chunks(onboarding))

        assert whole.startswith(b"\xef\xbb\xbfbank,")
        assert whole.endswith(b"\r\n")
        assert '"Żółć, ""x"""'.encode() in whole

    def test_formulas_are_defused_wherever_a_text_stands(self) -> None:
        evil = row(title="=1", party="+1", party_iban="@1", kind="-1", labels=("=2",))
        _, line = csv_rows(shown(target(account(evil, name="=n", iban="=i"), official_name="=b")))

        assert [line[number] for number in (0, 1, 2, 8, 9, 10, 11, 12)] == [
            "'=b",
            "'=n",
            "'=i",
            "'=1",
            "'+1",
            "'@1",
            "'-1",
            "'=2",
        ]

    def test_thousands_of_rows_come_in_pieces_newest_first(self) -> None:
        onboarding = shown(target(account(*rows(exports.ROWS_AT_ONCE * 2 + 1))))

        assert len(list(exports.csv_chunks(onboarding))) == 3
        days = [line[4] for line in csv_rows(onboarding)[1:]]
        assert len(days) == exports.ROWS_AT_ONCE * 2 + 1
        assert days == sorted(days, reverse=True)

    def test_a_summary_without_rows_is_a_header_alone(self) -> None:
        assert csv_rows(shown()) == [list(exports.COLUMNS)]

    @pytest.mark.parametrize("count", [10, 1000])
    def test_the_number_of_queries_does_not_grow_with_the_rows(
        self, django_assert_num_queries: object, count: int
    ) -> None:
        onboarding = shown(target(account(*rows(count))))

        with django_assert_num_queries(5):
            list(exports.csv_chunks(onboarding))


@pytest.mark.django_db
class TestXlsx:
    def test_dates_are_dates_and_amounts_are_numbers(self) -> None:
        header, line = workbook(shown(target(account(row("-1149.50"))))).active.iter_rows()

        assert tuple(cell.value for cell in header) == exports.COLUMNS
        assert [cell.value.date() if cell.is_date else cell.value for cell in line[:10]] == [
            "KontoBank",
            "Everyday",
            IBAN,
            "PLN",
            date(2026, 3, 10),
            date(2026, 3, 9),
            -1149.5,
            100,
            "Rent",
            "Landlord",
        ]
        assert (line[6].data_type, line[6].number_format, line[4].number_format) == ("n", "0.00", "yyyy-mm-dd")

    def test_amounts_are_written_to_the_last_cent(self) -> None:
        whole = unpacked(shown(target(account(row("9999999999999.99")))))
        sheet = whole.read("xl/worksheets/sheet1.xml").decode()

        assert "<v>9999999999999.99</v>" in sheet

    def test_no_text_becomes_a_formula_a_link_or_a_number(self) -> None:
        evil = row(title="=1+1", party="https://evil.example", party_iban="123456", kind="=HYPERLINK(1)")
        whole = unpacked(shown(target(account(evil, name="{=1}"))))
        sheet = whole.read("xl/worksheets/sheet1.xml").decode()

        assert "<f>" not in sheet
        assert "<hyperlink" not in sheet
        assert not [name for name in whole.namelist() if "rels" in name and "sheet" in name]
        assert "<t>123456</t>" in sheet

    def test_rows_beyond_one_sheet_go_on_in_further_sheets(self) -> None:
        book = workbook(shown(target(account(*rows(5)))), rows_a_sheet=3)

        assert [sheet.max_row for sheet in book.worksheets] == [3, 3, 2]
        assert {sheet.cell(1, 1).value for sheet in book.worksheets} == {"bank"}
        titles = {sheet.cell(line, 9).value for sheet in book.worksheets for line in range(2, sheet.max_row + 1)}
        assert titles == {f"Payment {number}" for number in range(1, 6)}

    def test_what_is_missing_is_an_empty_cell(self) -> None:
        bare = row(balance=None, booked_on=None)
        _, line = workbook(shown(target(account(bare)))).active.iter_rows()

        assert (line[4].value, line[7].value) == (None, None)

    def test_the_same_rows_as_in_csv(self) -> None:
        onboarding = shown(target(account(*rows(7)), account(row("5.00", title="in"), currency="EUR", iban=OTHER_IBAN)))

        book_rows = list(workbook(onboarding).active.iter_rows(min_row=2, values_only=True))
        assert [(Decimal(str(line[6])), line[8]) for line in book_rows] == [
            (Decimal(line[6]), line[8]) for line in csv_rows(onboarding)[1:]
        ]


@pytest.mark.django_db
def test_without_a_summary_there_is_nothing_to_export() -> None:
    onboarding = new_onboarding()

    with pytest.raises(exports.SummaryChanged):
        exports.csv_chunks(onboarding)
    with pytest.raises(exports.SummaryChanged):
        exports.xlsx_chunks(onboarding)


@pytest.mark.django_db
def test_an_export_that_has_begun_goes_by_the_snapshot_it_began_with() -> None:
    onboarding = shown(target(account(*rows(3))))
    pieces = exports.csv_chunks(onboarding)

    Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=new_snapshot(onboarding))

    assert b"Payment 3" in b"".join(pieces)


def test_a_file_name_holds_nothing_of_the_person() -> None:
    assert exports.file_name("csv", on=date(2026, 11, 22)) == "transactions-2026-11-22.csv"
