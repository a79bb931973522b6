"""Sample PDF statements, good and bad, generated relative to a day.

The same day gives the same bytes; of an encrypted one only the same content, as encryption draws a number.
"""

import datetime as dt
import io
from dataclasses import replace

from pypdf import PdfReader, PdfWriter

from sandbox import iban, ledger, pdf_writing, statement_layout
from sandbox.ledger import Account, Row
from sandbox.pdf_writing import Look
from sandbox.statement_layout import Line, Statement
from sandbox.statement_reading import PRODUCER

DAYS = 40
PASSWORD = "demo"  # noqa: S105 - named beside the sample, for everybody to use
GENUINE = Look(PRODUCER)
SMALL_PRINT = ("", "This is an invented statement of an invented bank, made to try things with.")


def good(today: dt.date) -> bytes:
    """Make a statement of the account that the login `ok` shows at Zimorodek Bank, in the statement's own words."""
    return _printed(_of_zimorodek(today))


def other_account(today: dt.date) -> bytes:
    """Make a statement of an account at a bank that has no sign-in."""
    return _printed(_of_pod_swierkiem(today))


def altered(today: dt.date) -> bytes:
    """Make a statement in which somebody raised one amount."""
    statement = _of_pod_swierkiem(today)
    first, *rest = statement.lines
    raised = replace(first, amount=first.amount + 500_000)
    return _printed(replace(statement, lines=(raised, *rest)))


def edited(today: dt.date) -> bytes:
    """Make a statement that was saved with an editing program: another font, another name in its metadata."""
    return _printed(_of_pod_swierkiem(today), Look("Anybody's PDF Editor 3.1", font="Courier"))


def letter(today: dt.date) -> bytes:
    """Make a letter that is no statement."""
    lines = ["Dear customer,", "", f"from {today} on our branch in Lipowo opens at nine.", "", "Zimorodek Bank"]
    return pdf_writing.document(lines, GENUINE)


def unreadable(today: dt.date) -> bytes:
    """Make a statement whose amounts are smudged."""
    lines = statement_layout.printed(_of_pod_swierkiem(today))
    smudged = [line.replace("|", "~") if line.startswith(statement_layout.ROW) else line for line in lines]
    return pdf_writing.document([*smudged, *SMALL_PRINT], GENUINE)


def protected(today: dt.date) -> bytes:
    """Make a statement that opens with the password `demo` alone."""
    return _encrypted(good(today), "AES-256", user=PASSWORD, owner=PASSWORD + " owner")


def owner_protected(today: dt.date) -> bytes:
    """Make a statement that opens without a password, but is encrypted against changes."""
    return _encrypted(good(today), "RC4-128", user="", owner=PASSWORD)


def truncated(today: dt.date) -> bytes:
    """Make a statement whose download stopped in the middle."""
    whole = good(today)
    return whole[: len(whole) // 2]


def with_script(today: dt.date) -> bytes:
    """Make a statement with a script that would run when it is opened."""
    return _printed(_of_pod_swierkiem(today), replace(GENUINE, script="app.alert('opened');"))


def _printed(statement: Statement, look: Look = GENUINE) -> bytes:
    return pdf_writing.document([*statement_layout.printed(statement), *SMALL_PRINT], look)


def _encrypted(content: bytes, algorithm: str, *, user: str, owner: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.add_metadata({"/Producer": PRODUCER})
    writer.encrypt(user_password=user, owner_password=owner, algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _of_zimorodek(today: dt.date) -> Statement:
    """Print what the bank import shows too, less every fourth payment, in other words and booked a day later."""
    account = _account("ZimorodekApi", "ok", today)
    kept = [row for number, row in enumerate(account.rows) if number % 4 != 3 and row.booked_on < today]
    lines = [
        (row.booked_on + dt.timedelta(days=1), row.amount, row.habit.party.upper(), f"{_words(row)} REF {number:04d}")
        for number, row in enumerate(kept)
    ]
    return _statement("Zimorodek Bank", account, account.iban, lines, today)


def _of_pod_swierkiem(today: dt.date) -> Statement:
    account = _account("PodLipamiApi", "joint", today)
    number = iban.with_check_digits("PL", "99900306" + account.iban[12:])
    lines = [(row.booked_on, row.amount, row.habit.party, row.habit.title) for row in account.rows]
    return _statement("Bank Spółdzielczy Pod Świerkiem", account, number, lines, today)


def _account(target: str, login: str, today: dt.date) -> Account:
    return ledger.holdings(target, login, today, today - dt.timedelta(days=DAYS)).accounts[0]


def _words(row: Row) -> str:
    return (row.habit.kind or row.habit.title).upper()


def _statement(
    bank: str, account: Account, number: str, found: list[tuple[dt.date, int, str, str]], today: dt.date
) -> Statement:
    """Put rows, given newest first, into a statement that ends with the account's balance."""
    running = opening = account.balance - sum(amount for _day, amount, _party, _title in found)
    lines = []
    for booked_on, amount, party, title in reversed(found):
        running += amount
        lines.append(Line(booked_on, amount, running, party, title))
    return Statement(
        bank=bank,
        iban=number,
        currency=account.currency,
        holder=account.owners[-1].name,
        first_on=today - dt.timedelta(days=DAYS),
        last_on=today,
        opening=opening,
        closing=running,
        lines=tuple(lines),
    )
