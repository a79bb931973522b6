"""Own data that a host pushes: its JSON, read strictly, with the path of whatever is wrong.

The names are those of the aggregated data (the wire contract's "Aggregated data" and "Owner Upload"): a host that knows
one knows the other. Amounts are texts: a JSON number would be a float on its way here.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from onboarding import ibans
from onboarding.kontomatik.owner_payload import PayloadRow

One = TypeVar("One")

MOST_ACCOUNTS = 100
MOST_PROBLEMS = 20
LONGEST_TEXT = 500
AMOUNT = re.compile(r"-?[0-9]{1,13}\.[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
A_RIGHT_IBAN = "an IBAN whose check digits are right, or a local number that begins with a digit"


class PushRefused(Exception):
    """Say which places of a document are wrong and what was expected there; never what stood there."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems, the first at {problems[0][0] or 'the document'}")


@dataclass(frozen=True, slots=True)
class PushedAccount:
    """One account with its payments; ``balance`` is the closing one, where it is known."""

    name: str | None = field(repr=False)
    iban: str = field(repr=False)
    currency: str
    balance: Decimal | None = field(repr=False)
    rows: tuple[PayloadRow, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A whole document that was read without a problem."""

    bank: str | None
    accounts: tuple[PushedAccount, ...]

    @property
    def row_count(self) -> int:
        return sum(len(account.rows) for account in self.accounts)


def read(body: bytes, *, most_rows: int) -> Pushed:
    """Read a pushed document; raise ``PushRefused`` naming at most ``MOST_PROBLEMS`` places."""
    try:
        document = json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_without_repeated_names
        )
    except _RepeatedName:
        raise PushRefused([("", "no name twice in one object")]) from None
    except (ValueError, RecursionError):
        raise PushRefused([("", "a JSON document in UTF-8")]) from None
    return _Reader(most_rows).document(document)


class _RepeatedName(Exception):
    """Say that an object has one name twice: of the two values one would be lost without a word."""


def _without_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedName
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


class _NotAnObject(Exception):
    """Say at which path something else than an object stands."""


class _Reader:
    """Collects problems while it reads, so that a host's developer sees several at once."""

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._problems: list[tuple[str, str]] = []

    def document(self, found: object) -> Pushed:
        if not isinstance(found, dict):
            raise PushRefused([("", "a JSON object")])
        fields = self._fields(found, "", known={"bank", "accounts"})
        bank = self._text(fields, "bank", "")
        listed = self._list(fields, "accounts", "", most=MOST_ACCOUNTS)
        accounts = tuple(self._each(self._account, listed, "accounts"))
        if not self._problems and sum(len(one.rows) for one in accounts) == 0:
            self._wrong("accounts", "at least one payment")
        if self._problems:
            raise PushRefused(self._problems)
        return Pushed(bank, accounts)

    def _account(self, found: object, path: str) -> PushedAccount:
        known = {"name", "iban", "currencyName", "currencyBalance", "moneyTransactions"}
        fields = self._fields(found, path, known=known)
        rows = self._list(fields, "moneyTransactions", path, most=self._most_rows)
        return PushedAccount(
            name=self._text(fields, "name", path),
            iban=self._number(fields, path),
            currency=self._currency(fields, path),
            balance=self._amount(fields, "currencyBalance", path, required=False),
            rows=tuple(self._each(self._row, rows, f"{path}.moneyTransactions")),
        )

    def _each(self, read_one: Callable[[object, str], One], listed: list[Any], path: str) -> Iterator[One]:
        """Read the entries of a list; one that is no object at all is named once, not by all it lacks."""
        for number, found in enumerate(listed):
            if len(self._problems) >= MOST_PROBLEMS:
                return
            try:
                yield read_one(found, f"{path}[{number}]")
            except _NotAnObject as error:
                self._wrong(str(error), "an object")

    def _row(self, found: object, path: str) -> PayloadRow:
        known = {
            "transactionOn",
            "bookedOn",
            "currencyAmount",
            "currencyBalance",
            "title",
            "party",
            "partyIban",
            "kind",
        }
        fields = self._fields(found, path, known=known)
        transaction_on, booked_on = self._day(fields, "transactionOn", path), self._day(fields, "bookedOn", path)
        if "transactionOn" not in fields and "bookedOn" not in fields:
            self._wrong(f"{path}.bookedOn", "a date like 2026-01-31 (or transactionOn)")
        return PayloadRow(
            transaction_on=transaction_on,
            booked_on=booked_on,
            amount=self._amount(fields, "currencyAmount", path, required=True) or Decimal(0),
            balance=self._amount(fields, "currencyBalance", path, required=False),
            title=self._text(fields, "title", path),
            party=self._text(fields, "party", path),
            party_iban=self._party_number(fields, path),
            kind=self._text(fields, "kind", path),
        )

    def _wrong(self, path: str, expected: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append((path, expected))

    def _fields(self, found: object, path: str, *, known: set[str]) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise _NotAnObject(path)
        for name in sorted(found.keys() - known)[:3]:
            self._wrong(_joined(path, _safe(name)), f"one of {', '.join(sorted(known))}")
        return {name: value for name, value in found.items() if name in known and value is not None}

    def _list(self, fields: dict[str, Any], name: str, path: str, *, most: int) -> list[Any]:
        found = fields.get(name)
        if not isinstance(found, list):
            self._wrong(_joined(path, name), "a list")
            return []
        if len(found) > most:
            self._wrong(_joined(path, name), f"at most {most} entries")
            return []
        return found

    def _text(self, fields: dict[str, Any], name: str, path: str) -> str | None:
        found = fields.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or len(found) > LONGEST_TEXT or "\x00" in found:
            self._wrong(_joined(path, name), f"a text of at most {LONGEST_TEXT} characters")
            return None
        return found

    def _number(self, fields: dict[str, Any], path: str) -> str:
        number = ibans.plain(self._text(fields, "iban", path) or "")
        if not re.fullmatch(r"[A-Z0-9]{4,34}", number):
            self._wrong(_joined(path, "iban"), "an IBAN or an account number of 4 to 34 letters and digits")
        elif not ibans.is_sendable(number):
            self._wrong(_joined(path, "iban"), A_RIGHT_IBAN)
        return number

    def _party_number(self, fields: dict[str, Any], path: str) -> str | None:
        number = self._text(fields, "partyIban", path)
        if number is not None and not ibans.is_sendable(ibans.plain(number)):
            # The service would refuse the whole document for it.
            self._wrong(_joined(path, "partyIban"), A_RIGHT_IBAN)
        return number

    def _currency(self, fields: dict[str, Any], path: str) -> str:
        found = fields.get("currencyName")
        if not isinstance(found, str) or not CURRENCY.fullmatch(found):
            self._wrong(_joined(path, "currencyName"), "a currency code of three capital letters")
            return ""
        return found

    def _amount(self, fields: dict[str, Any], name: str, path: str, *, required: bool) -> Decimal | None:
        found = fields.get(name)
        if found is None and not required:
            return None
        if not isinstance(found, str) or not AMOUNT.fullmatch(found):
            self._wrong(_joined(path, name), 'an amount as a text with two decimals, like "-12.50"')
            return None
        return Decimal(found)

    def _day(self, fields: dict[str, Any], name: str, path: str) -> date | None:
        found = fields.get(name)
        if found is None:
            return None
        try:
            if isinstance(found, str) and DAY.fullmatch(found):
                return date.fromisoformat(found)
        except ValueError:
            pass
        self._wrong(_joined(path, name), "a date like 2026-01-31")
        return None


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _safe(name: object) -> str:
    """Return an unknown key as it may be repeated: a word, or nothing of it."""
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,40}", name) else "(unreadable key)"
