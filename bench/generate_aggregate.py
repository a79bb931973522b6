"""Write a large aggregated reply, the same bytes for the same arguments.

    .venv/bin/python -m bench.generate_aggregate --accounts 10 --rows 20000 --out var/big.xml
    .venv/bin/python -m bench.generate_aggregate --accounts 10 --rows 20000 --form short --out var/short.xml
    .venv/bin/python -m bench.generate_aggregate --accounts 10 --rows 20000 --repeat --out var/twice.xml
    .venv/bin/python -m bench.generate_aggregate --accounts 10 --rows 10000 --told-again --out var/told.xml

``full`` is indented and has every field, as the recorded replies (about 570 bytes a row, 115 MB in all); ``short`` has
what every bank sends, without blanks (about 125 bytes a row). ``--repeat`` lists every account a second time in a
further target, as after a second sign-in; ``--told-again`` lists them in a further owner of origin ``statement``, with
other texts and days that differ by one, so that half of all rows may be duplicates. ``--iban-last`` puts the IBAN and
currency behind the transactions.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

BANKS = ("KontoBank", "Bank Północny", "Česká ukázková", "Banco Ejemplo", "Demo Pank")
CURRENCIES = ("PLN", "PLN", "CZK", "EUR", "EUR")
PARTIES = ("Sklep Spożywczy Róża", "Elektrownia Gdańsk S.A.", "Jan Kowalski", "Żłobek Miejski", "Apteka pod Lwem")
TITLES = ("Przelew własny", "Płatność kartą", "Czynsz za mieszkanie", "Wynagrodzenie", "Zakupy")
LABELS = ("cash deposit", "groceries", "monthly", "salary", "transfer", "utilities")
LAST_DAY = date(2026, 11, 20)

FULL = """      <moneyTransaction>
        <transactionOn>{made}</transactionOn>
        <bookedOn>{booked}</bookedOn>
        <currencyAmount>{amount}</currencyAmount>
        <currencyBalance>{balance}</currencyBalance>
        <title>{title} nr {number}/{year}</title>
        <party>{party}, ul. Długa {house}</party>
        <partyIban>{iban}</partyIban>
        <kind>PRZELEW ZEWNĘTRZNY</kind>
        <status>DONE</status>
        <labels>
          {labels}
        </labels>
      </moneyTransaction>
"""
SHORT = (
    "<moneyTransaction><bookedOn>{booked}</bookedOn><currencyAmount>{amount}</currencyAmount>"
    "<title>{number}</title></moneyTransaction>"
)


def iban_of(number: int) -> str:
    return f"PL{number % 89 + 10}{number:024d}"


# What a statement says of the same payments: one line for both texts, no label, the day on which it was made.
TOLD_AGAIN = (
    "<moneyTransaction><bookedOn>{made}</bookedOn><currencyAmount>{amount}</currencyAmount>"
    "<title>{party} {title} {number}</title></moneyTransaction>\n"
)


def reply(accounts: int, rows: int, *, form: str, repeat: bool, told_again: bool, iban_last: bool) -> Iterator[str]:
    """Yield the reply piece by piece."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield '<reply status="200 OK" user="bench" responseTimestamp="2026-11-21T09:30:00Z">\n'
    yield '  <owner externalId="00000000-0000-4000-8000-000000000000" origin="scraper">\n'
    for _ in range(2 if repeat else 1):
        for number in range(accounts):
            bank = BANKS[number % len(BANKS)]
            yield f'    <target name="Bank{number}" officialName="{bank}" institution="Bank{number}"><accounts>\n'
            yield from account(number, rows, FULL if form == "full" else SHORT, iban_last=iban_last)
            yield "    </accounts></target>\n"
    yield "  </owner>\n"
    if told_again:
        yield '  <owner externalId="00000000-0000-4000-8000-000000000000" origin="statement">\n'
        for number in range(accounts):
            yield f'    <target name="Bank{number}" officialName="{BANKS[number % len(BANKS)]}"><accounts>\n'
            yield from account(number, rows, TOLD_AGAIN, iban_last=iban_last)
            yield "    </accounts></target>\n"
        yield "  </owner>\n"
    yield "</reply>\n"


def account(number: int, rows: int, form: str, *, iban_last: bool) -> Iterator[str]:
    facts = f"<iban>{iban_of(number)}</iban><currencyName>{CURRENCIES[number % len(CURRENCIES)]}</currencyName>"
    yield f"      <account><name>Konto {number}</name><currencyBalance>1234.56</currencyBalance>"
    yield "" if iban_last else facts
    yield "<moneyTransactions>\n"
    chance = random.Random(number)
    balance = Decimal("1234.56")
    for row in range(rows):
        amount = Decimal(chance.randint(-50_000, 50_000) or 1).scaleb(-2)
        booked = LAST_DAY - timedelta(days=row * 365 // rows)
        yield form.format(
            made=booked - timedelta(days=1),
            booked=booked,
            amount=amount,
            balance=balance,
            title=chance.choice(TITLES),
            number=row,
            year=booked.year,
            party=chance.choice(PARTIES),
            house=row % 200 + 1,
            iban=iban_of(1000 + row % 500),
            labels="".join(f"<label>{label}</label>" for label in chance.sample(LABELS, 2)),
        )
        balance -= amount
    yield f"      </moneyTransactions>{facts if iban_last else ''}</account>\n"


def written(path: Path, rows: int) -> Path:
    """Write ten accounts of so many rows, with every field, and return where they are."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(reply(10, rows, form="full", repeat=False, told_again=False, iban_last=False))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large aggregated reply.")
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--rows", type=int, default=20_000, help="transactions of each account")
    parser.add_argument("--form", choices=("full", "short"), default="full")
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--told-again", action="store_true")
    parser.add_argument("--iban-last", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    with asked.out.open("w", encoding="utf-8") as file:
        file.writelines(
            reply(
                asked.accounts,
                asked.rows,
                form=asked.form,
                repeat=asked.repeat,
                told_again=asked.told_again,
                iban_last=asked.iban_last,
            )
        )
    print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
