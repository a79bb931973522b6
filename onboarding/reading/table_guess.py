"""Guess how a table of payments (CSV) is laid out, and say which of the guesses are certain."""

import codecs
import csv
from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import BinaryIO

from onboarding.reading.amounts import NoAmount, TooExact, is_currency
from onboarding.reading.cells import amount_in, day_in
from onboarding.reading.encodings import EncodingFound, find_encoding
from onboarding.reading.header_words import named_exactly, scores
from onboarding.reading.layout import DELIMITERS, Columns, DateFormat, Encoding, TableGuess, TableMapping
from onboarding.reading.limits import one_line
from onboarding.reading.money_columns import MAJORITY, decimal_of, is_amount, mostly, thousands_of, told_apart
from onboarding.reading.numbers import iban_in

SAMPLE = 256 * 1024
_MOST_ROWS = 400
_MOST_CELLS = 200
_FIRST_ROWS = 10
_MOST_PREAMBLE = 40
_MOST_HEADER_CELLS = 64
_LONGEST_CELL = 200
_KNOWN_CURRENCIES = frozenset(
    {"PLN", "CZK", "EUR", "RON", "USD", "GBP", "CHF", "HUF", "SEK", "NOK", "DKK", "BGN", "UAH", "TRY", "JPY", "CAD"}
)
_DATE_FIELDS = ("date", "booked")
_MONEY_FIELDS = ("amount", "debit", "credit", "balance")
_NO_FORMAT = DateFormat.YEAR_FIRST


@dataclass(frozen=True, slots=True)
class _Cut:
    """Hold the sample cut by one delimiter."""

    delimiter: str
    rows: list[list[str]]
    payments: list[list[str]]
    first_payment: int
    width: int

    @property
    def rank(self) -> tuple[int, int, int]:
        usual = sum(len(row) == self.width for row in self.rows)
        return len(self.payments), usual if self.width > 1 else 0, self.width


def looks_like_table(file: BinaryIO) -> bool:
    """Tell whether a text is cut alike in most of its lines; leave the file at its beginning."""
    text, _, _ = _sample(file)
    best = _best_cut(text)
    filled = [row for row in best.rows if any(cell.strip() for cell in row)]
    if best.width < 2 or not filled or any(not _is_text(cell) for row in filled for cell in row):
        return False
    usual = sum(len(row) == best.width for row in filled)
    if best.payments:
        return len(best.payments) * 2 >= len(filled[best.first_payment :])
    if any(_names_payments(row) for row in filled[:_MOST_PREAMBLE]):
        # A table of no payments: to say so helps more than to say that it is none.
        return True
    return len(filled) >= 2 and best.width >= 3 and usual >= 0.8 * len(filled)


def guess(file: BinaryIO, *, said: TableMapping | None = None) -> TableGuess:
    """Guess from the first 256 KiB how a table is laid out; leave the file at its beginning.

    With ``said`` the encoding, the delimiter and the header's row are what a person said; the rest is guessed so.
    """
    text, encoding, encoding_certain = _sample(file, said.encoding if said else None)
    cut = _best_cut(text) if said is None else _cut(_first_lines(text), said.delimiter)
    header_row = _header_row(cut) if said is None else said.header_row
    if header_row is not None and header_row >= len(cut.rows):
        header_row = None
    header = _shown(cut.rows[header_row]) if header_row is not None else ()
    columns, languages, by_words = _columns(header, cut)
    money = [cell for name in _MONEY_FIELDS for cell in _column(cut, getattr(columns, name))]
    decimal, decimal_certain = decimal_of(money)
    number, currency = _about(cut, columns, decimal)
    date_format, date_certain = _date_format(cut, columns, languages, currency)
    certain = {f"columns.{name}" for name in by_words}
    for name, sure in (
        ("encoding", encoding_certain),
        ("delimiter", bool(cut.payments)),
        ("header_row", header_row is not None and bool(by_words)),
        ("date_format", date_certain),
        ("decimal", decimal_certain),
        ("number", bool(iban_in(number))),
        ("currency", bool(currency)),
    ):
        if sure:
            certain.add(name)
    start = 0 if header_row is None else header_row + 1
    return TableGuess(
        encoding=encoding,
        delimiter=cut.delimiter,
        header_row=header_row,
        date_format=date_format,
        decimal=decimal,
        thousands=thousands_of(money, decimal),
        columns=columns,
        header=header,
        first_rows=tuple(_shown(row) for row in cut.rows[start:] if any(row))[:_FIRST_ROWS],
        number=number,
        currency=currency,
        certain=frozenset(certain),
    )


def _shown(row: list[str]) -> tuple[str, ...]:
    # Cut or decoded as it is not meant to be, a cell holds zeros and line ends.
    return tuple(one_line(cell) for cell in row)


