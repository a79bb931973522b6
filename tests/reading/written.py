"""Write small statements in every format, and read bytes back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

from onboarding.reading.layout import Columns, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.records import AccountBegun, AccountEnded, Format, Record, Row
from onboarding.reading.table import guess

IBAN = "PL61109010140000071219812874"
OTHER_IBAN = "CZ6508000000192000145399"
DAY = date(2026, 11, 2)
LIMITS = Limits(most_rows=1_000, seconds=20.0, longest_text=200, longest_line=4_096)


@dataclass(frozen=True)
class Payment:
    """What a statement is written from."""

    on: date = DAY
    amount: Decimal = Decimal("-12.50")
    title: str = "Rent for November"
    party: str = "Jan Kowalski"


COLUMNS = Columns(date=0, amount=1, title=2, party=3)
PAYMENTS = (Payment(), Payment(date(2026, 11, 3), Decimal("1000.00"), "Salary", "Works"))


def records_of(
    content: bytes, file_format: Format, *, limits: Limits = LIMITS, **mapping: TableMapping
) -> list[Record]:
    """Read all records."""
    return list(read_file(BytesIO(content), file_format, limits=limits, **mapping))


def rows_of(records: Iterable[Record]) -> list[Row]:
    """Keep the rows."""
    return [record for record in records if isinstance(record, Row)]


def begun(records: Iterable[Record]) -> list[AccountBegun]:
    """Keep the beginnings."""
    return [record for record in records if isinstance(record, AccountBegun)]


def ended(records: Iterable[Record]) -> list[AccountEnded]:
    """Keep the ends."""
    return [record for record in records if isinstance(record, AccountEnded)]


def confirmed(content: bytes, **changes: object) -> TableMapping:
    """Confirm a table as it is guessed, with changes."""
    guessed = guess(BytesIO(content))
    values: dict[str, object] = {
        "encoding": guessed.encoding,
        "delimiter": guessed.delimiter,
        "header_row": guessed.header_row,
        "date_format": guessed.date_format,
        "decimal": guessed.decimal,
        "columns": guessed.columns,
        "number": guessed.number or IBAN,
        "currency": guessed.currency or "PLN",
    }
    return TableMapping(**(values | changes))  # type: ignore[arg-type]


def read_table(content: bytes, **changes: object) -> list[Record]:
    """Read a table as it is guessed, with changes."""
    return records_of(content, Format.CSV, mapping=confirmed(content, **changes))


def _mt(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def _mark(amount: Decimal) -> str:
    return "D" if amount < 0 else "C"


def mt940(
    payments: Sequence[Payment] = PAYMENTS,
    *,
    number: str = IBAN,
    currency: str = "PLN",
    opening: Decimal = Decimal("100.00"),
    closing: Decimal | None = None,
) -> str:
    """Write one statement."""
    end = opening + sum(payment.amount for payment in payments) if closing is None else closing
    body = "".join(
        f":61:{payment.on:%y%m%d%m%d}{_mark(payment.amount)}{_mt(payment.amount)}NTRFNONREF\n"
        f":86:020?00TRANSFER?20{payment.title}?32{payment.party}\n"
        for payment in payments
    )
    return (
        f":20:1\n:25:{number}\n:28C:1/1\n:60F:{_mark(opening)}261101{currency}{_mt(opening)}\n{body}"
        f":62F:{_mark(end)}261130{currency}{_mt(end)}\n-\n"
    )


def balance(code: str, amount: Decimal, day: str = "2026-11-30", currency: str = "PLN") -> str:
    """Write a CAMT balance."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{abs(amount):.2f}</Amt>"
        f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def entry(payment: Payment = PAYMENTS[0], *, status: str = "<Sts>BOOK</Sts>", details: str | None = None) -> str:
    """Write a CAMT entry."""
    role = "Cdtr" if payment.amount < 0 else "Dbtr"
    plain = (
        f"<NtryDtls><TxDtls><RltdPties><{role}><Nm>{payment.party}</Nm></{role}></RltdPties>"
        f"<RmtInf><Ustrd>{payment.title}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    )
    return (
        f"<Ntry><Amt Ccy='PLN'>{abs(payment.amount):.2f}</Amt>"
        f"<CdtDbtInd>{'DBIT' if payment.amount < 0 else 'CRDT'}</CdtDbtInd>{status}"
        f"<BookgDt><Dt>{payment.on}</Dt></BookgDt>{plain if details is None else details}</Ntry>\n"
    )


def camt_statement(body: str, *, number: str = IBAN) -> str:
    """Write a CAMT statement around balances and entries."""
    return f"<Stmt><Id>1</Id><Acct><Id><IBAN>{number}</IBAN></Id><Ccy>PLN</Ccy></Acct>\n{body}</Stmt>\n"


def camt_file(statements: str, *, version: str = "001.08", declaration: str = "<?xml version='1.0'?>") -> str:
    """Write a CAMT file around statements."""
    return (
        f"{declaration}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.{version}'><BkToCstmrStmt>\n"
        f"<GrpHdr><MsgId>1</MsgId></GrpHdr>\n{statements}</BkToCstmrStmt></Document>"
    )


def camt(payments: Sequence[Payment] = PAYMENTS, *, opening: Decimal = Decimal("100.00")) -> str:
    """Write a whole CAMT file."""
    end = opening + sum(payment.amount for payment in payments)
    balances = balance("OPBD", opening, "2026-11-01") + balance("CLBD", end)
    return camt_file(camt_statement(balances + "".join(map(entry, payments))))


OFX_HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:{charset}\n"
    "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)


def ofx_row(payment: Payment = PAYMENTS[0]) -> str:
    """Write an SGML row."""
    return (
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{payment.on:%Y%m%d}120000[-5:EST]\n<TRNAMT>{payment.amount}<FITID>1\n"
        f"<NAME>{payment.party}<MEMO>{payment.title}\n</STMTTRN>\n"
    )


def ofx(
    rows: str = "", *, charset: str = "1252", ledger: str = "<LEDGERBAL><BALAMT>1.00<DTASOF>20261130</LEDGERBAL>"
) -> str:
    """Write an SGML file around rows."""
    return (
        f"{OFX_HEADER.format(charset=charset)}<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1\n<STMTRS><CURDEF>PLN\n"
        f"<BANKACCTFROM><BANKID>1<ACCTID>{IBAN}<ACCTTYPE>CHECKING</BANKACCTFROM>\n<BANKTRANLIST>\n{rows}"
        f"</BANKTRANLIST>\n{ledger}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def table(payments: Sequence[Payment] = PAYMENTS) -> str:
    """Write a table with a header."""
    body = "".join(
        f'{payment.on};{payment.amount};"{payment.title.replace(chr(34), chr(34) * 2)}";{payment.party}\n'
        for payment in payments
    )
    return f"Date;Amount;Title;Counterparty\n{body}"
