"""Why a file is not taken: a code, a place and what was expected there, never anything that the file holds."""

from enum import StrEnum


class Problem(StrEnum):
    """Say what is wrong with a file."""

    EMPTY = "empty"  # There is nothing in it, or only blanks.
    UNKNOWN_FORMAT = "unknown_format"  # It is none of the formats that are read.
    BROKEN = "broken"  # Its structure is broken: something stands where it may not, or the end is cut off.
    WRONG_VALUE = "wrong_value"  # A value is not of its form: a date, an amount, a currency.
    MISSING = "missing"  # Something that must be there is not.
    TOO_MANY_ROWS = "too_many_rows"  # It has more rows than are taken.
    TOO_LONG_A_LINE = "too_long_a_line"  # One line, cell, tag or element is longer than any honest one.
    TOO_SLOW = "too_slow"  # Reading it took longer than allowed.
    FORBIDDEN = "forbidden"  # It holds a document type declaration or entities.
    ENCODING = "encoding"  # Its bytes are no text in the encoding that it says or that was chosen.
    NO_ROWS = "no_rows"  # It is whole, but holds no account or no payment.
    MIXED_CURRENCIES = "mixed_currencies"  # One account has amounts in different currencies.
    NOT_A_STATEMENT = "not_a_statement"  # It is a related message, but no statement (camt.052, pain.001, MT942 …).
    TOO_EXACT = "too_exact"  # An amount has more than two decimals that are not zero.


class Expected(StrEnum):
    """Say what should have stood at the place."""

    NOTHING_MORE = ""  # Nothing in particular: the problem says all.
    A_DATE = "a_date"  # A day that exists, in the form of the format (or the chosen one).
    AN_AMOUNT = "an_amount"  # A number with at most two decimals.
    A_CURRENCY = "a_currency"  # A currency of three capital letters.
    SAME_CURRENCY = "same_currency"  # The currency that the account has.
    AN_ACCOUNT = "an_account"  # The number of the account.
    A_BALANCE = "a_balance"  # A balance: debit or credit, day, currency, amount.
    A_DIRECTION = "a_direction"  # Whether the money came or went (C or D, CRDT or DBIT).
    A_PAYMENT = "a_payment"  # A row of a payment, for example :61:.
    A_CLOSING_TAG = "a_closing_tag"  # The closing tag or closing balance that ends what was begun.
    AN_OPENING_TAG = "an_opening_tag"  # The tag or opening balance that begins it.
    A_KNOWN_TAG = "a_known_tag"  # A tag or line that the format knows.
    A_STATUS = "a_status"  # Whether the payment is booked or pending.
    A_STATEMENT = "a_statement"  # An account statement with booked payments.
    PLAIN_XML = "plain_xml"  # Well-formed XML without document type and entities.
    READABLE_TEXT = "readable_text"  # Text in the encoding that the file says or that was chosen.
    AS_MANY_CELLS = "as_many_cells"  # A row with the columns that are needed.
    A_HEADER = "a_header"  # A line that names the columns.
    A_SHORTER_TEXT = "a_shorter_text"  # Less in one line, cell or element.
    FEWER_ROWS = "fewer_rows"  # A shorter period.


class FileRefused(Exception):
    """Refuse a whole file.

    ``line`` and ``column`` count from 1 and are ``None`` where they are not known. ``element`` is a tag (``:61:``), a
    path of element names (``Stmt/Ntry/Amt``) or a table's position (``column 3``), or ``""``; only names that the
    format itself defines stand there, never anything that the file holds.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        line: int | None = None,
        column: int | None = None,
        element: str = "",
        expected: Expected = Expected.NOTHING_MORE,
    ) -> None:
        self.problem = problem
        self.line = line
        self.column = column
        self.element = element
        self.expected = expected
        super().__init__(problem, line, column, element, expected)

    def __str__(self) -> str:
        places = (
            f"line {self.line}" if self.line is not None else "",
            f"column {self.column}" if self.column is not None else "",
            self.element,
            f"expected {self.expected}" if self.expected else "",
        )
        return ", ".join((str(self.problem), *filter(None, places)))
