"""Files that are refused, each with what is said about it; ``TABLE`` is the list of them."""

from decimal import Decimal
from io import BytesIO

import pytest

from onboarding.reading.layout import Columns, DateFormat, Encoding, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.records import Format
from onboarding.reading.refusals import Expected as E
from onboarding.reading.refusals import FileRefused
from onboarding.reading.refusals import Problem as P
from tests.reading import written

MAPPING = TableMapping(
    encoding=Encoding.UTF8,
    delimiter=";",
    header_row=0,
    date_format=DateFormat.YEAR_FIRST,
    decimal=".",
    columns=Columns(date=0, amount=1, title=2, party=3),
    number=written.IBAN,
    currency="PLN",
)
MT = written.mt940()
CAMT = written.camt()
OFX = written.ofx(written.ofx_row())
CSV = written.table()
BOMB = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]>"

Place = tuple[int | None, int | None, str]
TABLE: list[tuple[str, Format, bytes | str, P, Place, E]] = [
    # MT940
    ("an empty MT940", Format.MT940, "", P.NO_ROWS, (None, None, ""), E.A_PAYMENT),
    ("a letter", Format.MT940, "Dear Sir,\n" * 20, P.BROKEN, (9, None, ":20:"), E.AN_OPENING_TAG),
    ("one endless line", Format.MT940, ":20:" + "x" * 9_999, P.TOO_LONG_A_LINE, (1, None, ""), E.A_SHORTER_TEXT),
    ("no account", Format.MT940, MT.replace(f":25:{written.IBAN}\n", ""), P.MISSING, (3, None, ":25:"), E.AN_ACCOUNT),
    ("an empty account", Format.MT940, MT.replace(written.IBAN, ""), P.MISSING, (2, None, ":25:"), E.AN_ACCOUNT),
    ("no opening balance", Format.MT940, MT.replace(":60F:C261101PLN100,00\n", ""),
     P.MISSING, (4, None, ":60F:"), E.A_BALANCE),
    ("a broken opening", Format.MT940, MT.replace("C261101PLN", "X261101PLN"),
     P.WRONG_VALUE, (4, None, ":60F:"), E.A_BALANCE),
    ("no closing balance", Format.MT940, MT.partition(":62F:")[0], P.MISSING, (8, None, ":62F:"), E.A_CLOSING_TAG),
    ("a statement cut by the next", Format.MT940, MT.partition(":62F:")[0] + MT,
     P.MISSING, (9, None, ":62F:"), E.A_CLOSING_TAG),
    ("a closing in euros", Format.MT940, MT.replace("261130PLN", "261130EUR"),
     P.MIXED_CURRENCIES, (9, None, ":62F:"), E.SAME_CURRENCY),
    ("30 February", Format.MT940, MT.replace("261102", "260230"), P.WRONG_VALUE, (5, None, ":61:"), E.A_DATE),
    ("a thirteenth month of entry", Format.MT940, MT.replace("2611021102", "2611021302"),
     P.WRONG_VALUE, (5, None, ":61:"), E.A_DATE),
    ("no direction", Format.MT940, MT.replace("1102D12", "1102X12"), P.WRONG_VALUE, (5, None, ":61:"), E.A_DIRECTION),
    ("two decimal commas", Format.MT940, MT.replace("D12,50", "D12,50,0"),
     P.WRONG_VALUE, (5, None, ":61:"), E.AN_AMOUNT),
    ("a tenth of a cent", Format.MT940, MT.replace("D12,50", "D12,501"), P.TOO_EXACT, (5, None, ":61:"), E.AN_AMOUNT),
    ("an amount of 16 signs", Format.MT940, MT.replace("D12,50", "D1234567890123,51"),
     P.WRONG_VALUE, (5, None, ":61:"), E.AN_AMOUNT),
    ("an unknown field", Format.MT940, MT.replace(":28C:", ":77E:"), P.BROKEN, (3, None, ""), E.A_KNOWN_TAG),
    ("a line of no field", Format.MT940, MT.replace(":28C:", "secret\n:28C:"),
     P.BROKEN, (3, None, ":25:"), E.A_KNOWN_TAG),
    (
        "an interim report (MT942)",
        Format.MT940,
        f":20:1\n:25:{written.IBAN}\n:28C:1\n:34F:PLN0,\n:13D:2611021200+0100\n:61:261102D1,NTRFX\n",
        P.NOT_A_STATEMENT,
        (6, None, ":34F:"),
        E.A_STATEMENT,
    ),
    # CAMT.053
    ("an empty CAMT", Format.CAMT053, "", P.BROKEN, (1, 1, ""), E.A_CLOSING_TAG),
    ("a CAMT cut off", Format.CAMT053, CAMT[:-60], P.BROKEN, (7, 221, ""), E.A_CLOSING_TAG),
    ("a wrong closing tag", Format.CAMT053, CAMT.replace("</Sts>", "</Stz>", 1),
     P.BROKEN, (6, 71, ""), E.A_CLOSING_TAG),
    ("a bare ampersand", Format.CAMT053, CAMT.replace("Kowalski", "K & K"), P.BROKEN, (6, 159, ""), E.PLAIN_XML),
    ("an entity bomb", Format.CAMT053, CAMT.replace("<Document", BOMB + "<Document"),
     P.FORBIDDEN, (1, 34, ""), E.PLAIN_XML),
    (
        "a file from elsewhere",
        Format.CAMT053,
        CAMT.replace("<Document", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><Document"),
        P.FORBIDDEN,
        (1, 61, ""),
        E.PLAIN_XML,
    ),
    ("an entity of nobody", Format.CAMT053, CAMT.replace("Kowalski", "&who;"), P.FORBIDDEN, (6, 156, ""), E.PLAIN_XML),
    (
        "a strange encoding",
        Format.CAMT053,
        CAMT.replace("'1.0'", "'1.0' encoding='utf-7'"),
        P.ENCODING,
        (1, None, ""),
        E.READABLE_TEXT,
    ),
    ("an account report", Format.CAMT053, CAMT.replace("BkToCstmrStmt", "BkToCstmrAcctRpt"),
     P.NOT_A_STATEMENT, (1, None, "camt.052"), E.A_STATEMENT),
    ("a notification", Format.CAMT053, CAMT.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"),
     P.NOT_A_STATEMENT, (1, None, "camt.054"), E.A_STATEMENT),
    ("another XML", Format.CAMT053, "<a><b/></a>", P.NOT_A_STATEMENT, (None, None, ""), E.A_STATEMENT),
    ("no statement in it", Format.CAMT053, written.camt_file(""), P.NO_ROWS, (None, None, "Stmt"), E.A_STATEMENT),
    ("no IBAN", Format.CAMT053, CAMT.replace("IBAN>", "BBAN>"), P.MISSING, (3, None, "Stmt/Acct/Id"), E.AN_ACCOUNT),
    ("an entry without amount", Format.CAMT053, CAMT.replace("<Amt Ccy='PLN'>12.50</Amt>", ""),
     P.MISSING, (6, None, "Stmt/Ntry/Amt"), E.AN_AMOUNT),
    ("an amount in words", Format.CAMT053, CAMT.replace(">12.50<", ">twelve<"),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/Amt"), E.AN_AMOUNT),
    ("a signed amount", Format.CAMT053, CAMT.replace(">12.50<", ">-12.50<"),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/Amt"), E.AN_AMOUNT),
    ("a comma for thousands", Format.CAMT053, CAMT.replace(">12.50<", ">12,000<"),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/Amt"), E.AN_AMOUNT),
    ("half a cent", Format.CAMT053, CAMT.replace(">12.50<", ">12.505<"),
     P.TOO_EXACT, (6, None, "Stmt/Ntry/Amt"), E.AN_AMOUNT),
    ("an entry in euros", Format.CAMT053, CAMT.replace("<Ntry><Amt Ccy='PLN'>12", "<Ntry><Amt Ccy='EUR'>12"),
     P.MIXED_CURRENCIES, (6, None, "Stmt/Ntry/Amt"), E.SAME_CURRENCY),
    ("an amount of no currency", Format.CAMT053, CAMT.replace("<Ntry><Amt Ccy='PLN'>12", "<Ntry><Amt>12"),
     P.MISSING, (6, None, "Stmt/Ntry/Amt"), E.A_CURRENCY),
    ("no such day", Format.CAMT053, CAMT.replace("2026-11-02", "2026-11-31"),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/BookgDt/Dt"), E.A_DATE),
    ("no booking day", Format.CAMT053, CAMT.replace("<BookgDt><Dt>2026-11-02</Dt></BookgDt>", ""),
     P.MISSING, (6, None, "Stmt/Ntry/BookgDt"), E.A_DATE),
    ("no status", Format.CAMT053, CAMT.replace("<Sts>BOOK</Sts>", "", 1),
     P.MISSING, (6, None, "Stmt/Ntry/Sts"), E.A_STATUS),
    ("an unknown status", Format.CAMT053, CAMT.replace("<Sts>BOOK</Sts>", "<Sts>GONE</Sts>", 1),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/Sts"), E.A_STATUS),
    ("an unknown direction", Format.CAMT053, CAMT.replace("DBIT", "OUT"),
     P.WRONG_VALUE, (6, None, "Stmt/Ntry/CdtDbtInd"), E.A_DIRECTION),
    ("one endless text", Format.CAMT053, CAMT.replace("Rent", "x" * 9_999),
     P.TOO_LONG_A_LINE, (6, None, ""), E.A_SHORTER_TEXT),
    ("a deep nest", Format.CAMT053, "<a>" * 99, P.BROKEN, (1, None, ""), E.PLAIN_XML),
    # OFX
    ("an empty OFX", Format.OFX, "", P.MISSING, (1, None, "OFX"), E.AN_OPENING_TAG),
    ("an OFX cut off", Format.OFX, OFX.partition("</BANKTRANLIST>")[0],
     P.BROKEN, (18, None, "BANKTRANLIST"), E.A_CLOSING_TAG),
    ("a row that never ends", Format.OFX, OFX.replace("</STMTTRN>", ""),
     P.BROKEN, (19, None, "STMTTRN"), E.A_CLOSING_TAG),
    ("an OFX amount in words", Format.OFX, OFX.replace("-12.50", "lots"),
     P.WRONG_VALUE, (16, None, "STMTTRN/TRNAMT"), E.AN_AMOUNT),
    ("an OFX amount in thousands", Format.OFX, OFX.replace("-12.50", "-1,000"),
     P.WRONG_VALUE, (16, None, "STMTTRN/TRNAMT"), E.AN_AMOUNT),
    ("no OFX amount", Format.OFX, OFX.replace("<TRNAMT>-12.50", ""),
     P.MISSING, (15, None, "STMTTRN/TRNAMT"), E.AN_AMOUNT),
    ("an OFX day of letters", Format.OFX, OFX.replace("20261102120000", "2 Nov"),
     P.WRONG_VALUE, (15, None, "STMTTRN/DTPOSTED"), E.A_DATE),
    ("no OFX day", Format.OFX, OFX.replace("<DTPOSTED>", "<DTOTHER>"),
     P.MISSING, (15, None, "STMTTRN/DTPOSTED"), E.A_DATE),
    ("no OFX currency", Format.OFX, OFX.replace("<CURDEF>PLN", ""),
     P.MISSING, (12, None, "STMTRS/CURDEF"), E.A_CURRENCY),
    ("no OFX account", Format.OFX, OFX.replace("<ACCTID>", "<ACCTKEY>"),
     P.MISSING, (12, None, "BANKACCTFROM/ACCTID"), E.AN_ACCOUNT),
    ("an OFX with a DTD", Format.OFX, OFX.replace("<OFX>", "<!DOCTYPE OFX><OFX>"),
     P.FORBIDDEN, (11, None, ""), E.PLAIN_XML),
    ("a statement of shares", Format.OFX, "<OFX><INVSTMTRS></INVSTMTRS></OFX>",
     P.NOT_A_STATEMENT, (1, None, "INVSTMTRS"), E.A_STATEMENT),
    ("an OFX that only signs on", Format.OFX, "<OFX><SONRS></SONRS></OFX>",
     P.NO_ROWS, (1, None, "STMTRS"), E.A_STATEMENT),
    ("an OFX that says UTF-8 and lies", Format.OFX,
     OFX.replace("USASCII", "UTF-8").replace("Jan", "\xf3").encode("latin-1"),
     P.ENCODING, (17, None, ""), E.READABLE_TEXT),
    # Tables
    ("an empty table", Format.CSV, "", P.EMPTY, (None, None, ""), E.NOTHING_MORE),
    ("only a header", Format.CSV, CSV.partition("\n")[0] + "\n", P.NO_ROWS, (1, None, ""), E.A_PAYMENT),
    ("a day in another form", Format.CSV, CSV.replace("2026-11-03", "03.11.2026"),
     P.WRONG_VALUE, (3, 1, "column 1"), E.A_DATE),
    ("no day", Format.CSV, CSV.replace("2026-11-03", ""), P.MISSING, (3, 1, "column 1"), E.A_DATE),
    ("an amount with letters", Format.CSV, CSV.replace("1000.00", "1OOO.00"),
     P.WRONG_VALUE, (3, 2, "column 2"), E.AN_AMOUNT),
    ("no amount", Format.CSV, CSV.replace("1000.00", ""), P.MISSING, (3, 2, "column 2"), E.AN_AMOUNT),
    ("an amount in another form", Format.CSV, CSV.replace("1000.00", "1000,00"),
     P.WRONG_VALUE, (3, 2, "column 2"), E.AN_AMOUNT),
    ("a fraction of a cent", Format.CSV, CSV.replace("1000.00", "1000.001"),
     P.TOO_EXACT, (3, 2, "column 2"), E.AN_AMOUNT),
    ("a number too long", Format.CSV, CSV.replace("1000.00", "1" * 16), P.WRONG_VALUE, (3, 2, "column 2"), E.AN_AMOUNT),
    ("an amount in euros", Format.CSV, CSV.replace("1000.00", "1000.00 EUR"),
     P.MIXED_CURRENCIES, (3, 2, "column 2"), E.SAME_CURRENCY),
    ("a row cut off", Format.CSV, CSV + "2026-11-04", P.BROKEN, (4, 2, "column 2"), E.AS_MANY_CELLS),
    ("a sum at the end", Format.CSV, CSV + "Total;987.50;;\n", P.WRONG_VALUE, (4, 1, "column 1"), E.A_DATE),
    ("a sum without a word", Format.CSV, CSV + ";987.50;;\n", P.MISSING, (4, 1, "column 1"), E.A_DATE),
    ("a quote that never ends", Format.CSV, CSV.replace('"Salary"', '"Salary'),
     P.BROKEN, (3, None, ""), E.AS_MANY_CELLS),
    ("bytes of another encoding", Format.CSV, CSV.replace("Jan", "\xf3").encode("latin-1"),
     P.ENCODING, (2, None, ""), E.READABLE_TEXT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file_format", "content", "problem", "place", "expected"),
    [each[1:] for each in TABLE],
    ids=[each[0].replace(" ", "_") for each in TABLE],
)
def test_a_bad_file_is_refused_at_its_place(
    file_format: Format, content: bytes | str, problem: P, place: Place, expected: E
) -> None:
    file = BytesIO(content.encode() if isinstance(content, str) else content)
    mapping = MAPPING if file_format is Format.CSV else None
    with pytest.raises(FileRefused) as caught:
        list(read_file(file, file_format, limits=written.LIMITS, mapping=mapping))
    refused = caught.value
    assert (refused.problem, (refused.line, refused.column, refused.element), refused.expected) == (
        problem,
        place,
        expected,
    )


@pytest.mark.parametrize(("file_format", "content"), [(each[1], each[2]) for each in TABLE])
def test_a_refusal_holds_nothing_that_the_file_holds(file_format: Format, content: bytes | str) -> None:
    file = BytesIO(content.encode() if isinstance(content, str) else content)
    mapping = MAPPING if file_format is Format.CSV else None
    with pytest.raises(FileRefused) as caught:
        list(read_file(file, file_format, limits=written.LIMITS, mapping=mapping))
    refused = caught.value
    chain = f"{refused!r} {refused} {refused.__cause__!r} {refused.__context__!r}"
    assert not any(secret in chain for secret in ("Kowalski", "Rent", "Salary", "secret", written.IBAN, "12.50"))


@pytest.mark.parametrize("file_format", list(Format))
def test_more_rows_than_allowed_are_refused(file_format: Format) -> None:
    content = {
        Format.MT940: written.mt940([written.Payment()] * 11),
        Format.CAMT053: written.camt([written.Payment()] * 11),
        Format.OFX: written.ofx(written.ofx_row() * 11),
        Format.CSV: written.table([written.Payment()] * 11),
    }[file_format].encode()
    mapping = MAPPING if file_format is Format.CSV else None
    with pytest.raises(FileRefused) as caught:
        list(read_file(BytesIO(content), file_format, limits=Limits(most_rows=10), mapping=mapping))
    assert (caught.value.problem, caught.value.expected) == (P.TOO_MANY_ROWS, E.FEWER_ROWS)


@pytest.mark.parametrize("file_format", list(Format))
def test_no_time_is_too_little_time(file_format: Format) -> None:
    payments = [written.Payment(amount=Decimal(1))] * 3000
    content = {
        Format.MT940: written.mt940(payments),
        Format.CAMT053: written.camt(payments),
        Format.OFX: written.ofx(written.ofx_row() * 3000),
        Format.CSV: written.table(payments),
    }[file_format].encode()
    mapping = MAPPING if file_format is Format.CSV else None
    with pytest.raises(FileRefused) as caught:
        list(read_file(BytesIO(content), file_format, limits=Limits(seconds=0.0), mapping=mapping))
    assert caught.value.problem is P.TOO_SLOW


def test_a_table_without_its_mapping_is_refused() -> None:
    with pytest.raises(FileRefused) as caught:
        read_file(BytesIO(CSV.encode()), Format.CSV, limits=written.LIMITS)
    assert caught.value.problem is P.MISSING
