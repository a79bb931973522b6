"""The samples: each is there, the same for the same day, of its form, and offered for download."""

import csv
import datetime as dt
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox import iban, samples
from sandbox.samples import SAMPLES, Sample
from tests.sandbox.caller import Caller

TODAY = dt.date(2026, 3, 2)
PROJECT = Path(__file__).resolve().parents[2]
# Encryption draws a number.
ENCRYPTED = {"statement-password-demo.pdf", "statement-no-changes.pdf"}


def content(name: str, today: dt.date = TODAY) -> bytes:
    sample = samples.find(name)
    assert sample is not None
    return sample.content(today)


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.name not in ENCRYPTED], ids=lambda one: one.name)
def test_a_sample_is_the_same_for_the_same_day(sample: Sample) -> None:
    assert sample.content(TODAY) == sample.content(TODAY)


@pytest.mark.parametrize("day", [dt.date(2026, 1, 1), dt.date(2026, 3, 31), dt.date(2028, 2, 29)])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_sample_can_be_made_on_any_day(sample: Sample, day: dt.date) -> None:
    assert bool(sample.content(day)) == (not sample.name.startswith("empty."))


def test_every_name_is_there_once() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)


def test_the_page_lists_every_sample_for_download(caller: Caller) -> None:
    text = caller.person.get(f"{caller.address}/samples/", timeout=30).text
    assert all(f'href="/samples/{sample.name}"' in text and sample.says for sample in SAMPLES)
    assert 'href="/samples/"' in caller.person.get(f"{caller.address}/", timeout=30).text


def test_a_sample_is_downloaded_as_it_is(caller: Caller) -> None:
    answer = caller.person.get(f"{caller.address}/samples/camt053.xml", timeout=30)
    assert answer.content == content("camt053.xml", dt.datetime.now(dt.UTC).date())
    assert answer.headers["Content-Disposition"] == 'attachment; filename="camt053.xml"'
    assert answer.headers["Content-Type"] == "application/xml"


def test_an_unknown_sample_is_not_found(caller: Caller) -> None:
    assert caller.person.get(f"{caller.address}/samples/elsewhere.pdf", timeout=30).status_code == 404


def test_the_command_writes_every_sample(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "sandbox.samples", str(tmp_path / "new")], cwd=PROJECT, check=True)
    assert {file.name for file in (tmp_path / "new").iterdir()} == {sample.name for sample in SAMPLES}


def test_the_command_without_a_folder_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.samples"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "Usage: python -m sandbox.samples FOLDER\n")


# MT940

ROW_61 = re.compile(r"(\d{6})(\d{4})(R?[CD])[A-Z]?(\d{1,14},\d{0,2})([NSF][A-Z0-9]{3})([^/]{1,16})(//.{1,16})?")
BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,14},\d{0,2})")


