"""Recognising an account that came more than once: told, not doubled.

A pure stage between the parser and whatever counts or stores. The aggregate lists an account again when the person
signed in at the same bank twice (a further ``target`` element), or when it came from another source too: another
bank's import, a statement, own data (a further ``owner`` element). All of them together are one account.

Its rows: two imports of one bank are the same record read twice, and equal rows inside one listing are all real (wire
contract, "Aggregated data": there is no transaction id). So of each row such an account has as many as the
listing that has most of them. Across sources nothing is passed over: texts and days differ from one to the other, so
every row counts, and ``likeness`` says afterwards which may be the same payment.

Memory: eight bytes a row, and a count of the rows of one account while a repeat of it is read.
"""

import contextlib
import secrets
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from onboarding.counting import account_numbers, agreement
from onboarding.counting.held_rows import HeldRows
from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.origins import Origin, origin_of
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
"""Bytes of held-back rows (see ``HeldRows``) that stay in memory before they go to a temporary file."""

MOST_LISTINGS = 10_000
"""How often one account may be listed; beyond it the reply is no honest one."""


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank that an account belongs to, as its ``owner`` and ``target`` elements say; unknown is ``None``."""

    origin: str | None
    target: str | None
    institution: str | None
    name: str | None

    @property
    def identity(self) -> str | None:
        """What tells this bank from others."""
        return self.institution or self.target


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
    """A row that counts, with the number of the account's listing it came with."""

    position: int
    transaction: Transaction
    listing: int


class AccountListed(NamedTuple):
    """The end of one listing of an account, a repeated one too."""

    bank: Bank
    account: Account


class Listing(NamedTuple):
    """One listing of an account; ``transaction_count`` counts the rows that it alone brought.

    Listings of the same ``source`` are one record read several times: their rows are never taken for one another.
    """

    number: int
    source: int
    bank: Bank
    transaction_count: int


class AccountComplete(NamedTuple):
    """What all listings of one account say together. Comes for every account after the last of all rows.

    Of ``account`` each fact is the one that is most likely of today (see ``agreement``); ``bank`` is where it is from.
    """

    position: int
    bank: Bank
    account: Account
    listings: tuple[Listing, ...]

    @property
    def times_seen(self) -> int:
        return len(self.listings)

    @property
    def came_from_several(self) -> bool:
        """Whether there is more than one source, so that a payment of it may have come twice."""
        return any(one.source != self.listings[0].source for one in self.listings)


MergedRecord = BankListed | PersonNamed | AccountFound | Booked | AccountListed | AccountComplete


