"""The layout of the invented banks' statements: how they are printed, and how the service reads their text.

A statement is lines of text, over as many pages as it takes::

    Statement of account
    Bank: Zimorodek Bank
    IBAN: PL12999001040000000000000000
    Currency: PLN
    Holder: Halina Wrzos
    Period: 2026-10-01 - 2026-10-31
    Opening balance: 1234.56
    ROW 2026-10-02 | -45.00 | 1189.56 | Sklep Cztery Pory | Płatność kartą
    Closing balance: 1189.56

A row has the booking day, the amount, the balance after it, the other party (may be empty) and the text, in the order
of booking. Amounts have a dot, two decimals and a leading minus. Other lines (page numbers, the bank's small print)
are passed over. A text without the first line is no statement; one with it must have every other line, in its form.
"""

import datetime as dt
import re
from dataclasses import dataclass

from sandbox.accounts_xml import amount

TITLE = "Statement of account"
ROW = "ROW "
AMOUNT = re.compile(r"-?\d{1,12}\.\d{2}")
CURRENCY = re.compile(r"[A-Z]{3}")


class NotThisLayout(Exception):
    """The text is no statement of the invented banks."""


class Unreadable(Exception):
    """The text is such a statement, but a line is missing or not of its form."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a statement; amounts in 1/100."""

    booked_on: dt.date
    amount: int
    balance: int
    party: str
    title: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's statement of a period, both days included; amounts in 1/100, rows oldest first."""

    bank: str
    iban: str
    currency: str
    holder: str
    first_on: dt.date
    last_on: dt.date
    opening: int
    closing: int
    lines: tuple[Line, ...]

    def failed_checks(self) -> tuple[str, ...]:
        """Return the checks that the figures themselves do not pass: `balances`, `period`."""
        running, fits = self.opening, True
        for line in self.lines:
            running += line.amount
            fits = fits and running == line.balance
        inside = all(self.first_on <= line.booked_on <= self.last_on for line in self.lines)
        failed = {"balances": fits and running == self.closing, "period": inside and self.first_on <= self.last_on}
        return tuple(name for name, passed in failed.items() if not passed)


def printed(statement: Statement) -> list[str]:
    """Return the lines of a statement as they are printed."""
    rows = (
        f"{ROW}{line.booked_on} | {amount(line.amount)} | {amount(line.balance)} | {line.party} | {line.title}"
        for line in statement.lines
    )
    return [
        TITLE,
        f"Bank: {statement.bank}",
        f"IBAN: {statement.iban}",
        f"Currency: {statement.currency}",
        f"Holder: {statement.holder}",
        f"Period: {statement.first_on} - {statement.last_on}",
        f"Opening balance: {amount(statement.opening)}",
        *rows,
        f"Closing balance: {amount(statement.closing)}",
    ]


def read(text: str) -> Statement:
    """Read the text of a statement. Raises NotThisLayout or Unreadable; neither repeats anything of the text."""
    lines = [line.strip() for line in text.splitlines()]
    if TITLE not in lines:
        raise NotThisLayout
    try:
        first, last = _field(lines, "Period").split(" - ")
        currency = _field(lines, "Currency")
        if not CURRENCY.fullmatch(currency):
            raise Unreadable
        return Statement(
            bank=_field(lines, "Bank"),
            iban=_field(lines, "IBAN"),
            currency=currency,
            holder=_field(lines, "Holder"),
            first_on=dt.date.fromisoformat(first),
            last_on=dt.date.fromisoformat(last),
            opening=_cents(_field(lines, "Opening balance")),
            closing=_cents(_field(lines, "Closing balance")),
            lines=tuple(_line(line.removeprefix(ROW)) for line in lines if line.startswith(ROW)),
        )
    except ValueError as error:
        raise Unreadable from error


def _field(lines: list[str], name: str) -> str:
    found = next((line.removeprefix(f"{name}:").strip() for line in lines if line.startswith(f"{name}:")), "")
    if not found:
        raise Unreadable
    return found


def _line(text: str) -> Line:
    booked_on, moved, balance, party, title = (part.strip() for part in text.split("|"))
    return Line(dt.date.fromisoformat(booked_on), _cents(moved), _cents(balance), party, title)


def _cents(text: str) -> int:
    if not AMOUNT.fullmatch(text):
        raise Unreadable
    return int(text.replace(".", ""))
