"""The read side of a file's own page: what it asks the person, and what is shown for the answer."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onboarding.file_words import refusal
from onboarding.models import (
    BalanceCheck,
    FileFormat,
    PreviewAccount,
    Question,
    Source,
    SourceFile,
    SourceKind,
    SourceState,
)
from onboarding.models.files import PASSWORD_TRIES
from onboarding.money import format_money, from_cents

EXAMPLE_LETTERS = 24
NARROW = 3
NARROW_MAY_HAVE = 16


@dataclass(frozen=True, slots=True)
class FilePage:
    """One file and its question (``password``, ``columns``, ``preview``); the hub is its place when ``is_over``."""

    source_uuid: UUID
    kind: str
    name: str
    bank_name: str
    question: str
    is_over: bool
    password_tries: int
    tries_left: int

    @classmethod
    def of(cls, source: Source, *, wanted: str = "") -> "FilePage":
        """Describe a file source loaded ``with_details``.

        ``wanted`` is the question that the person wants to see: from a table's preview there is a way back to its
        columns.
        """
        file = source.file
        gone = source.removed_at is not None or source.replaced_by_id is not None
        asks = source.state == SourceState.ASKING and bool(file.question)
        goes_back = wanted == Question.COLUMNS and file.question == Question.PREVIEW and can_map(file)
        return cls(
            source_uuid=source.uuid,
            kind=source.kind,
            name=file.display_name or (_("Your statement") if source.kind == SourceKind.STATEMENT else _("Your file")),
            bank_name=file.bank_name,
            question=Question.COLUMNS if goes_back else file.question,
            is_over=gone or not asks,
            password_tries=file.password_tries,
            tries_left=max(0, PASSWORD_TRIES - file.password_tries),
        )


def can_map(file: SourceFile) -> bool:
    """Tell whether the person can say what the columns of a file hold."""
    return file.format == FileFormat.CSV


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a table: ``header`` has a name for every column, ``rows`` are as wide as it.

    ``names`` say what a column is called where it is chosen: number, name and first value.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    refusal: str

    def first(self, column: int | None) -> str:
        """Return the first value of a column that is not empty, or an empty text."""
        if column is None or column >= len(self.header):
            return ""
        return next((row[column] for row in self.rows if row[column]), "")

    def first_with_accents(self) -> str:
        """Return the first text with letters beyond the plain English ones, shortened, or an empty text."""
        texts = (text for row in (self.header, *self.rows) for text in row)
        return next((_shortly(text) for text in texts if not text.isascii()), "")


def table_of(file: SourceFile) -> Table:
    """Load the first rows of a table, and why it could not be read last time, if it could not; one query."""
    cells: dict[int, dict[int, str]] = defaultdict(dict)
    for cell in file.cells.all():
        cells[cell.row][cell.column] = cell.text
    width = max((column + 1 for row in cells.values() for column in row), default=0)
    columns = range(width)
    # Hardly any table of payments is so narrow: cut at another sign it may have more columns, which are only numbered.
    more = range(width, NARROW_MAY_HAVE) if width < NARROW else range(0)
    header = tuple(cells[0].get(column, "") if 0 in cells else "" for column in columns)
    rows = tuple(tuple(cells[row].get(column, "") for column in columns) for row in sorted(cells) if row > 0)
    bare = Table(header, rows, (), "")
    names = tuple(_column_name(bare, column) for column in (*columns, *more))
    shown = tuple(name or _("Column %(number)d") % {"number": number} for number, name in enumerate(header, start=1))
    return Table(shown, rows, names, refusal(file, [_shortly(name) for name in header]))


def _column_name(table: Table, column: int) -> str:
    header = table.header[column] if column < len(table.header) else ""
    words = [one for one in (header, table.first(column)) if one]
    number = _("Column %(number)d") % {"number": column + 1}
    return ": ".join([number, ", ".join(_shortly(word) for word in words)]) if words else number


def _shortly(text: str) -> str:
    return text if len(text) <= EXAMPLE_LETTERS else text[: EXAMPLE_LETTERS - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One of the first rows; ``day`` is none for a payment that is not booked yet."""

    day: date | None
    amount: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """One account of a preview, its amounts as people read them; what the file does not say is empty."""

    number: str
    name: str
    bank: str
    currency: str
    row_count: int
    first_on: date | None
    last_on: date | None
    opening: str
    closing: str
    balance_check: str
    difference: str
    rows: tuple[ShownRow, ...]

    @property
    def is_wrong(self) -> bool:
        return self.balance_check == BalanceCheck.WRONG


def preview_of(file: SourceFile) -> tuple[ShownAccount, ...]:
    """Load the accounts that were found in a file, with their first rows; two queries."""
    accounts = file.preview_accounts.prefetch_related("rows")
    return tuple(_shown_account(account, get_language() or "en") for account in accounts)


def _shown_account(account: PreviewAccount, locale: str) -> ShownAccount:
    def money(cents: int | None) -> str:
        return "" if cents is None else format_money(from_cents(cents), account.currency, locale)

    number = account.number
    return ShownAccount(
        number="\N{NO-BREAK SPACE}".join(number[start : start + 4] for start in range(0, len(number), 4)),
        name=account.name,
        bank=account.bank,
        currency=account.currency,
        row_count=account.row_count,
        first_on=account.first_on,
        last_on=account.last_on,
        opening=money(account.opening_cents),
        closing=money(account.closing_cents),
        balance_check=account.balance_check,
        difference=money(None if account.difference_cents is None else abs(account.difference_cents)),
        rows=tuple(ShownRow(row.day, money(row.amount_cents), row.text) for row in account.rows.all()),
    )