def merged(records: Iterable[AggregateRecord], *, held_in_memory: int = HELD_IN_MEMORY) -> Iterator[MergedRecord]:
    """Resolve the accounts that are listed again.

    The same account has the same kind, number and currency. Within the imports of one bank (institution, or target
    without one) any number will do, and rows of a repeat that the account had already are left out. Across sources
    it must be an IBAN, or a long number without the country; there every row is ``Booked``. Without a number no
    account is ever taken for another, nor within one target element. Rows come in the order of the reply.

    Raises ``AggregateRefused`` when one account is listed more than ``MOST_LISTINGS`` times.
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


_SourceKey = tuple[str | None, str]


@dataclass(slots=True)
class _Source:
    """One source of an account: all imports of one bank, or one file. ``digests`` are of the rows it brought."""

    number: int
    key: _SourceKey | None
    bank: Bank
    digests: "array[int]" = field(default_factory=lambda: array("Q"))
    account: Account | None = None
    last_day: date = date.min
    last_listing: int = 0

    @property
    def is_import(self) -> bool:
        return origin_of(self.bank.origin) is Origin.BANK


@dataclass(slots=True)
class _Listed:
    """One listing; ``had`` counts the rows of its source that it may repeat, and is empty for a first one."""

    number: int
    source: _Source
    bank: Bank
    had: "Counter[int]"
    count: int = 0


@dataclass(slots=True)
class _Known:
    """An account so far."""

    position: int
    kind: AccountKind
    element: int
    number: str = ""
    currency: str | None = None
    sources: list[_Source] = field(default_factory=list)
    listings: list[_Listed] = field(default_factory=list)

    def source_of(self, key: _SourceKey | None, bank: Bank) -> _Source:
        """Return the source that a listing belongs to, a new one if it is the first of it."""
        for source in self.sources:
            if key is not None and source.key == key:
                return source
        self.sources.append(_Source(len(self.sources) + 1, key, bank))
        return self.sources[-1]

    def is_banks_own(self, key: _SourceKey | None) -> bool:
        return key is not None and any(source.key == key for source in self.sources)

    def may_be_at(self, bank: Bank) -> bool:
        """Tell whether no other bank is named for it than this one."""
        named = {source.bank.identity for source in self.sources} - {None}
        return bank.identity is None or named <= {bank.identity}


class _Merge:
    def __init__(self, held_in_memory: int) -> None:
        self._held_in_memory = held_in_memory
        self.bank = Bank(None, None, None, None)
        self._origin: str | None = None
        self._element = 0
        self._all: list[_Known] = []
        # By the number and what else it may be called.
        self._by_number: dict[str, list[_Known]] = {}
        self._numbered: Counter[AccountKind] = Counter()
        self._numbered_here: Counter[AccountKind] = Counter()
        self._current: tuple[_Known, _Listed] | None = None
        self._held: HeldRows | None = None
        # Keyed anew in each run: nobody can choose a title so that two different rows look equal.
        self._digest_key = secrets.token_bytes(16)

    def begin_owner(self, owner: Owner) -> None:
        self._origin = owner.origin
        self._begin_element(Bank(owner.origin, None, None, None))

    def begin_target(self, target: Target) -> BankListed:
        self._begin_element(Bank(self._origin, target.name, target.institution, target.official_name or target.name))
        return BankListed(self.bank)

    def _begin_element(self, bank: Bank) -> None:
        self.bank = bank
        self._element += 1
        self._numbered_here.clear()

    def open(self, opened: AccountOpened) -> Iterator[MergedRecord]:
        """Begin a listing; its rows are held back only when it may be a repeat and too little is known yet."""
        if (opened.iban is None or opened.currency is None) and self._may_repeat(opened):
            self._held = HeldRows(self._held_in_memory)
        else:
            yield from self._decide(opened.kind, opened.iban, opened.currency)

    def book(self, transaction: Transaction) -> Iterator[MergedRecord]:
        if self._held is not None:
            self._held.append(transaction)
        elif self._current is not None:
            known, listed = self._current
            source = listed.source
            source.last_day = max(source.last_day, transaction.booked_on or transaction.transaction_on or date.min)
            if source.key is None or self._admits(listed, transaction):
                listed.count += 1
                yield Booked(known.position, transaction, listed.number)

    def end(self, account: Account) -> Iterator[MergedRecord]:
        held, self._held = self._held, None
        if held is not None:
            yield from self._decide(account.kind, account.iban, account.currency)
            with contextlib.closing(held):
                for transaction in held:
                    yield from self.book(transaction)
        if self._current is None:
            raise ValueError("an account ended that had not begun")
        known, listed = self._current
        self._current = None
        listed.had = Counter()
        source = listed.source
        source.account = account if source.account is None else agreement.later(source.account, account)
        source.last_listing = listed.number
        self._register(known, account)
        self._numbered_here[known.kind] += bool(known.number)
        yield AccountListed(self.bank, account)

    def complete(self) -> Iterator[AccountComplete]:
        for known in self._all:
            whole = [source for source in known.sources if source.account is not None]
            if whole:
                listings = tuple(Listing(one.number, one.source.number, one.bank, one.count) for one in known.listings)
                yield AccountComplete(known.position, _bank_of(whole), _agreed(whole), listings)

    def close(self) -> None:
        """Let go of the rows held back, if the reply ended among them."""
        if self._held is not None:
            self._held.close()

    def _decide(self, kind: AccountKind, iban: str | None, currency: str | None) -> Iterator[AccountFound]:
        """Take the account as the repeat of a known one, or as new."""
        known = self._find(kind, account_numbers.normalised(iban), currency)
        if known is None:
            known = _Known(len(self._all) + 1, kind, self._element)
            self._all.append(known)
            yield AccountFound(known.position, kind, self.bank)
        known.element = self._element
        if len(known.listings) == MOST_LISTINGS:
            raise AggregateRefused("an account is listed too often", where="account")
        source = known.source_of(self._source_key(), self.bank)
        listed = _Listed(len(known.listings) + 1, source, self.bank, Counter(source.digests))
        known.listings.append(listed)
        self._current = known, listed

    def _find(self, kind: AccountKind, number: str, currency: str | None) -> _Known | None:
        """Find the first known account that this one repeats; none that stands in the same target element."""
        if not number:
            return None
        key = self._source_key()
        found = [
            known
            for name in {number, *account_numbers.national_forms(number)}
            for known in self._by_number.get(name, ())
            if known.element != self._element and (known.kind, known.currency) == (kind, currency)
            if (known.number == number and known.is_banks_own(key)) or self._is_same_elsewhere(known, number, currency)
        ]
        return min(found, key=lambda known: known.position, default=None)

    def _is_same_elsewhere(self, known: _Known, number: str, currency: str | None) -> bool:
        """Tell whether another source's number names this account: the same IBAN, or one of them lacks the country."""
        if currency is None or not account_numbers.names_an_account_anywhere(number):
            return False
        if account_numbers.is_iban(number):
            return known.number == number or known.number in account_numbers.national_forms(number)
        if account_numbers.is_iban(known.number):
            return number in account_numbers.national_forms(known.number)
        return known.number == number and known.may_be_at(self.bank)

    def _may_repeat(self, opened: AccountOpened) -> bool:
        if opened.iban is None:
            return self._numbered[opened.kind] > self._numbered_here[opened.kind]
        number = account_numbers.normalised(opened.iban)
        names = {number, *account_numbers.national_forms(number)}
        found = (known for name in names for known in self._by_number.get(name, ()))
        return any(known.kind == opened.kind and known.element != self._element for known in found)

    def _register(self, known: _Known, account: Account) -> None:
        """Let an account be found by its number; once an IBAN is known it is the account's number."""
        number = account_numbers.normalised(account.iban)
        if not number or (known.number and (known.number == number or account_numbers.is_iban(known.number))):
            return
        if not known.number:
            self._numbered[known.kind] += 1
        known.number, known.currency = number, account.currency
        for name in (number, *account_numbers.national_forms(number)):
            self._by_number.setdefault(name, []).append(known)

    def _source_key(self) -> _SourceKey | None:
        """Name the source that a listing repeats; a file repeats none, since two files are two records."""
        bank = self.bank
        return (bank.origin, bank.identity) if bank.identity and origin_of(bank.origin) is Origin.BANK else None

    def _admits(self, listed: _Listed, row: Transaction) -> bool:
        """Tell whether a row counts: in a first listing each, in a repeat only what its source had not yet."""
        digest = self._digest(row)
        if listed.had[digest] > 0:
            listed.had[digest] -= 1
            return False
        listed.source.digests.append(digest)
        return True

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


def _agreed(sources: list[_Source]) -> Account:
    said = [(source, source.account) for source in _best_last(sources) if source.account is not None]
    imports = [account for source, account in said if source.is_import]
    return agreement.across([account for _, account in said], whole_histories=imports)


def _bank_of(sources: list[_Source]) -> Bank:
    best_first = _best_last(sources)[::-1]
    return next((source.bank for source in best_first if source.bank.name), best_first[0].bank)


def _best_last(sources: list[_Source]) -> list[_Source]:
    """Order by trust: a bank's import above a file, then the one whose last row is newest, then the later one."""
    return sorted(sources, key=lambda source: (source.is_import, source.last_day, source.last_listing))
