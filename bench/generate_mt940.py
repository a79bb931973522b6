"""Write a large MT940 file (or CAMT.053, or CSV), the same bytes for the same arguments.

.venv/bin/python -m bench.generate_mt940 --megabytes 50 --out var/big.mt940
.venv/bin/python -m bench.generate_mt940 --form camt --megabytes 50 --out var/big.xml
"""

import argparse
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

IBAN = "PL61109010140000071219812874"
OTHER = "CZ6508000000192000145399"
FIRST_DAY = date(2025, 11, 1)
PARTIES = ("Sklep Spożywczy Róża", "Elektrownia Gdańsk S.A.", "Jan Kowalski", "Żłobek Miejski", "Apteka pod Lwem")
TITLES = ("Przelew własny", "Płatność kartą", "Czynsz za mieszkanie", "Wynagrodzenie", "Zakupy")
OPENING = Decimal("1234.56")


@dataclass(frozen=True)
class Payment:
    """What is written of one row."""

    number: int
    on: date
    amount: Decimal
    party: str
    title: str


def payments() -> Iterator[Payment]:
    """Yield payments without end, about 1,000 a day."""
    chance = random.Random(940)
    number = 0
    while True:
        number += 1
        yield Payment(
            number=number,
            on=FIRST_DAY + timedelta(days=number // 1000),
            amount=Decimal(chance.randint(-50_000, 50_000) or 1).scaleb(-2),
            party=chance.choice(PARTIES),
            title=chance.choice(TITLES),
        )


def _mark(amount: Decimal) -> str:
    return "D" if amount < 0 else "C"


def _comma(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def mt940_row(payment: Payment) -> str:
    """Write a row of two fields."""
    return (
        f":61:{payment.on:%y%m%d%m%d}{_mark(payment.amount)}{_comma(payment.amount)}NTRFNONREF//{payment.number}\r\n"
        f":86:020?00PRZELEW?10{payment.number:06}?20{payment.title}?21nr {payment.number}/2026?30PKOPPLPW\r\n"
        f"?31{OTHER}?32{payment.party}\r\n"
    )


def camt_row(payment: Payment) -> str:
    """Write an entry as banks write it."""
    role = "Cdtr" if payment.amount < 0 else "Dbtr"
    return (
        f'   <Ntry>\n    <Amt Ccy="PLN">{abs(payment.amount)}</Amt>\n'
        f"    <CdtDbtInd>{'DBIT' if payment.amount < 0 else 'CRDT'}</CdtDbtInd>\n    <Sts><Cd>BOOK</Cd></Sts>\n"
        f"    <BookgDt><Dt>{payment.on}</Dt></BookgDt>\n    <ValDt><Dt>{payment.on}</Dt></ValDt>\n"
        f"    <NtryDtls><TxDtls>\n     <RltdPties><{role}><Pty><Nm>{payment.party}</Nm></Pty></{role}>"
        f"<{role}Acct><Id><IBAN>{OTHER}</IBAN></Id></{role}Acct></RltdPties>\n"
        f"     <RmtInf><Ustrd>{payment.title} {payment.number}</Ustrd></RmtInf>\n    </TxDtls></NtryDtls>\n   </Ntry>\n"
    )


def csv_row(payment: Payment) -> str:
    """Write a row of a Polish bank's table."""
    return (
        f'{payment.on};{payment.on};"{payment.title} nr {payment.number}/2026";{payment.party};{OTHER};'
        f"{str(payment.amount).replace('.', ',')};PLN\r\n"
    )


def _mt940_ends(closing: Decimal) -> tuple[str, str]:
    opening = f":60F:{_mark(OPENING)}251101PLN{_comma(OPENING)}"
    return (
        f":20:BENCH\r\n:25:{IBAN}\r\n:28C:1/1\r\n{opening}\r\n",
        f":62F:{_mark(closing)}261130PLN{_comma(closing)}\r\n-\r\n",
    )


def _camt_ends(closing: Decimal) -> tuple[str, str]:
    def balance(code: str, amount: Decimal) -> str:
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="PLN">{abs(amount):.2f}</Amt>'
            f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>2026-11-30</Dt></Dt></Bal>\n"
        )

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n'
        f"<Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>PLN</Ccy></Acct>\n"
        f"{balance('OPBD', OPENING)}{balance('CLBD', closing)}",
        "</Stmt></BkToCstmrStmt></Document>\n",
    )


def _csv_ends(closing: Decimal) -> tuple[str, str]:
    return "Data księgowania;Data operacji;Tytuł;Kontrahent;Rachunek kontrahenta;Kwota;Waluta\r\n", ""


Ends = Callable[[Decimal], tuple[str, str]]
FORMS: dict[str, tuple[Callable[[Payment], str], Ends]] = {
    "mt940": (mt940_row, _mt940_ends),
    "camt": (camt_row, _camt_ends),
    "csv": (csv_row, _csv_ends),
}


def write(form: str, megabytes: float, out: Path) -> int:
    """Write a file of about so many megabytes (10**6 bytes) and return how many rows it has."""
    to_row, ends = FORMS[form]
    wanted = int(megabytes * 1_000_000)
    closing, rows, size = OPENING, 0, 0
    # What stands before the rows may need what they come to: a first pass adds up.
    for payment in payments():
        size += len(to_row(payment).encode())
        closing += payment.amount
        rows += 1
        if size >= wanted:
            break
    before, after = ends(closing)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(before)
        for _, payment in zip(range(rows), payments(), strict=False):
            file.write(to_row(payment))
        file.write(after)
    return rows


def main() -> None:
    """Write the file that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=sorted(FORMS), default="mt940")
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    print(f"{write(arguments.form, arguments.megabytes, arguments.out):,} rows")


if __name__ == "__main__":
    main()
