"""Recognising an account that came with two sign-ins: told, not doubled.

A pure stage between the parser and whatever counts or stores. The aggregate lists an account again when the person
signed in at the same bank twice, in a further ``target`` element. Its rows overlap; equal rows inside one listing
are all real (wire contract, "Aggregated data": there is no transaction id). So of each row the account has
as many as the listing that has most of them.

Memory: eight bytes a row, and a count of the rows of one account while a repeat of it is read.
"""

import contextlib
import json
import secrets
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from onboarding.kontomatik.records import (
    Account,
    AccountKind,
    AccountOpened,
    AggregateRecord,
    Owner,
    Person,
    Target,
    Transaction,
)
from onboarding.money import to_cents

HELD_IN_MEMORY = 1024 * 1024
"""Bytes of held-back rows (see ``_HeldRows``) that stay in memory before they go to a temporary file."""


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank that an account belongs to, as its ``owner`` and ``target`` elements say; unknown is ``None``."""

    origin: str | None
    target: str | None
    institution: str | None
    name: str | None


class BankListed(NamedTuple):
    """The start of a ``target`` element."""

    bank: Bank


class PersonNamed(NamedTuple):
    bank: Bank
    person: Person


class AccountFound(NamedTuple):
    """An account that was not there before; ``position`` counts from 1 and names it from now on."""

    position: int
    kind: AccountKind
    bank: Bank


class Booked(NamedTuple):
    """A row that counts."""

    position: int
    transaction: Transaction


class AccountListed(NamedTuple):
    """The end of one listing of an account, a repeated one too."""

    bank: Bank
    account: Account


class AccountComplete(NamedTuple):
    """What all listings of one account say together. Comes for every account after the last of all rows.

    Of ``account`` each fact is the latest listing's that has it; it is partial if all of its listings are.
    """

    position: int
    bank: Bank
    account: Account
    times_seen: int


MergedRecord = BankListed | PersonNamed | AccountFound | Booked | AccountListed | AccountComplete


def merged(records: Iterable[AggregateRecord], *, held_in_memory: int = HELD_IN_MEMORY) -> Iterator[MergedRecord]:
    """Resolve the accounts that are listed again in a further target element.

    The same account has the same origin, bank (institution, or target without one), kind, IBAN and currency; without
    an IBAN none is ever taken for another, nor within one target element. Its ``Booked`` rows come in the order
    of the reply, those of a repeat that the account had already are left out.
    """
    with contextlib.closing(_Merge(held_in_memory)) as merge:
        for record in records:
            if isinstance(record, Transaction):
                yield from merge.book(record)
            elif isinstance(record, AccountOpened):
                yield from merge.open(record)
            elif isinstance(record, Account):
                yield from merge.end(record)
            elif isinstance(record, Person):
                yield PersonNamed(merge.bank, record)
            elif isinstance(record, Target):
                yield merge.begin_target(record)
            else:
                merge.begin_owner(record)
        yield from merge.complete()


_Key = tuple[str | None, str | None, AccountKind, str, str | None]


@dataclass(slots=True)
class _Known:
    """An account so far: the digests of its rows and what its listings said."""

    position: int
    bank: Bank
    digests: "array[int]" = field(default_factory=lambda: array("Q"))
    account: Account | None = None
    times_seen: int = 0
    had: "Counter[int] | None" = None

    def admits(self, digest: int) -> bool:
        """Tell whether a row counts: in a first listing each, in a repeat only what the account had not yet."""
        if self.had is not None and self.had[digest] > 0:
            self.had[digest] -= 1
            return False
        self.digests.append(digest)
        return True


class _Merge:
    def __init__(self, held_in_memory: int) -> None:
        self._held_in_memory = held_in_memory
        self.bank = Bank(None, None, None, None)
        self._origin: str | None = None
        self._all: list[_Known] = []
        self._known: dict[_Key, list[_Known]] = {}
        self._listed_here: Counter[_Key] = Counter()
        self._current: _Known | None = None
        self._held: _HeldRows | None = None
        # Keyed anew in each run: nobody can choose a title so that two different rows look equal.
        self._digest_key = secrets.token_bytes(16)

    def begin_owner(self, owner: Owner) -> None:
        self._origin = owner.origin
        self.bank = Bank(owner.origin, None, None, None)
        self._listed_here.clear()

    def begin_target(self, target: Target) -> BankListed:
        self.bank = Bank(self._origin, target.name, target.institution, target.official_name or target.name)
        self._listed_here.clear()
        return BankListed(self.bank)

    def open(self, opened: AccountOpened) -> Iterator[MergedRecord]:
        """Begin a listing; its rows are held back only when it may be a repeat and too little is known yet."""
        if (opened.iban is None or opened.currency is None) and self._may_repeat(opened):
            self._held = _HeldRows(self._held_in_memory)
        else:
            yield from self._decide(opened.kind, opened.iban, opened.currency)

    def book(self, transaction: Transaction) -> Iterator[MergedRecord]:
        if self._held is not None:
            self._held.append(transaction)
        elif self._current is not None and self._current.admits(self._digest(transaction)):
            yield Booked(self._current.position, transaction)

    def end(self, account: Account) -> Iterator[MergedRecord]:
        held, self._held = self._held, None
        if held is not None:
            yield from self._decide(account.kind, account.iban, account.currency)
            with contextlib.closing(held):
                for transaction in held:
                    yield from self.book(transaction)
        known = self._current
        if known is None:
            raise ValueError("an account ended that had not begun")
        self._current = known.had = None
        known.times_seen += 1
        known.account = account if known.account is None else _later(known.account, account)
        key = self._key(account.kind, account.iban, account.currency)
        if key is not None:
            self._listed_here[key] += 1
            if known.times_seen == 1:
                self._known.setdefault(key, []).append(known)
        yield AccountListed(self.bank, account)

    def complete(self) -> Iterator[AccountComplete]:
        for known in self._all:
            if known.account is not None:
                yield AccountComplete(known.position, known.bank, known.account, known.times_seen)

    def close(self) -> None:
        """Let go of the rows held back, if the reply ended among them."""
        if self._held is not None:
            self._held.close()

    def _decide(self, kind: AccountKind, iban: str | None, currency: str | None) -> Iterator[AccountFound]:
        """Take the account as the repeat of a known one, or as new."""
        key = self._key(kind, iban, currency)
        if key is not None:
            listed = self._known.get(key, [])
            # The first listing in this target repeats the first known one and so on: those that were
            # found in this target come later in the list, so that none repeats one of its own target.
            if self._listed_here[key] < len(listed):
                self._current = listed[self._listed_here[key]]
                self._current.had = Counter(self._current.digests)
                return
        self._current = _Known(len(self._all) + 1, self.bank)
        self._all.append(self._current)
        yield AccountFound(self._current.position, kind, self.bank)

    def _may_repeat(self, opened: AccountOpened) -> bool:
        return any(
            key[:3] == (self.bank.origin, self.bank.institution or self.bank.target, opened.kind)
            and (opened.iban is None or key[3] == opened.iban)
            and self._listed_here[key] < len(listed)
            for key, listed in self._known.items()
        )

    def _key(self, kind: AccountKind, iban: str | None, currency: str | None) -> _Key | None:
        bank = self.bank.institution or self.bank.target
        return (self.bank.origin, bank, kind, iban, currency) if iban and bank else None

    def _digest(self, row: Transaction) -> int:
        """Digest a row's identity. Labels, kind and status may differ between two replies about one payment."""
        balance = "" if row.balance is None else to_cents(row.balance)
        # No text of an XML document holds the separator.
        identity = (
            f"{row.transaction_on or ''}\0{row.booked_on or ''}\0{to_cents(row.amount)}\0{balance}\0"
            f"{row.title or ''}\0{row.party or ''}\0{row.party_iban or ''}"
        )
        digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8, key=self._digest_key).digest()
        return int.from_bytes(digest, "big")


