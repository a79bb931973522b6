"""The transactions as CSV and XLSX, streamed, with nothing in them that a spreadsheet would run.

A title is a stranger's text: anybody can send somebody a transfer. Spreadsheets take a text that begins with
``= + - @`` for a formula (OWASP, "CSV Injection"), so such a text gets an apostrophe in front of it. Amounts are
numbers and keep their minus. Control characters and marks that turn the direction of writing become blanks.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Generator, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from onboarding.kontomatik.origins import word_of
from onboarding.models import Account, AccountListing, Onboarding, Transaction
from onboarding.money import from_cents

from . import spreadsheet
from .shown import shown_snapshot

COLUMNS = (
    "bank",
    "account",
    "iban",
    "currency",
    "booked_on",
    "transaction_on",
    "amount",
    "balance_after",
    "title",
    "party",
    "party_iban",
    "kind",
    "labels",
    "origin",
    "possible_duplicate",
)
ROWS_AT_ONCE = 500
_FIELDS = (
    "account_id",
    "booked_on",
    "transaction_on",
    "amount_cents",
    "balance_cents",
    "title",
    "party",
    "party_iban",
    "kind",
    "labels",
    "listing",
    "twin",
)
# The plain signs, their full-width and their small forms.
_BEGINS_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
# Where the semicolon separates cells (most of Europe), a text goes on in a new cell behind it.
_FORMULA = re.compile(rf"(^|;)([\s'\"]*)(?=[{_BEGINS_FORMULA}])")


class SummaryChanged(Exception):
    """Say that there is no summary (any more), or a new one took its place while the export began: ask again."""


class Row(NamedTuple):
    """One transaction with what its account says, in the order of ``COLUMNS``; texts are safe for a spreadsheet.

    ``origin`` is where this row came from. ``possible_duplicate`` is "yes" for a row that may be a payment which an
    earlier source brought too: the rows that say "no" add up to the totals without possible duplicates.
    """

    bank: str
    account: str
    iban: str
    currency: str
    booked_on: date | None
    transaction_on: date | None
    amount: Decimal
    balance_after: Decimal | None
    title: str
    party: str
    party_iban: str
    kind: str
    labels: str
    origin: str
    possible_duplicate: str


def csv_chunks(onboarding: Onboarding) -> Iterator[bytes]:
    """Return the transactions as CSV in UTF-8 with a byte order mark (RFC 4180), in pieces of some hundred rows.

    Raises ``SummaryChanged`` at once, before the first piece.
    """
    return _csv_chunks(_rows(onboarding))


def xlsx_chunks(onboarding: Onboarding, *, rows_a_sheet: int = spreadsheet.ROWS_A_SHEET) -> Iterator[bytes]:
    """Return the transactions as XLSX, in pieces of some thousand rows.

    Raises ``SummaryChanged`` at once, before the first piece.
    """
    return spreadsheet.chunks(COLUMNS, _rows(onboarding), rows_a_sheet=rows_a_sheet)


def file_name(extension: str, *, on: date) -> str:
    """Name an export by its day; a name that tells the person would stay in histories and logs."""
    return f"transactions-{on.isoformat()}.{extension}"


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows and never runs."""
    if text[:1].isalnum() and ";" not in text and text.isprintable():
        return text[: spreadsheet.LONGEST_CELL]
    if not text.isprintable():
        text = "".join(" " if _is_control(letter) else letter for letter in text)
    return _FORMULA.sub(r"\1\2'", text)[: spreadsheet.LONGEST_CELL]


def _is_control(letter: str) -> bool:
    # Cc: control, Cf: among them the marks of writing direction, Zl and Zp: line and paragraph separators.
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")


def _rows(onboarding: Onboarding) -> Iterator[Row]:
    """Open one reading of all transactions, newest first, and make sure that it is whole."""
    snapshot_pk = shown_snapshot(onboarding.pk)
    if snapshot_pk is None:
        raise SummaryChanged
    rows = _read(snapshot_pk)
    # The reading is open after its first row and sees all others, whatever is deleted meanwhile.
    first = next(rows, None)
    if shown_snapshot(onboarding.pk) != snapshot_pk:
        rows.close()
        raise SummaryChanged
    return _with_first(first, rows)


def _with_first(first: Row | None, rows: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
        yield from rows


def _read(snapshot_pk: int) -> Generator[Row, None, None]:
    accounts = {
        account.pk: (harmless(account.bank), harmless(account.name), harmless(account.iban), account.currency)
        for account in Account.objects.filter(snapshot_id=snapshot_pk)
    }
    origins = {
        (listing.account_id, listing.number): harmless(word_of(listing.origin))
        for listing in AccountListing.objects.filter(snapshot_id=snapshot_pk)
    }
    found = Transaction.objects.filter(snapshot_id=snapshot_pk).newest_first().values_list(*_FIELDS)
    for account_pk, booked_on, transaction_on, cents, balance, *texts, listing, twin in found.iterator(
        chunk_size=ROWS_AT_ONCE
    ):
        title, party, party_iban, kind, labels = map(harmless, (*texts[:-1], texts[-1].replace("\n", ", ")))
        yield Row(
            *accounts[account_pk],
            booked_on,
            transaction_on,
            from_cents(cents),
            None if balance is None else from_cents(balance),
            title,
            party,
            party_iban,
            kind,
            labels,
            origins.get((account_pk, listing), ""),
            "no" if twin is None else "yes",
        )


def _csv_chunks(rows: Iterator[Row]) -> Iterator[bytes]:
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write("\N{BYTE ORDER MARK}")
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % ROWS_AT_ONCE == 0:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()
