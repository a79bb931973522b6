"""What comes to the service without a sign-in: statements and own data, as the aggregate shows them.

Amounts and balances are whole numbers of 1/100 of the account's currency; what was not given is `None` or `""`.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sandbox.ledger import Person


class Origin(StrEnum):
    """The `origin` of an owner element in the aggregated data that no bank import has made."""

    STATEMENT = "statement"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment of a statement or of own data."""

    amount: int
    transaction_on: dt.date | None = None
    booked_on: dt.date | None = None
    balance: int | None = None
    title: str = ""
    party: str = ""
    party_iban: str = ""
    kind: str = ""
    status: str = ""
    labels: tuple[str, ...] = ()
    variable_symbol: str = ""
    constant_symbol: str = ""


@dataclass(frozen=True, slots=True)
class DeliveredAccount:
    """One account of a statement or of own data, with its payments in the order in which they came."""

    currency: str
    entries: tuple[Entry, ...]
    iban: str = ""
    name: str = ""
    friendly_name: str = ""
    balance: int | None = None
    funds_available: int | None = None
    active_since: dt.date | None = None
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The accounts of one bank in a statement or in own data, and the people named there; own data may name no bank."""

    accounts: tuple[DeliveredAccount, ...]
    people: tuple[Person, ...] = ()
    target: str = ""
    official_name: str = ""
    institution: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What one statement or upload holds, bank by bank, and which checks it did not pass."""

    parts: tuple[Part, ...]
    failed_verifications: tuple[str, ...] = ()

    @property
    def accounts(self) -> list[DeliveredAccount]:
        """Return the accounts of all banks."""
        return [account for part in self.parts for account in part.accounts]

    @property
    def row_count(self) -> int:
        """Count the payments of all accounts."""
        return sum(len(account.entries) for account in self.accounts)


@dataclass(slots=True)
class Delivery:
    """One statement or upload that was taken, under the id that its reply gave."""

    id: str
    origin: Origin
    owner: str
    received_at: dt.datetime
    contents: Contents
    erased: bool = False
