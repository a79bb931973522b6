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
_NOTHING = mt940.models.Transactions(options=mt940.Options.all())
# A comma, as the format has it; or a dot, as some banks write it, which then can't set thousands apart.
_DIGITS = r"[0-9]+(?:,[0-9]*|\.[0-9]{1,2}(?![0-9]))"
_BALANCE = re.compile(rf"([CD])([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})([A-Z]{{3}})({_DIGITS})")
_DAYS = re.compile(r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:(?P<entry>[0-9]{4})|\s{4})?")
_MARK = re.compile(r"(?P<mark>R?[CD])(?P<funds>[A-Z])?[\n ]?")
_AMOUNT = re.compile(rf"(?P<amount>{_DIGITS})(?P<kind>[NFS][A-Z0-9][A-Z0-9 ]{{2}})")
_OUTGOING = frozenset({"D", "RC"})
_LIKE_DIGITS = frozenset("BDGILOQSZ")


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


def read_line(text: str, line: int, currency: str) -> StatementLine:
    """Read ``:61:`` of an account in ``currency``; raises ``FileRefused`` that names the part that is wrong."""
    said = _said(text, line, currency)
    match = _STATEMENT_TAG.re.match(said.in_library_form)
    if match is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_PAYMENT)
    fields: dict[str, Any] = {}
    try:
        fields.update(_STATEMENT_TAG(_NOTHING, match.groupdict()))
    except ValueError:
        fields.clear()
    if not fields:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DATE)
    value_on = fields["date"]
    entry_on = fields.get("entry_date") or value_on
    read = StatementLine(
        booked_on=date(entry_on.year, entry_on.month, entry_on.day),
        value_on=date(value_on.year, value_on.month, value_on.day),
        # Equal to the library's, as is checked next, and always with two decimals.
        amount=said.amount,
        kind=(fields["id"] or "").rstrip(),
        details=fields["extra_details"] or "",
    )
    _refuse_different(said, read, fields["amount"].amount, line)
    return read


@dataclass(frozen=True, slots=True)
class _Said:
    """Hold what a ``:61:`` field says by a grammar of our own; the library must say the same."""

    value_on: date
    entry: tuple[int, int]
    amount: Decimal
    kind: str
    in_library_form: str


def _said(text: str, line: int, currency: str) -> _Said:
    """Read the parts that money and days hang on; raises ``FileRefused`` unless each of them is whole."""
    days = _DAYS.match(text)
    if days is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DATE)
    value_on = _day(":61:", line, days["year"], days["month"], days["day"])
    mark = _MARK.match(text, days.end())
    if mark is None:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DIRECTION)
    match = _AMOUNT.match(text, mark.end())
    funds = mark["funds"]
    # It is the currency's third letter: another one that looks like a digit is one of the amount's.
    if match is None or (funds in _LIKE_DIGITS and funds != currency[-1:]):
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.AN_AMOUNT)
    exact = _exact(":61:", line, match["amount"])
    entry = days["entry"]
    return _Said(
        value_on=value_on,
        entry=(int(entry[:2]), int(entry[2:])) if entry else (value_on.month, value_on.day),
        amount=-exact if mark["mark"] in _OUTGOING and exact else exact,
        kind=match["kind"].rstrip(),
        in_library_form=f"{text[: mark.end()]}{str(exact).replace('.', ',')}{text[match.end('amount') :]}",
    )


def _refuse_different(said: _Said, read: StatementLine, amount: Decimal, line: int) -> None:
    """Refuse a field that the library reads as anything else: an amount cut at 15 signs, a day moved."""
    booked_on = read.booked_on
    if read.value_on != said.value_on or (booked_on.month, booked_on.day) != said.entry:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.A_DATE)
    if amount != said.amount or read.kind != said.kind:
        refuse(Problem.WRONG_VALUE, ":61:", line, Expected.AN_AMOUNT)


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
