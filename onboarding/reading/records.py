"""What a bank export turns into: accounts with their rows, in the order of the file.

An account is one ``AccountBegun``, any number of ``Row`` and one ``AccountEnded``; then the next account may begin.
However many statements a file has of an account, wherever they stand: it is one account.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Format(StrEnum):
    """Name the forms of bank exports that are read."""

    MT940 = "mt940"
    CAMT053 = "camt053"
    OFX = "ofx"
    CSV = "csv"


class BalanceCheck(StrEnum):
    """Say whether the opening balance and the rows' amounts come to the closing balance."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AccountBegun:
    """Begin an account. ``number`` is an IBAN or a local number, ``currency`` three capitals; ``""`` is unknown."""

    number: str
    currency: str
    name: str
    bank: str
    owner: str


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one booked payment, or a pending one: then ``booked_on`` is ``None``.

    ``amount`` is negative for money that left; it and ``balance`` (after the row) have at most two decimals. Unknown
    texts are ``""``; every text is one line, cut to ``Limits.longest_text``.
    """

    booked_on: date | None
    transaction_on: date | None
    amount: Decimal
    balance: Decimal | None
    title: str
    party: str
    party_iban: str
    kind: str


@dataclass(frozen=True, slots=True)
class AccountEnded:
    """End an account with what the file says of all its rows.

    ``first_on`` and ``last_on`` are the earliest and the latest booking day; ``difference`` is the closing balance
    less what opening balance and booked rows come to (``None`` when the check is ``UNKNOWN``).
    """

    opening: Decimal | None
    closing: Decimal | None
    closing_on: date | None
    row_count: int
    first_on: date | None
    last_on: date | None
    balance_check: BalanceCheck
    difference: Decimal | None


Record = AccountBegun | Row | AccountEnded
