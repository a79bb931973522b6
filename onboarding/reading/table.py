"""Guess how a table of payments (CSV) is laid out, and read it as a person confirmed it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Never

from onboarding.reading.amounts import NoAmount, TooExact, is_currency
from onboarding.reading.cells import amount_in, day_in
from onboarding.reading.layout import Columns, DateFormat, Encoding, TableGuess, TableMapping
from onboarding.reading.limits import Limits, Meter
from onboarding.reading.numbers import account_number, is_wrong_iban, with_account
from onboarding.reading.records import AccountBegun, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.standing import Standing, StandingRows, standing_in
from onboarding.reading.table_guess import guess, looks_like_table
from onboarding.reading.tally import Tally
from onboarding.reading.text_lines import lines

__all__ = ["Columns", "DateFormat", "Encoding", "TableGuess", "TableMapping", "guess", "looks_like_table", "read"]

MOST_ACCOUNTS = 50
_DEBIT = frozenset({"d", "debit", "dbit", "dr", "db", "-", "deebet", "debet", "obciazenie"})
_CREDIT = frozenset({"c", "k", "credit", "crdt", "cr", "cd", "+", "kreedit", "kredit", "uznanie"})


def read(file: BinaryIO, *, mapping: TableMapping, limits: Limits) -> Iterator[Record]:
    """Yield the accounts of a seekable table, read as ``mapping`` says.

    With a column of account numbers there is one account for each of them, in the order in which they first stand in
    the file, which is then read once for each. A row without any day and amount is no payment. Raises ``FileRefused``
    with the line and the column.
    """
    meter = Meter(limits)
    _check(mapping)
    numbers = _account_numbers(file, mapping, meter)
    for number in numbers:
        yield from _account(file, mapping, meter, number, alone=len(numbers) == 1)


def _check(mapping: TableMapping) -> None:
    columns = mapping.columns
    if columns.date is None and columns.booked is None:
        raise FileRefused(Problem.MISSING, expected=Expected.A_DATE)
    if columns.amount is None and columns.debit is None and columns.credit is None:
        raise FileRefused(Problem.MISSING, expected=Expected.AN_AMOUNT)
    if columns.currency is None and not is_currency(mapping.currency):
        raise FileRefused(Problem.MISSING, expected=Expected.A_CURRENCY)
    if is_wrong_iban(mapping.number):
        raise FileRefused(Problem.WRONG_VALUE, expected=Expected.AN_ACCOUNT)


@dataclass(slots=True)
class _Cells:
    """Hold a row of the table with the line on which it begins."""

    line: int
    cells: list[str]

    def at(self, column: int | None) -> str:
        """Return a cell without blanks around it, ``""`` where it is missing."""
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""

    def has_amount(self, columns: Columns) -> bool:
        """Tell whether anything stands where an amount should stand."""
        return any(self.at(column) for column in (columns.amount, columns.debit, columns.credit))

    def refuse(self, problem: Problem, column: int | None, expected: Expected) -> Never:
        """Refuse the file at a cell; columns count from 1 for people."""
        place = None if column is None else column + 1
        element = "" if place is None else f"column {place}"
        raise FileRefused(problem, line=self.line, column=place, element=element, expected=expected)


def _rows(file: BinaryIO, mapping: TableMapping, meter: Meter) -> Iterator[_Cells]:
    """Yield the rows behind the header that hold a payment."""
    file.seek(0)
    first = 0 if mapping.header_row is None else mapping.header_row + 1
    texts = (f"{text}\n" for _, text in lines(file, mapping.encoding, meter))
    index = -1
    for line, cells in _split(texts, mapping.delimiter):
        index += 1
        row = _Cells(line, cells)
        if index >= first and not _is_no_payment(row, mapping.columns):
            yield row
    if index < 0:
        raise FileRefused(Problem.EMPTY)
    if index < first:
        raise FileRefused(Problem.NO_ROWS, line=index + 1, expected=Expected.A_PAYMENT)


def _split(texts: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # Strict: a quote that never ends would otherwise swallow payments without a word.
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            refused = FileRefused(Problem.BROKEN, line=line, expected=Expected.AS_MANY_CELLS)
        else:
            yield line, cells
            line = reader.line_num + 1
            continue
        raise refused


def _is_no_payment(row: _Cells, columns: Columns) -> bool:
    """Tell blank lines and remarks: there is no amount, and what stands for the day does not begin with a digit."""
    if row.has_amount(columns):
        return False
    return not any(row.at(column)[:1].isdigit() for column in (columns.date, columns.booked))


def _account_numbers(file: BinaryIO, mapping: TableMapping, meter: Meter) -> list[str]:
    column = mapping.columns.number
    if column is None:
        return [account_number(mapping.number)]
    numbers: dict[str, None] = {}
    for row in _rows(file, mapping, meter):
        meter.look(row.line)
        numbers[_number(row, mapping)] = None
        if len(numbers) > MOST_ACCOUNTS:
            row.refuse(Problem.TOO_MANY_ROWS, column, Expected.AN_ACCOUNT)
    # A table without payments is refused when it is read.
    return list(numbers) or [account_number(mapping.number)]


def _number(row: _Cells, mapping: TableMapping) -> str:
    # The same cells come again and again.
    said = row.at(mapping.columns.number)
    if is_wrong_iban(said):
        row.refuse(Problem.WRONG_VALUE, mapping.columns.number, Expected.AN_ACCOUNT)
    return account_number(said or mapping.number)


@dataclass(slots=True)
class _Balances:
    """Follow the column of balances, whichever end of the table is the newest."""

    first: Row | None = None
    last: Row | None = None
    tally: Tally = field(default_factory=Tally)
    gross: Decimal = field(default_factory=Decimal)
    standing: StandingRows = field(default_factory=StandingRows)

    def add(self, row: Row) -> None:
        self.tally.add(row)
        self.gross += abs(row.amount)
        self.first = self.first or row
        self.last = row

    def settle(self, title: int | None) -> None:
        """Set opening and closing balance; raise ``FileRefused`` where a row that was taken for one might not be one.

        ``title`` is the column by which it was taken for one.
        """
        self._settle_column()
        if not self.standing.settle(self.tally, self.gross):
            _Cells(self.standing.unproven or 0, []).refuse(Problem.WRONG_VALUE, title, Expected.A_BALANCE)

    def _settle_column(self) -> None:
        """Set the balances from the rows at the ends, in the order in which they add up."""
        if self.first is None or self.last is None:
            return
        oldest, newest = self.first, self.last
        if self._is_turned(oldest, newest):
            oldest, newest = newest, oldest
        if oldest.balance is None or newest.balance is None:
            return
        self.tally.opening = oldest.balance - oldest.amount
        self.tally.closing = newest.balance
        self.tally.closing_on = newest.booked_on

    def _is_turned(self, first: Row, last: Row) -> bool:
        if first.booked_on is None or last.booked_on is None or first.booked_on != last.booked_on:
            return first.booked_on is not None and last.booked_on is not None and first.booked_on > last.booked_on
        if first.balance is None or last.balance is None:
            return False
        # All on one day: the order in which the balances add up is the right one.
        return first.balance - first.amount + self.tally.total != last.balance


def _account(file: BinaryIO, mapping: TableMapping, meter: Meter, number: str, *, alone: bool) -> Iterator[Record]:
    balances = _Balances()
    currency = ""
    for cells in _rows(file, mapping, meter):
        meter.look(cells.line)
        if not alone and _number(cells, mapping) != number:
            continue
        meter.row(cells.line)
        of_row = _currency(cells, mapping)
        if not currency:
            currency = of_row
            yield AccountBegun(
                number=meter.text(number),
                currency=currency,
                name=meter.text(mapping.name),
                bank=meter.text(mapping.bank),
                owner="",
            )
        if of_row != currency:
            cells.refuse(Problem.MIXED_CURRENCIES, mapping.columns.currency, Expected.SAME_CURRENCY)
        standing = standing_in(cells.at(mapping.columns.title))
        if standing is not None and not cells.has_amount(mapping.columns):
            _take_remark(balances.standing, standing, cells, mapping, currency)
            continue
        row = _row(cells, mapping, currency, meter)
        if standing is not None and row.booked_on is not None:
            balances.standing.suspect(standing, row.booked_on, row.amount, cells.line)
            continue
        balances.add(row)
        yield row
    if not currency:
        raise FileRefused(Problem.NO_ROWS, expected=Expected.A_PAYMENT)
    balances.settle(mapping.columns.title)
    yield balances.tally.end()


def _take_remark(rows: StandingRows, standing: Standing, cells: _Cells, mapping: TableMapping, currency: str) -> None:
    columns = mapping.columns
    on = _day(cells, columns.date if columns.booked is None else columns.booked, mapping.date_format)
    if on is not None and cells.at(columns.balance):
        rows.remark(standing, on, _money(cells, columns.balance, mapping.decimal, currency))


def _currency(row: _Cells, mapping: TableMapping) -> str:
    column = mapping.columns.currency
    said = row.at(column).upper() or mapping.currency
    if not is_currency(said):
        row.refuse(Problem.WRONG_VALUE if row.at(column) else Problem.MISSING, column, Expected.A_CURRENCY)
    return said


def _row(row: _Cells, mapping: TableMapping, currency: str, meter: Meter) -> Row:
    columns = mapping.columns
    amount = _amount(row, mapping, currency)
    on = _day(row, columns.date, mapping.date_format)
    booked_on = _day(row, columns.booked, mapping.date_format) or on
    if booked_on is None:
        row.refuse(Problem.MISSING, columns.date if columns.booked is None else columns.booked, Expected.A_DATE)
    balance = None
    if row.at(columns.balance):
        balance = _money(row, columns.balance, mapping.decimal, currency)
    party, party_iban = with_account(row.at(columns.party), row.at(columns.party_iban))
    return Row(
        booked_on=booked_on,
        transaction_on=on,
        amount=amount,
        balance=balance,
        title=meter.text(row.at(columns.title)),
        party=meter.text(party),
        party_iban=party_iban,
        kind=meter.text(row.at(columns.kind)),
    )


def _day(row: _Cells, column: int | None, date_format: DateFormat) -> date | None:
    text = row.at(column)
    if not text:
        return None
    made = day_in(text, date_format)
    if made is None:
        row.refuse(Problem.WRONG_VALUE, column, Expected.A_DATE)
    return made


def _money(row: _Cells, column: int | None, decimal: str, currency: str) -> Decimal:
    problem = Problem.WRONG_VALUE
    try:
        amount, beside = amount_in(row.at(column), decimal)
    except TooExact:
        problem = Problem.TOO_EXACT
    except NoAmount:
        pass
    else:
        if beside and beside != currency:
            row.refuse(Problem.MIXED_CURRENCIES, column, Expected.SAME_CURRENCY)
        return amount
    row.refuse(problem, column, Expected.AN_AMOUNT)


def _amount(row: _Cells, mapping: TableMapping, currency: str) -> Decimal:
    columns = mapping.columns
    if columns.amount is not None:
        if not row.at(columns.amount):
            _refuse_missing(row, columns.amount)
        amount = _money(row, columns.amount, mapping.decimal, currency)
        return _directed(row, columns.direction, amount)
    debit, credit = (
        _money(row, column, mapping.decimal, currency) if row.at(column) else None
        for column in (columns.debit, columns.credit)
    )
    if debit is None and credit is None:
        _refuse_missing(row, columns.debit if columns.debit is not None else columns.credit)
    if debit and credit:
        row.refuse(Problem.WRONG_VALUE, columns.credit, Expected.A_DIRECTION)
    return -abs(debit) if debit else credit or Decimal("0.00")


def _refuse_missing(row: _Cells, column: int | None) -> Never:
    # A row that ends before the column was cut or split wrongly.
    short = column is not None and column >= len(row.cells)
    row.refuse(
        Problem.BROKEN if short else Problem.MISSING,
        column,
        Expected.AS_MANY_CELLS if short else Expected.AN_AMOUNT,
    )


def _directed(row: _Cells, column: int | None, amount: Decimal) -> Decimal:
    if column is None:
        return amount
    said = row.at(column).casefold().rstrip(".")
    if said in _CREDIT:
        return amount
    if said not in _DEBIT:
        row.refuse(Problem.WRONG_VALUE, column, Expected.A_DIRECTION)
    return -abs(amount) if amount else amount
