"""What the vendor says, as frozen records that declare only what is used.

Amounts are ``Decimal`` in the unit of the currency beside them, dates are ``date``; a value the vendor left out
is ``None``. Names follow the wire ("Conventions" and "Aggregated data" of the wire contract).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Redirection:
    """One hosted sign-in that the vendor opened for us."""

    redirection_id: str
    link: str


class SignInState(StrEnum):
    PENDING = "pending"
    SIGNED_IN = "signed_in"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """What became of one redirection; ``failure`` is the vendor's word for a sign-in that ended badly."""

    state: SignInState
    session_id: str | None = None
    session_signature: str | None = None
    target: str | None = None
    official_name: str | None = None
    failure: str | None = None

    def __repr__(self) -> str:
        return f"SignInStatus(state={self.state.value!r}, failure={self.failure!r})"


@dataclass(frozen=True, slots=True)
class StartedImport:
    """The vendor's 202: the command to watch, and whose data it says it is."""

    command_id: str
    owner_external_id: str | None


class CommandState(StrEnum):
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImportedAccount:
    """An account as one import's own result names it (enough to recognise it again)."""

    iban: str | None
    name: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class CommandStatus:
    """Where one import command stands; ``failure`` is the exception's name of a failed one."""

    state: CommandState
    target: str | None = None
    institution: str | None = None
    failure: str | None = None
    accounts: tuple[ImportedAccount, ...] = ()


class StatementForm(StrEnum):
    """The forms of the statement interface: the XML one (removed by the vendor on 2027-04-01) and its successor."""

    XML = "xml"
    JSON = "json"
    JSON_TRUSTED = "json_trusted"


@dataclass(frozen=True, slots=True)
class StatementAnswer:
    """What the vendor says of a statement that it took, and under whose id.

    ``failed_verifications`` are checks that failed although the file was taken, each one word without long numbers.
    Its representation shows neither ids nor accounts.
    """

    statement_id: str | None = field(default=None, repr=False)
    is_consistent: bool | None = None
    failed_verifications: tuple[str, ...] = ()
    bank: str | None = field(default=None, repr=False)
    owner_external_id: str | None = field(default=None, repr=False)
    accounts: tuple[ImportedAccount, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """The vendor took an owner upload; ``request_id`` is its number for it."""

    request_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CatalogTarget:
    """One bank of a catalog.

    ``name`` is what a sign-in takes as its target and changes over time; ``institution`` is the identity to store.
    ``official_name`` repeats between targets.
    """

    country: str | None
    name: str
    institution: str | None
    official_name: str | None
    login_name: str | None = None
    beta: bool = False
    psd2: bool | None = None
    account_types: tuple[str, ...] = ()


class AccountKind(StrEnum):
    ACCOUNT = "account"
    CARD = "card"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Owner:
    """The start of an ``owner`` element: whose data follows and where it came from (``scraper`` is a bank).

    ``replied_at`` is the reply's own ``responseTimestamp``; it says nothing about the owner, nor how fresh the data is.
    """

    external_id: str | None
    origin: str | None
    replied_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """The start of a ``target`` element: the bank that the following accounts belong to."""

    name: str | None
    official_name: str | None
    institution: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the bank names as an owner of the sign-in or of an account."""

    name: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """The start of an account, card or deposit; its transactions follow, then its ``Account``.

    ``iban`` and ``currency`` are what stood before the first transaction (all of it when there is none): the ledger
    recognises a repeated account by them without holding its rows back. ``None`` means "not known yet".
    """

    kind: AccountKind
    iban: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The end of an account, card or deposit, with all that stood beside its transactions.

    ``last_digits`` are the last four of a card's number: the whole number never leaves the parser.
    """

    kind: AccountKind
    name: str | None
    iban: str | None
    currency: str | None
    balance: Decimal | None
    funds_available: Decimal | None
    active_since: date | None
    partial: bool
    last_digits: str | None = None
    credit_limit: Decimal | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row of an account. There is no id on the wire; equal rows are real and all of them count.

    At least one of the two dates is there. ``labels`` are sorted and without repetition.
    """

    transaction_on: date | None
    booked_on: date | None
    amount: Decimal
    balance: Decimal | None
    title: str | None
    party: str | None
    party_iban: str | None
    kind: str | None
    status: str | None
    labels: tuple[str, ...]


AggregateRecord = Owner | Target | Person | AccountOpened | Transaction | Account
