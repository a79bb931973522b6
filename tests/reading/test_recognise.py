from io import BytesIO

import pytest

from onboarding.reading.recognise import recognise
from onboarding.reading.records import Format
from tests.reading import written

MT = written.mt940()
CAMT = written.camt()
OFX = written.ofx(written.ofx_row())
CSV = written.table()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (MT.encode(), Format.MT940),
        (b"\r\n \r\n" + MT.encode(), Format.MT940),
        (MT.encode("utf-8-sig"), Format.MT940),
        (MT.replace("\n", "\r\n").encode("cp1250"), Format.MT940),
        (b"{1:F01INGBNL2ABXXX0000000000}{2:I940INGBNL2AXXXN}{4:\r\n" + MT.encode(), Format.MT940),
        (b"ABNANL2A\n940\nABNANL2A\n" + MT.encode(), Format.MT940),
        (CAMT.encode(), Format.CAMT053),
        (CAMT.encode("utf-8-sig"), Format.CAMT053),
        (CAMT.replace("'1.0'", "'1.0' encoding='utf-16'").encode("utf-16"), Format.CAMT053),
        (
            CAMT.replace("'1.0'", "'1.0' encoding='windows-1250'").replace("Jan", "Żółw").encode("cp1250"),
            Format.CAMT053,
        ),
        (CAMT.replace("BkToCstmrStmt", "BkToCstmrAcctRpt").encode(), Format.CAMT053),
        (OFX.encode(), Format.OFX),
        (b"\n\n" + OFX.encode("cp1250"), Format.OFX),
        (OFX.partition("\n\n")[2].encode(), Format.OFX),
        (b"<?xml version='1.0'?>\n<?OFX OFXHEADER='200'?>\n<OFX></OFX>", Format.OFX),
        (CSV.encode(), Format.CSV),
        (CSV.replace(";", ",").encode(), Format.CSV),
        (CSV.replace(";", "\t").encode("utf-16"), Format.CSV),
        (CSV.replace(";", "\t").encode("utf-16-le"), Format.CSV),
        (CSV.replace(";", "|").replace("Rent", "Żółw").encode("cp1250"), Format.CSV),
        (b"a;b;c\n1;2;3\n4;5;6\n", Format.CSV),
    ],
)
def test_a_format_is_told_by_its_content(content: bytes, found: Format) -> None:
    file = BytesIO(content)
    assert recognise(file) is found
    assert file.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.7\n1;2;3\n1;2;3\n",
        b"PK\x03\x04" + b"a;b;c\n" * 9,
        b"\x1f\x8b\x08" + b"a;b;c\n" * 9,
        b"a;b;c\n1;2;\x00\n4;5;6\n",
        bytes(range(256)) * 9,
        b"<!DOCTYPE html><html><body>20,30,40</body></html>",
        b"<html><body></body></html>",
        b"<a><b/></a>",
        b"Dear Sir,\nI send you, as said, nothing.\n",
        b"one\ntwo\nthree\n",
        b'{"a": 1, "b": 2}',
    ],
)
def test_anything_else_is_not_told(content: bytes) -> None:
    assert recognise(BytesIO(content)) is None


@pytest.mark.parametrize(
    "header",
    [
        "Datum zaúčtování;Částka;Měna;Zůstatek;Číslo protiúčtu;Název protiúčtu;Zpráva\r\n",
        "Date,Description,Amount",
        "Data\tDebit\tCredit\tSold\n\n",
        "mBank S.A.;\n#Klient;\nJan Kowalski;\n\n#Data operacji;#Opis operacji;#Kwota;#Saldo po operacji;\n",
    ],
)
def test_a_header_that_names_days_and_amounts_is_a_table_without_payments(header: str) -> None:
    assert recognise(BytesIO(header.encode())) is Format.CSV


@pytest.mark.parametrize(
    "text", ["Date;Amount\n", "Dear Sir, the amount, on that date,\n", "a;b;c;d\n", "Name;City;Age\n"]
)
def test_other_lines_alone_are_no_table(text: str) -> None:
    assert recognise(BytesIO(text.encode())) is None
