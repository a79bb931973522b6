"""Read the single fields of MT940: balances and statement lines, with the library ``mt-940`` under a stricter guard.

The library knows the grammar of the fields. The guard comes first because the library, fed what some banks write,
is silently wrong: it cuts ``1211771.46`` to ``1211771``, moves 30 February to the 28th, and logs what it can't read.
"""

import logging
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Never

import mt940

from onboarding.reading.amounts import NoAmount, TooExact, day, plain_amount
from onboarding.reading.refusals import Expected, FileRefused, Problem

# The library would log the field that it can't read, and that is a customer's payment.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)

_STATEMENT_TAG = mt940.tags.Tags.STATEMENT.value
_BALANCE_TAG = mt940.tags.Tags.FINAL_OPENING_BALANCE.value
_NOTHING = mt940.models.Transactions(options=mt940.Options.all())
_BALANCE = re.compile(r"([CD])([0-9]{2})([0-9]{2})([0-9]{2})([A-Z]{3})([0-9]+(?:[.,][0-9]*)?)")
_DAYS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{4}|\s{4})?")
_MARK = re.compile(r"(R?[CD])([A-Z])?[\n ]?")
_AMOUNT = re.compile(r"[0-9]+(?:[.,][0-9]*)?(?![0-9.,])")


@dataclass(frozen=True, slots=True)
class Balance:
    """Hold a balance field: the amount is negative in debit."""

    amount: Decimal
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Hold a ``:61:`` field; ``details`` is its second line, ``kind`` its four-letter type."""

    booked_on: date
    value_on: date
    amount: Decimal
    kind: str
    details: str


def refuse(problem: Problem, tag: str, line: int, expected: Expected, column: int | None = None) -> Never:
    """Refuse the file at a field."""
    raise FileRefused(problem, line=line, column=column, element=tag, expected=expected)


def read_balance(tag: str, text: str, line: int) -> Balance:
    """Read ``:60F:`` and its kin: mark, day, currency, amount; raises ``FileRefused``."""
    match = _BALANCE.fullmatch(text.strip())
    if match is None:
        refuse(Problem.WRONG_VALUE, tag, line, Expected.A_BALANCE)
    mark, year, month, day_of_month, currency, amount = match.groups()
    on = _day(tag, line, year, month, day_of_month)
    exact = _exact(tag, line, amount)
    return Balance(amount=-exact if mark == "D" and exact else exact, currency=currency, on=on)


def read_line(text: str, line: int) -> StatementLine:
    """Read ``:61:``; raises ``FileRefused`` that names the part that is wrong."""
    text, exact = _guarded(text, line)
    match = _STATEMENT_TAG.re.match(text)
    if match is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_PAYMENT)
    fields: dict[str, Any] = {}
    try:
        fields.update(_STATEMENT_TAG(_NOTHING, match.groupdict()))
    except ValueError:
        fields.clear()
    if not fields:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DATE)
    amount: Decimal = fields["amount"].amount
    if abs(amount) != exact:
        # Longer than the format's 15 signs: the library takes the first 15.
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.AN_AMOUNT)
    value_on = fields["date"]
    entry_on = fields.get("entry_date") or value_on
    return StatementLine(
        booked_on=date(entry_on.year, entry_on.month, entry_on.day),
        value_on=date(value_on.year, value_on.month, value_on.day),
        amount=-exact if amount < 0 else exact,
        kind=fields["id"] or "",
        details=fields["extra_details"] or "",
    )


def _guarded(text: str, line: int) -> tuple[str, Decimal]:
    """Return the field with its amount in the form that the library reads whole, and the amount without its sign."""
    days = _DAYS.match(text)
    if days is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DATE)
    _day(":61:", line, days[1], days[2], days[3])
    mark = _MARK.match(text, days.end())
    if mark is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DIRECTION)
    amount = _AMOUNT.match(text, mark.end())
    if amount is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.AN_AMOUNT)
    exact = _exact(":61:", line, amount[0])
    return f"{text[: mark.end()]}{str(exact).replace('.', ',')}{text[amount.end() :]}", exact


def _day(tag: str, line: int, year: str, month: str, day_of_month: str) -> date:
    try:
        return day(f"20{year}", month, day_of_month)
    except ValueError:
        pass
    refuse(Problem.WRONG_VALUE, tag, line, Expected.A_DATE)


def _exact(tag: str, line: int, text: str) -> Decimal:
    try:
        return plain_amount(text)
    except TooExact:
        problem = Problem.TOO_EXACT
    except NoAmount:
        problem = Problem.WRONG_VALUE
    refuse(problem, tag, line, Expected.AN_AMOUNT)
