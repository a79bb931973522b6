"""How a table of payments (CSV) is laid out: as guessed, and as a person confirmed it."""

from dataclasses import dataclass
from enum import StrEnum


class DateFormat(StrEnum):
    """Name the order and separators of a day; the values are what people are shown."""

    YEAR_FIRST = "YYYY-MM-DD"
    DAY_DOTS = "DD.MM.YYYY"
    DAY_SLASHES = "DD/MM/YYYY"
    MONTH_SLASHES = "MM/DD/YYYY"
    DAY_DASHES = "DD-MM-YYYY"
    DIGITS = "YYYYMMDD"
    YEAR_SLASHES = "YYYY/MM/DD"
    DAY_DOTS_SHORT = "DD.MM.YY"


class Encoding(StrEnum):
    """Name the encodings that are read, by Python's names; byte order marks are taken off in all of them."""

    UTF8 = "utf-8"
    UTF16_LE = "utf-16-le"
    UTF16_BE = "utf-16-be"
    WINDOWS_1250 = "cp1250"
    WINDOWS_1252 = "cp1252"
    WINDOWS_1257 = "cp1257"
    ISO_8859_2 = "iso8859-2"


DELIMITERS = (";", ",", "\t", "|")


@dataclass(frozen=True, slots=True)
class Columns:
    """Say which column (counted from 0) holds what; ``None`` is not there.

    ``booked`` is the booking day and ``date`` the day of the payment; one of them is needed. Either ``amount`` or
    ``debit`` with ``credit`` (at least one of the two) is needed; ``direction`` says whether ``amount`` came or went
    where its own sign does not (``D``/``C``, ``DBIT``/``CRDT``, ``-``/``+``).
    """

    date: int | None = None
    booked: int | None = None
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    balance: int | None = None
    title: int | None = None
    party: int | None = None
    party_iban: int | None = None
    currency: int | None = None
    number: int | None = None
    kind: int | None = None
    direction: int | None = None


@dataclass(frozen=True, slots=True)
class TableGuess:
    """Hold what a table seems to be; a person confirms or changes it.

    ``header_row`` counts the rows as the delimiter cuts them, blank lines included, from 0; rows before it are a
    preamble. ``decimal`` is ``","`` or ``"."``, ``thousands`` one of ``""``, ``" "``, ``"."``, ``","``, ``"'"``.
    ``header`` has the names of the columns (``()`` without a header row), ``first_rows`` up to 10 rows after it.
    ``number`` and ``currency`` are the account's where the preamble or a column told them. ``certain`` has the names of
    those fields of this guess, and ``columns.NAME`` for columns, that need no second look.
    """

    encoding: Encoding
    delimiter: str
    header_row: int | None
    date_format: DateFormat
    decimal: str
    thousands: str
    columns: Columns
    header: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]
    number: str
    currency: str
    certain: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Hold how a person said that a table is to be read.

    ``number``, ``currency``, ``name`` and ``bank`` are the account's; columns ``number`` and ``currency`` go before
    the texts where they are mapped. With ``header_row`` ``None`` the first row is a payment.
    """

    encoding: Encoding
    delimiter: str
    header_row: int | None
    date_format: DateFormat
    decimal: str
    columns: Columns
    number: str = ""
    currency: str = ""
    name: str = ""
    bank: str = ""
