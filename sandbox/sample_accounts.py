"""The accounts behind the sample exports: a few months of what the demo banks show, as a bank would export it."""

import datetime as dt
import unicodedata
from dataclasses import dataclass

from sandbox import banks, iban, ledger

DAYS = 60
# Letters that do not fall apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ł": "l", "Ł": "L"})


@dataclass(frozen=True, slots=True)
class Payment:
    """One booked payment; the amount is in 1/100, `balance` is the account's after it."""

    booked_on: dt.date
    value_on: dt.date
    amount: int
    balance: int
    party: str
    party_number: str
    title: str
    by_card: bool


@dataclass(frozen=True, slots=True)
class ExportedAccount:
    """One account with its payments, oldest first; every balance is in 1/100."""

    number: str
    currency: str
    holder: str
    bank: str
    first_on: dt.date
    last_on: dt.date
    opening: int
    payments: tuple[Payment, ...]

    @property
    def closing(self) -> int:
        """Return the balance after the last payment."""
        return self.payments[-1].balance if self.payments else self.opening


def account(target: str, login: str, today: dt.date, *, place: int = 0, days: int = DAYS) -> ExportedAccount:
    """Return what a login's account at a demo bank shows for some days, up to yesterday."""
    first_on, last_on = today - dt.timedelta(days=days), today - dt.timedelta(days=1)
    found = ledger.holdings(target, login, today, first_on).accounts[place]
    bank = banks.by_target(target)
    rows = [row for row in reversed(found.rows) if row.booked_on <= last_on]
    later = sum(row.amount for row in found.rows if row.booked_on > last_on)
    running = opening = found.balance - later - sum(row.amount for row in rows)
    payments = []
    for row in rows:
        running += row.amount
        payments.append(
            Payment(
                booked_on=row.booked_on,
                value_on=row.transaction_on,
                amount=row.amount,
                balance=running,
                party=row.habit.party,
                party_number=row.party_iban,
                title=row.habit.title,
                by_card=not row.habit.by_transfer,
            )
        )
    return ExportedAccount(
        number=found.iban,
        currency=found.currency,
        holder=found.owners[-1].name,
        bank=bank.official_name if bank else "",
        first_on=first_on,
        last_on=last_on,
        opening=opening,
        payments=tuple(payments),
    )


def plain(text: str) -> str:
    """Return a text in letters without marks, for formats that know no others."""
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return apart.encode("ascii", "ignore").decode()


def national(number: str) -> str:
    """Return the national part of an IBAN."""
    return number[4:] if iban.has_right_check_digits(number) else number