def _later(before: Account, now: Account) -> Account:
    return replace(
        now,
        name=now.name or before.name,
        balance=before.balance if now.balance is None else now.balance,
        funds_available=before.funds_available if now.funds_available is None else now.funds_available,
        active_since=now.active_since or before.active_since,
        partial=before.partial and now.partial,
        last_digits=now.last_digits or before.last_digits,
        credit_limit=before.credit_limit if now.credit_limit is None else now.credit_limit,
        due_on=now.due_on or before.due_on,
    )


class _HeldRows:
    """Rows whose account is not known yet, since its IBAN stands behind them.

    They are kept in memory, beyond ``in_memory`` bytes in a temporary file without a name.
    """

    def __init__(self, in_memory: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - held open from one record to the next
            max_size=in_memory, mode="w+", encoding="utf-8", errors="surrogatepass", newline="\n"
        )

    def close(self) -> None:
        self._file.close()

    def append(self, row: Transaction) -> None:
        fields = (
            row.transaction_on and row.transaction_on.isoformat(),
            row.booked_on and row.booked_on.isoformat(),
            str(row.amount),
            None if row.balance is None else str(row.balance),
            row.title,
            row.party,
            row.party_iban,
            row.kind,
            row.status,
            row.labels,
        )
        self._file.write(json.dumps(fields) + "\n")

    def __iter__(self) -> Iterator[Transaction]:
        self._file.seek(0)
        for line in self._file:
            transaction_on, booked_on, amount, balance, *texts, labels = json.loads(line)
            title, party, party_iban, kind, status = texts
            yield Transaction(
                transaction_on=transaction_on and date.fromisoformat(transaction_on),
                booked_on=booked_on and date.fromisoformat(booked_on),
                amount=Decimal(amount),
                balance=None if balance is None else Decimal(balance),
                title=title,
                party=party,
                party_iban=party_iban,
                kind=kind,
                status=status,
                labels=tuple(labels),
            )
