"""A CSV file's layout between guess, person and reader: the rows that keep it, and what is read with it."""

from onboarding.models import ColumnChoice, SourceFile, TableCell
from onboarding.reading.layout import Columns, DateFormat, Encoding, TableGuess, TableMapping

COLUMN_NAMES = {
    "booked_on": "booked",
    "transaction_on": "date",
    "amount": "amount",
    "debit": "debit",
    "credit": "credit",
    "balance": "balance",
    "title": "title",
    "party": "party",
    "party_iban": "party_iban",
    "currency_column": "currency",
}
"""A row's columns, and what the reader calls them."""
SHOWN_ROWS = 5
SHOWN_COLUMNS = 64
CELL_WIDTH = 200


def keep_guess(file: SourceFile, guess: TableGuess) -> None:
    """Keep what a table seems to be, and its first rows, for the page that asks about it."""
    said = {
        "said_by_person": False,
        "encoding": guess.encoding.value,
        "delimiter": guess.delimiter,
        "header_row": guess.header_row,
        "date_format": guess.date_format.value,
        "decimal": guess.decimal,
        "number": guess.number[:64],
        "currency": guess.currency[:3],
        **{row: getattr(guess.columns, read) for row, read in COLUMN_NAMES.items()},
    }
    ColumnChoice.objects.update_or_create(file=file, defaults=said)
    keep_cells(file, guess)


def keep_cells(file: SourceFile, guess: TableGuess) -> None:
    """Keep the first rows of a table as they are cut, in place of what was shown before."""
    TableCell.objects.filter(file=file).delete()
    shown = (guess.header, *guess.first_rows[:SHOWN_ROWS])
    TableCell.objects.bulk_create(
        TableCell(file=file, row=row, column=column, text=text[:CELL_WIDTH])
        for row, cells in enumerate(shown)
        for column, text in enumerate(cells[:SHOWN_COLUMNS])
    )


def mapping(said: ColumnChoice, guess: TableGuess) -> TableMapping:
    """Return how a table is read: as the person said, and as it was guessed where nobody is asked.

    A column that tells money that came from money that left belongs to the column of amounts beside which it was seen.
    """
    asked = {read: getattr(said, row) for row, read in COLUMN_NAMES.items()}
    taken = {column for column in asked.values() if column is not None}
    is_as_guessed = (said.delimiter, said.header_row) == (guess.delimiter, guess.header_row)
    more: dict[str, int | None] = {}
    if is_as_guessed:
        more = {name: getattr(guess.columns, name) for name in ("number", "kind")}
        more["direction"] = guess.columns.direction if said.amount == guess.columns.amount else None
    return TableMapping(
        encoding=Encoding(said.encoding),
        delimiter=said.delimiter,
        header_row=said.header_row,
        date_format=DateFormat(said.date_format),
        decimal=said.decimal,
        columns=Columns(**asked, **{name: column for name, column in more.items() if column not in taken}),
        number=said.number,
        currency=said.currency,
        name=said.account_name,
    )
