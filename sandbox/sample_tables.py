"""Sample tables (CSV) as banks of several countries export them, good and wrong ones."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

from sandbox.accounts_xml import amount
from sandbox.sample_accounts import account, national


def polish(today: dt.date) -> bytes:
    """Make a Polish table: Windows-1250, semicolons, a decimal comma, blanks in thousands, a preamble."""
    exported = account("PodLipamiApi", "joint", today)
    preamble = [
        ["Lista operacji"],
        ["Rachunek", exported.number],
        ["Okres", f"{exported.first_on:%d.%m.%Y} - {exported.last_on:%d.%m.%Y}"],
        [],
    ]
    header = ["Data operacji", "Data księgowania", "Opis operacji", "Nadawca / Odbiorca", "Rachunek kontrahenta"]
    header += ["Kwota", "Waluta", "Saldo po operacji"]
    rows = [
        [f"{row.value_on:%d.%m.%Y}", f"{row.booked_on:%d.%m.%Y}", row.title, row.party, row.party_number,
         _grouped(row.amount), exported.currency, _grouped(row.balance)]
        for row in reversed(exported.payments)
    ]  # fmt: skip
    return _written([*preamble, header, *rows], ";").encode("cp1250")


def czech(today: dt.date) -> bytes:
    """Make a Czech table: UTF-8, semicolons, a decimal comma, days without leading zeros, national account numbers."""
    exported = account("ModraVazkaApi", "joint", today)
    header = ["Datum zaúčtování", "Částka", "Měna", "Zůstatek", "Číslo protiúčtu", "Název protiúčtu", "Zpráva"]
    rows = [
        [_short(row.booked_on), _comma(row.amount), exported.currency, _comma(row.balance),
         national(row.party_number), row.party, row.title]
        for row in reversed(exported.payments)
    ]  # fmt: skip
    return _written([header, *rows], ";").encode("utf-8")


def english(today: dt.date) -> bytes:
    """Make an English table: UTF-8, commas, ISO dates, decimal points."""
    exported = account("SobreiroApi", "currencies", today, place=2)
    header = ["Date", "Booked", "Description", "Counterparty", "Amount", "Currency", "Balance"]
    rows = [
        [str(row.value_on), str(row.booked_on), row.title, row.party, amount(row.amount), exported.currency,
         amount(row.balance)]
        for row in exported.payments
    ]  # fmt: skip
    return _written([header, *rows], ",").encode("utf-8")


def unicode_text(today: dt.date) -> bytes:
    """Make what a spreadsheet calls Unicode text: UTF-16 with its mark, tabs, money out and in in two columns."""
    exported = account("RandunicaApi", "joint", today)
    header = ["Data", "Descriere", "Partener", "Debit", "Credit", "Sold"]
    rows = [
        [f"{row.booked_on:%d.%m.%Y}", row.title, row.party, *_out_and_in(row.amount), _comma(row.balance)]
        for row in exported.payments
    ]
    return _written([header, *rows], "\t").encode("utf-16")


def broken_amount(today: dt.date) -> bytes:
    """Make an English table with a word for an amount in line 7."""
    lines = english(today).decode().split("\r\n")
    cells = lines[6].split(",")
    cells[4] = "twelve"
    lines[6] = ",".join(cells)
    return "\r\n".join(lines).encode()


def missing_cells(today: dt.date) -> bytes:
    """Make an English table whose line 5 ends too early."""
    lines = english(today).decode().split("\r\n")
    lines[4] = ",".join(lines[4].split(",")[:3])
    return "\r\n".join(lines).encode()


def without_payments(today: dt.date) -> bytes:
    """Make a table that has a header and nothing else."""
    return czech(today).split(b"\r\n")[0] + b"\r\n"


def no_table(today: dt.date) -> bytes:
    """Make something else: the beginning of a picture."""
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def _written(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _comma(cents: int) -> str:
    return amount(cents).replace(".", ",")


def _grouped(cents: int) -> str:
    whole, _, rest = amount(abs(cents)).partition(".")
    return f"{'-' if cents < 0 else ''}{int(whole):,}".replace(",", " ") + f",{rest}"


def _short(day: dt.date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _out_and_in(cents: int) -> tuple[str, str]:
    return (_comma(-cents), "") if cents < 0 else ("", _comma(cents))