def _sample(file: BinaryIO, said: Encoding | None = None) -> tuple[str, Encoding, bool]:
    found = find_encoding(file) if said is None else EncodingFound(said, certain=True)
    raw = file.read(SAMPLE)
    more = bool(file.read(1))
    file.seek(0)
    text = codecs.getincrementaldecoder(found.encoding)(errors="replace").decode(raw)
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n").replace("\r", "\n")
    if more:
        text = text.rpartition("\n")[0]
    return text, found.encoding, found.certain


def _best_cut(text: str) -> _Cut:
    texts = _first_lines(text)
    # Of equal ranks the first delimiter wins.
    return max((_cut(texts, delimiter) for delimiter in DELIMITERS), key=lambda cut: cut.rank)


def _first_lines(text: str) -> list[str]:
    return text.split("\n")[: _MOST_ROWS * 2]


def _cut(texts: list[str], delimiter: str) -> _Cut:
    rows: list[list[str]] = []
    reader = csv.reader((f"{text}\n" for text in texts), delimiter=delimiter)
    try:
        for row in reader:
            rows.append([cell[:_LONGEST_CELL] for cell in row[:_MOST_CELLS]])
            if len(rows) >= _MOST_ROWS:
                break
    except csv.Error:
        # What was cut before is enough for a guess.
        pass
    if rows and not rows[-1]:
        rows.pop()
    found = [index for index, row in enumerate(rows) if _is_payment(row)]
    widths = Counter(len(rows[index]) for index in found) or Counter(len(row) for row in rows if row)
    width = widths.most_common(1)[0][0] if widths else 0
    payments = [rows[index] for index in found if len(rows[index]) == width]
    return _Cut(delimiter, rows, payments, found[0] if found else 0, width)


def _is_payment(row: list[str]) -> bool:
    days = {index for index, cell in enumerate(row) if _formats(cell)}
    return bool(days) and any(is_amount(cell) for index, cell in enumerate(row) if index not in days)


def _formats(cell: str) -> set[DateFormat]:
    text = cell.strip()
    if not text[:1].isdigit() or len(text) > 40:
        return set()
    return {each for each in DateFormat if day_in(text, each) is not None}


def _is_text(cell: str) -> bool:
    return "\N{REPLACEMENT CHARACTER}" not in cell and not any(ord(sign) < 32 and not sign.isspace() for sign in cell)


def _names_payments(row: list[str]) -> bool:
    """Tell whether a row can be nothing but the names of columns of payments."""
    named = {name for cell in row[:_MOST_HEADER_CELLS] for name in named_exactly(cell)}
    return len(row) > 2 and not named.isdisjoint(_DATE_FIELDS) and not named.isdisjoint(_MONEY_FIELDS)


def _header_row(cut: _Cut) -> int | None:
    """Find the row above the first payment that names the columns."""
    last = cut.first_payment if cut.payments else min(len(cut.rows), _MOST_PREAMBLE)
    best: tuple[int, int] = (0, -1)
    for index, row in list(enumerate(cut.rows[:last]))[-_MOST_PREAMBLE:]:
        if any(_formats(cell) for cell in row):
            continue
        named = sum(bool(scores(cell)) for cell in row[:_MOST_HEADER_CELLS])
        if named >= 2:
            best = max(best, (named, index))
    if best[0]:
        return best[1]
    for index in range(last - 1, -1, -1):
        row = cut.rows[index]
        filled = sum(bool(cell.strip()) for cell in row)
        if abs(len(row) - cut.width) <= 1 and filled * 2 > cut.width and not any(is_amount(cell) for cell in row):
            return index
    return None


def _columns(header: tuple[str, ...], cut: _Cut) -> tuple[Columns, Counter[str], set[str]]:
    """Say which column holds what: by the words above it, then by what it holds; and what the words alone told."""
    ranked = sorted(
        (
            (points, -index, name, languages)
            for index, text in enumerate(header)
            for name, (points, languages) in scores(text).items()
            if _fits(name, _column(cut, index))
        ),
        key=lambda each: each[:2],
        reverse=True,
    )
    chosen: dict[str, int] = {}
    languages: Counter[str] = Counter()
    for _, negated, name, of_word in ranked:
        if name not in chosen and -negated not in chosen.values():
            chosen[name] = -negated
            languages.update(of_word)
    if "title" not in chosen and "kind" in chosen and "title" in scores(header[chosen["kind"]]):
        # A heading like "Opis operacji" is the kind beside a title of its own, and the title where there is none.
        chosen["title"] = chosen.pop("kind")
    if "amount" in chosen:
        chosen.pop("debit", None)
        chosen.pop("credit", None)
    columns = Columns(**{each.name: chosen.get(each.name) for each in fields(Columns)})
    return _fill(columns, cut), languages, set(chosen)