def mt940_fields(text: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in text.split("\r\n"):
        tag = re.match(r":(\d\d[A-Z]?):(.*)", line)
        if tag:
            fields.append((tag[1], tag[2]))
        elif line not in {"", "-"}:
            fields[-1] = (fields[-1][0], fields[-1][1] + "\n" + line)
    return fields


def signed(mark: str, amount: str) -> Decimal:
    return Decimal(amount.replace(",", ".")) * (-1 if mark == "D" else 1)


def mt940_balances(text: str) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return opening, sum of rows and closing of each statement."""
    found: list[tuple[Decimal, Decimal, Decimal]] = []
    for tag, value in mt940_fields(text):
        balance = BALANCE.fullmatch(value)
        if tag == "60F":
            assert balance
            found.append((signed(balance[1], balance[4]), Decimal(), Decimal()))
        if tag == "61":
            row = ROW_61.fullmatch(value)
            assert row
            found[-1] = (found[-1][0], found[-1][1] + signed(row[3], row[4]), Decimal())
        if tag == "62F":
            assert balance
            found[-1] = (*found[-1][:2], signed(balance[1], balance[4]))
    return found


def test_mt940_keeps_to_the_field_formats() -> None:
    text = content("mt940.sta").decode("ascii")
    tags = [tag for tag, _value in mt940_fields(text)]
    assert [tag for tag in tags if tag not in {"61", "86"}] == ["20", "25", "28C", "60F", "62F", "64"] * 2
    assert tags.count("61") == tags.count("86") > 20
    assert max(len(line) for line in text.split("\r\n")) <= 69
    assert all(value.count("\n") <= 5 for tag, value in mt940_fields(text) if tag == "86")
    assert all(iban.is_valid(value) for tag, value in mt940_fields(text) if tag == "25")


def test_mt940_adds_up_and_the_second_statement_goes_on_from_the_first() -> None:
    first, second = mt940_balances(content("mt940.sta").decode("ascii"))
    assert first[0] + first[1] == first[2] == second[0]
    assert second[0] + second[1] == second[2]


def test_mt940_with_the_wrong_balance_is_wrong_by_ten() -> None:
    _first, second = mt940_balances(content("mt940-wrong-balance.sta").decode("ascii"))
    assert second[2] - second[0] - second[1] == 10


def test_mt940_with_the_wrong_amount_is_wrong_in_its_first_row_alone() -> None:
    rows = [value for tag, value in mt940_fields(content("mt940-wrong-amount.sta").decode("ascii")) if tag == "61"]
    assert [bool(ROW_61.fullmatch(row)) for row in rows] == [False] + [True] * (len(rows) - 1)


# CAMT.053


@pytest.mark.parametrize("name", ["camt053.xml", "camt053-version-8.xml", "camt053-same-account.xml"])
def test_camt_adds_up(name: str) -> None:
    document = ET.fromstring(content(name))  # noqa: S314
    space = document.tag.partition("}")[0] + "}"

    def amount(element: ET.Element) -> Decimal:
        sign = -1 if element.findtext(f"{space}CdtDbtInd") == "DBIT" else 1
        return Decimal(element.findtext(f"{space}Amt", "")) * sign

    opening, closing = (amount(one) for one in document.iter(f"{space}Bal"))
    entries = list(document.iter(f"{space}Ntry"))
    assert len(entries) > 20
    assert opening + sum(amount(one) for one in entries) == closing


def test_the_two_versions_of_camt_differ_in_status_and_party() -> None:
    older, newer = content("camt053.xml").decode(), content("camt053-version-8.xml").decode()
    assert "<Sts>BOOK</Sts>" in older
    assert "<Sts><Cd>BOOK</Cd></Sts>" in newer
    assert "<Cdtr><Nm>" in older
    assert "<Cdtr><Pty><Nm>" in newer


def test_the_wrong_camt_files_are_wrong_in_one_thing() -> None:
    good = content("camt053.xml").decode()
    assert "<!DOCTYPE" in content("camt053-with-dtd.xml").decode()
    assert "pain.001.001.03" in content("camt053-wrong-namespace.xml").decode()
    assert content("camt053-no-currency.xml").decode().count("<Amt>") == 1
    assert good.startswith(content("camt053-cut-off.xml").decode(errors="ignore")[:-1])


# OFX


def test_ofx_1_has_the_header_of_the_specification_and_no_closing_tags_of_values() -> None:
    header, _, body = content("ofx1.ofx").decode("ascii").partition("\r\n\r\n")
    assert header.split("\r\n")[:3] == ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102"]
    assert "</STMTTRN>" in body
    assert "</TRNAMT>" not in body
    account = re.search(r"<ACCTID>(.+)\r", body)
    assert account
    assert len(account[1]) <= 22


@pytest.mark.parametrize("name", ["ofx2.ofx", "ofx2.qfx"])
def test_ofx_2_is_xml_with_ids_that_are_unique(name: str) -> None:
    document = ET.fromstring(content(name))  # noqa: S314
    ids = [one.text for one in document.iter("FITID")]
    assert len(ids) == len(set(ids)) > 20
    assert all(len(one.text or "") <= 32 for one in document.iter("NAME"))
    assert (document.find(".//INTU.BID") is not None) == name.endswith(".qfx")


# Tables


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "header_row", "columns"),
    [
        ("polish.csv", "cp1250", ";", 4, 8),
        ("czech.csv", "utf-8", ";", 0, 7),
        ("english.csv", "utf-8", ",", 0, 7),
        ("romanian.txt", "utf-16", "\t", 0, 6),
    ],
)
def test_a_table_has_its_columns_in_every_row(
    name: str, encoding: str, delimiter: str, header_row: int, columns: int
) -> None:
    rows = list(csv.reader(io.StringIO(content(name).decode(encoding), newline=""), delimiter=delimiter))
    assert len(rows) > 20
    assert {len(row) for row in rows[header_row:]} == {columns}


def test_the_broken_amount_stands_in_line_7() -> None:
    lines = content("broken-amount.csv").decode().split("\r\n")
    assert [place for place, line in enumerate(lines, start=1) if "twelve" in line] == [7]


def test_the_polish_table_has_letters_that_utf_8_would_not_read() -> None:
    with pytest.raises(UnicodeDecodeError):
        content("polish.csv").decode("utf-8")
