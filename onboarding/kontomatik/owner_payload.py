"""Writing the payload of an owner upload as a compressed stream, in constant memory ("Owner Upload" of the contract).

The same rows give the same bytes: nothing of the machine or the time of writing is in them.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Protocol, Self

from onboarding.kontomatik import wire

CHUNK = 64 * 1024
GZIP = 31
"""zlib's number for its largest window in a gzip frame, whose time is 0 and whose name is empty."""
LARGEST_POWER = 14
"""Of ten: an amount has at most 15 digits before its dot, as in aggregated data."""
SMALLEST_POWER = -2


class Writable(Protocol):
    """Anything that takes bytes one after another."""

    def write(self, content: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """One payment of own data; at least one of the two dates is there. Its representation shows no one's texts."""

    transaction_on: date | None
    booked_on: date | None
    amount: Decimal = field(repr=False)
    balance: Decimal | None = field(default=None, repr=False)
    title: str | None = field(default=None, repr=False)
    party: str | None = field(default=None, repr=False)
    party_iban: str | None = field(default=None, repr=False)
    kind: str | None = field(default=None, repr=False)


class OwnerPayload:
    """Write accounts with their rows, one after another, into ``out`` as gzip; complete once the block has ended.

    ``out`` stays open. A block that ends with an error leaves a stream without its end, which nobody can take for a
    whole one. Raises ``ValueError`` for what can't be said exactly (its text holds none of it), and for verbs called
    out of order.
    """

    def __init__(self, out: Writable, *, owner_external_id: str) -> None:
        self._out = out
        self._owner_external_id = owner_external_id
        self._zip = zlib.compressobj(6, zlib.DEFLATED, GZIP)
        self._pending: list[str] = []
        self._pending_size = 0
        self._accounts = 0
        self._rows: int | None = None

    def __enter__(self) -> Self:
        owner = {wire.OWNER_PARAMETER: self._owner_external_id}
        self._write(f"{_json(owner)[:-1]},{_json(wire.PAYLOAD_ACCOUNTS)}:[")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            return
        self._expect_account(False)
        self._write("]}")
        self._flush()
        self._out.write(self._zip.flush())

    def begin_account(self, *, name: str | None, iban: str | None, currency: str, bank: str | None) -> None:
        """Begin an account; ``currency`` are three capital letters, what is unknown is ``None``."""
        self._expect_account(False)
        fields = {
            wire.PAYLOAD_NAME: name,
            wire.PAYLOAD_IBAN: iban,
            wire.PAYLOAD_CURRENCY: currency,
            wire.PAYLOAD_BANK: {wire.PAYLOAD_BANK_NAME: bank} if bank else None,
        }
        comma = "," if self._accounts else ""
        self._write(f"{comma}{_json(_known(fields))[:-1]},{_json(wire.PAYLOAD_TRANSACTIONS)}:[")
        self._accounts += 1
        self._rows = 0

    def add(self, row: PayloadRow) -> None:
        """Add a payment to the account that was begun."""
        rows = self._expect_account(True)
        if row.transaction_on is None and row.booked_on is None:
            raise ValueError("a payment has no date")
        fields = {
            wire.PAYLOAD_TRANSACTION_ON: row.transaction_on.isoformat() if row.transaction_on else None,
            wire.PAYLOAD_BOOKED_ON: row.booked_on.isoformat() if row.booked_on else None,
            wire.PAYLOAD_AMOUNT: amount_text(row.amount),
            wire.PAYLOAD_BALANCE: None if row.balance is None else amount_text(row.balance),
            wire.PAYLOAD_TITLE: row.title,
            wire.PAYLOAD_PARTY: row.party,
            wire.PAYLOAD_PARTY_IBAN: row.party_iban,
            wire.PAYLOAD_KIND: row.kind,
        }
        self._write(("," if rows else "") + _json(_known(fields)))
        self._rows = rows + 1

    def end_account(self, *, balance: Decimal | None) -> None:
        """End the account that was begun, with its balance if it is known."""
        self._expect_account(True)
        said = "" if balance is None else f",{_json(wire.PAYLOAD_BALANCE)}:{_json(amount_text(balance))}"
        self._write(f"]{said}}}")
        self._rows = None

    def _expect_account(self, begun: bool) -> int:
        if (self._rows is not None) is not begun:
            raise ValueError("no account was begun" if begun else "an account was not ended")
        return self._rows or 0

    def _write(self, text: str) -> None:
        self._pending.append(text)
        self._pending_size += len(text)
        if self._pending_size >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        # A lone half of a surrogate pair has no form in UTF-8.
        written = "".join(self._pending).encode("utf-8", "replace")
        self._out.write(self._zip.compress(written))
        self._pending.clear()
        self._pending_size = 0


def amount_text(amount: Decimal) -> str:
    """Return an amount with exactly two decimals (``-20.00``); raise ``ValueError`` rather than round it."""
    if not amount.is_finite():
        raise ValueError("not a number")
    if not amount:
        return "0.00"
    # Before it is written out: 1E+999999 would be a million digits.
    if amount.adjusted() > LARGEST_POWER:
        raise ValueError("an amount has more than 15 digits before its dot")
    if amount.adjusted() < SMALLEST_POWER:
        raise ValueError("an amount has more than two decimals")
    whole, _, decimals = f"{amount:f}".partition(".")
    if decimals[2:].strip("0"):
        raise ValueError("an amount has more than two decimals")
    return f"{whole}.{decimals[:2]:0<2}"


def _known(fields: Mapping[str, str | dict[str, str] | None]) -> dict[str, str | dict[str, str]]:
    return {name: value for name, value in fields.items() if value}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