def _fits(name: str, cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return name not in (*_DATE_FIELDS, "amount")
    if name in _DATE_FIELDS:
        return mostly(map(_formats, filled))
    if name in _MONEY_FIELDS:
        return mostly(map(is_amount, filled))
    if name == "currency":
        return mostly(is_currency(cell.strip().upper()) for cell in filled)
    if name == "direction":
        return all(len(cell.strip()) <= 8 for cell in filled)
    if name == "party_iban" and len(cells) > 1 and len(filled) == len(cells) and len(set(filled)) == 1:
        # The same number beside every payment is the account's own.
        return False
    return name == "number" or not all(_formats(cell) or (is_amount(cell) and not iban_in(cell)) for cell in filled)


def _fill(columns: Columns, cut: _Cut) -> Columns:
    """Find by content what the words left open: days, amounts, the currency, the longest text as the title."""
    taken = {getattr(columns, each.name) for each in fields(columns)}
    free = [index for index in range(cut.width) if index not in taken and any(_column(cut, index))]
    days = [index for index in free if _fits("date", _column(cut, index))]
    if columns.date is None and columns.booked is None and days:
        columns = replace(columns, date=days[0])
    money = [index for index in free if index not in days and _fits("amount", _column(cut, index))]
    if columns.amount is None and columns.debit is None and columns.credit is None and money:
        amount, balance = told_apart([_column(cut, index) for index in money])
        columns = replace(columns, amount=money[amount])
        if balance is not None and columns.balance is None:
            columns = replace(columns, balance=money[balance])
    rest = [index for index in free if index not in days and index not in money]
    currencies = [index for index in rest if mostly(cell.strip() in _KNOWN_CURRENCIES for cell in _column(cut, index))]
    if columns.currency is None and currencies:
        columns = replace(columns, currency=currencies[0])
    texts = [index for index in rest if index not in currencies and not _are_ibans(_column(cut, index))]
    if columns.title is None and texts:
        columns = replace(columns, title=max(texts, key=lambda index: sum(map(len, _column(cut, index)))))
    return columns


def _are_ibans(cells: list[str]) -> bool:
    return all(iban_in(cell) for cell in cells if cell.strip())


def _column(cut: _Cut, column: int | None) -> list[str]:
    if column is None:
        return []
    return [row[column] for row in cut.payments if column < len(row)]


def _date_format(cut: _Cut, columns: Columns, languages: Counter[str], currency: str) -> tuple[DateFormat, bool]:
    cells = [cell for name in _DATE_FIELDS for cell in _column(cut, getattr(columns, name)) if cell.strip()]
    if not cells:
        return _NO_FORMAT, False
    found = Counter(each for cell in cells for each in _formats(cell))
    most = max(found.values(), default=0)
    # A broken cell is of no format; the reader will refuse it at its place.
    possible = {each for each, count in found.items() if count == most}
    if len(possible) == 1:
        (chosen,) = possible
        # Of a year of two digits somebody should take a look, whether it really is the year.
        return chosen, most >= MAJORITY * len(cells) and chosen is not DateFormat.DAY_DOTS_SHORT
    if {DateFormat.DAY_SLASHES, DateFormat.MONTH_SLASHES} <= possible:
        # No day beyond the 12th tells them apart: only American tables write the month first.
        american = languages.most_common(1) and languages.most_common(1)[0][0] == "en" and currency == "USD"
        return (DateFormat.MONTH_SLASHES if american else DateFormat.DAY_SLASHES), False
    return (min(possible) if possible else _NO_FORMAT), False


def _about(cut: _Cut, columns: Columns, decimal: str) -> tuple[str, str]:
    """Find the account's number and currency in their columns, beside the amounts or above the table."""
    numbers = {cell.strip() for cell in _column(cut, columns.number) if cell.strip()}
    currencies = {cell.strip().upper() for cell in _column(cut, columns.currency) if cell.strip()}
    currencies |= {
        unit
        for name in _MONEY_FIELDS
        for cell in _column(cut, getattr(columns, name))
        for unit in [_unit(cell, decimal)]
        if unit
    }
    above = [cell.strip() for row in cut.rows[: cut.first_payment][:_MOST_PREAMBLE] for cell in row]
    found = [iban for cell in above for word in (cell, cell.rpartition(":")[2]) for iban in [iban_in(word)] if iban]
    number = numbers.pop() if len(numbers) == 1 else (found[0] if found and not numbers else "")
    if not currencies:
        currencies = {word for cell in above for word in cell.replace(":", " ").split() if word in _KNOWN_CURRENCIES}
    return iban_in(number) or one_line(number), currencies.pop() if len(currencies) == 1 else ""


def _unit(cell: str, decimal: str) -> str:
    try:
        return amount_in(cell, decimal)[1]
    except (NoAmount, TooExact):
        return ""
