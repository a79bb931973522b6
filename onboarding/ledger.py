"""Writing and deleting snapshots: many small commits that nobody sees, since only ``Onboarding.snapshot`` shows one.

SQLite has one writer at a time, so a commit holds a few hundred rows and the lock is let go between two of them;
PostgreSQL takes the rows by COPY in larger batches. Memory: one batch, and eight bytes a row (see ``merging``), and
the pairs of one account that came from several sources (see ``twins``).
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple, cast

from django.db import IntegrityError, connection, models, transaction

from onboarding import twins
from onboarding.counting import figures, merging
from onboarding.kontomatik.records import AggregateRecord
from onboarding.models import (
    Account,
    AccountListing,
    CurrencyTotal,
    LabelTotal,
    MonthTotal,
    Onboarding,
    Person,
    Snapshot,
    Transaction,
)
from onboarding.money import to_cents

ROWS_A_COMMIT = {"sqlite": 500, "postgresql": 5000}
"""Rows of one commit. On SQLite another writer waits while one of these is written."""

BREATH = 1.5
"""How long SQLite's lock stays free after a batch of deletes, as a multiple of the time it was held.

SQLite wakes no waiting writer: that one looks again every 1 to 100 ms and has to find the lock free.
"""

_PLAIN_LETTERS = dict(zip("łøđðħŧ\u0131", "loddhti", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
# The accents that NFKD sets apart, and the letters that it leaves whole.
_ACCENTED = re.compile(rf"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff{''.join(_PLAIN_LETTERS)}]")


class SnapshotGone(IntegrityError):
    """Say that the snapshot was deleted while it was being written: the person's rows were erased meanwhile."""


class SnapshotShown(Exception):
    """Say that a snapshot that somebody looks at is not deleted; hide it first (``Onboarding.snapshot``)."""


class SeenAccount(NamedTuple):
    """One listing of an account in the aggregate, a repeated one too."""

    target: str | None
    institution: str | None
    iban: str | None
    currency: str | None


class SeenTarget(NamedTuple):
    """One ``target`` element of the aggregate."""

    target: str | None
    institution: str | None


@dataclass(frozen=True, slots=True)
class StoredAggregate:
    """What was stored: the number of rows, and every account and target in the order of the reply."""

    transaction_count: int
    accounts: tuple[SeenAccount, ...]
    targets: tuple[SeenTarget, ...]


def store_aggregate(
    records: Iterable[AggregateRecord], *, snapshot: Snapshot, renew: Callable[[int], None]
) -> StoredAggregate:
    """Write the whole aggregate under ``snapshot``, batch by batch, without showing it.

    Every row is stored. Of an account that came from several sources, the rows that may be a payment which an
    earlier one brought too say so in ``twin``.

    ``renew`` is called first in each batch's transaction with the number of transactions that are stored once it
    commits; what it raises is passed on and nothing of that batch stays.

    Raises ``SnapshotGone`` (an ``IntegrityError``) when the snapshot was deleted meanwhile, ``AggregateRefused`` when
    the amounts add up to more than can be stored, and whatever reading ``records`` raises. What was committed
    before stays until ``discard``.
    """
    writer = _Writer(snapshot.pk, renew)
    counter = figures.FigureCounter()
    accounts: list[SeenAccount] = []
    targets: list[SeenTarget] = []
    complete: list[merging.AccountComplete] = []
    for record in merging.merged(records):
        if isinstance(record, merging.Booked):
            cents = to_cents(record.transaction.amount)
            counter.book(record.position, record.transaction, cents)
            writer.add_transaction(record, cents)
            continue
        counter.count(record)
        if isinstance(record, merging.AccountFound):
            writer.add_account(record)
        elif isinstance(record, merging.PersonNamed):
            writer.add_person(record)
        elif isinstance(record, merging.AccountListed):
            bank, account = record
            accounts.append(SeenAccount(bank.target, bank.institution, account.iban, account.currency))
        elif isinstance(record, merging.BankListed):
            targets.append(SeenTarget(record.bank.target, record.bank.institution))
        else:
            complete.append(record)
    writer.finish(counter.figures(), complete)
    return StoredAggregate(writer.transaction_count, tuple(accounts), tuple(targets))


def discard(snapshot_pk: int, *, renew: Callable[[int], None] | None = None) -> None:
    """Delete a snapshot and all its rows in small commits; stopped halfway or called again, it goes on from there.

    A million rows take longer than a claim holds: ``renew`` is called between two commits with the number of rows
    deleted so far, and what it raises is passed on. Raises ``SnapshotShown`` when an onboarding shows it.
    """
    so_far = 0
    for model in (Transaction, AccountListing, Account, Person, CurrencyTotal, MonthTotal, LabelTotal):
        while deleted := _delete_some(model, snapshot_pk):
            so_far += deleted
            if renew is not None:
                renew(so_far)
    with transaction.atomic():
        _require_hidden(snapshot_pk)
        Snapshot.objects.filter(pk=snapshot_pk).delete()


def fold(text: str) -> str:
    """Fold a text for searching: lower case, no accents, single blanks. Rows and queries are folded alike."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = _ACCENTED.sub(lambda found: _PLAIN_LETTERS.get(found[0], ""), decomposed)
    return " ".join(text.lower().split())


def _delete_some(model: type[models.Model], snapshot_pk: int) -> int:
    began = time.monotonic()
    with transaction.atomic():
        _require_hidden(snapshot_pk)
        some = model._default_manager.filter(snapshot_id=snapshot_pk).order_by().values("pk")
        batch = model._default_manager.filter(pk__in=some[: ROWS_A_COMMIT[connection.vendor]])
        deleted, _ = batch.delete()
    if deleted and connection.vendor == "sqlite":
        time.sleep(BREATH * (time.monotonic() - began))
    return deleted


def _require_hidden(snapshot_pk: int) -> None:
    if Onboarding.objects.filter(snapshot_id=snapshot_pk).exists():
        raise SnapshotShown(f"snapshot {snapshot_pk} is shown")


class _Writer:
    """One snapshot's rows on their way: collected, then written in one commit a batch."""

    def __init__(self, snapshot_pk: int, renew: Callable[[int], None]) -> None:
        self.transaction_count = 0
        self._snapshot_pk = snapshot_pk
        self._renew = renew
        self._account_pks: dict[int, int] = {}
        self._accounts: list[Account] = []
        self._people: list[Person] = []
        self._named: set[tuple[str, str, str]] = set()
        self._rows: list[tuple[Any, ...]] = []
        self._limit = ROWS_A_COMMIT[connection.vendor]

    def add_account(self, found: merging.AccountFound) -> None:
        """Take an account at its start, since its rows refer to it; its facts follow at the end."""
        self._accounts.append(Account(snapshot_id=self._snapshot_pk, kind=found.kind.value, position=found.position))
        self._flush_when_full()

    def add_person(self, named: merging.PersonNamed) -> None:
        """Take a person once a bank, however many accounts and sign-ins name them."""
        bank, name, kind = identity = (
            _fitting(Person, "bank", named.bank.name),
            _fitting(Person, "name", named.person.name),
            _fitting(Person, "kind", named.person.kind),
        )
        if identity not in self._named:
            self._named.add(identity)
            self._people.append(Person(snapshot_id=self._snapshot_pk, bank=bank, name=name, kind=kind))
            self._flush_when_full()

    def add_transaction(self, booked: merging.Booked, cents: int) -> None:
        row = booked.transaction
        title, party = row.title or "", row.party or ""
        self._rows.append(
            (
                booked.position,
                self._snapshot_pk,
                figures.day_of(row).isoformat(),
                _iso(row.booked_on),
                _iso(row.transaction_on),
                cents,
                figures.cents_or_none(row.balance),
                title,
                party,
                (row.party_iban or "")[:_PARTY_IBAN_WIDTH],
                row.kind or "",
                (row.status or "")[:_STATUS_WIDTH],
                "\n".join(row.labels),
                fold(f"{title} {party}"),
                booked.listing,
            )
        )
        self._flush_when_full()

    def finish(self, counted: figures.Figures, complete: Sequence[merging.AccountComplete]) -> None:
        """Write what is left, the facts and listings of the accounts, the figures, and what may have come twice."""
        self._flush()
        pairs = list(zip(complete, counted.accounts, strict=True))
        for start in range(0, len(pairs), self._limit):
            facts = [self._facts(one, account) for one, account in pairs[start : start + self._limit]]
            with self._batch():
                Account.objects.bulk_update(facts, _FACTS, batch_size=50)
        self._create([self._listing(one, listing) for one in complete for listing in one.listings])
        self._create([CurrencyTotal(snapshot_id=self._snapshot_pk, **asdict(one)) for one in counted.totals])
        self._create([MonthTotal(snapshot_id=self._snapshot_pk, **asdict(one)) for one in counted.months])
        self._create([LabelTotal(snapshot_id=self._snapshot_pk, **asdict(one)) for one in counted.labels])
        for one in complete:
            if one.came_from_several:
                self._mark_twins(one)
        with self._batch():
            Snapshot.objects.filter(pk=self._snapshot_pk).update(transaction_count=self.transaction_count)

    def _mark_twins(self, complete: merging.AccountComplete) -> None:
        with self._batch():
            # Reading a large account takes a while: the claim is renewed before it.
            account_pk = self._account_pks[complete.position]
        twins.mark(
            account_pk,
            sources={listing.number: listing.source for listing in complete.listings},
            commit=self._batch,
            rows_a_commit=self._limit,
            breath=BREATH,
        )

    def _facts(self, complete: merging.AccountComplete, counted: figures.AccountFigures) -> Account:
        said, bank = complete.account, complete.bank
        return Account(
            pk=self._account_pks[complete.position],
            **_bank_columns(Account, bank),
            target=_fitting(Account, "target", bank.target),
            institution=_fitting(Account, "institution", bank.institution),
            name=_fitting(Account, "name", said.name),
            iban=_fitting(Account, "iban", said.iban),
            last_digits=_fitting(Account, "last_digits", said.last_digits),
            currency=said.currency or "",
            balance_cents=counted.balance_cents,
            funds_available_cents=figures.cents_or_none(said.funds_available),
            credit_limit_cents=figures.cents_or_none(said.credit_limit),
            active_since=said.active_since,
            due_on=said.due_on,
            partial=counted.partial,
            times_seen=counted.times_seen,
            transaction_count=counted.transaction_count,
            first_booked_on=counted.first_booked_on,
            last_booked_on=counted.last_booked_on,
        )

    def _listing(self, complete: merging.AccountComplete, listing: merging.Listing) -> AccountListing:
        return AccountListing(
            snapshot_id=self._snapshot_pk,
            account_id=self._account_pks[complete.position],
            number=listing.number,
            **_bank_columns(AccountListing, listing.bank),
            transaction_count=listing.transaction_count,
        )

    def _create(self, rows: Sequence[models.Model]) -> None:
        for start in range(0, len(rows), self._limit):
            some = rows[start : start + self._limit]
            with self._batch():
                type(some[0])._default_manager.bulk_create(some)

    def _flush_when_full(self) -> None:
        if len(self._rows) + len(self._accounts) + len(self._people) >= self._limit:
            self._flush()

    def _flush(self) -> None:
        self.transaction_count += len(self._rows)
        with self._batch():
            for account in Account.objects.bulk_create(self._accounts):
                self._account_pks[account.position] = account.pk
            Person.objects.bulk_create(self._people)
            _insert([(self._account_pks[row[0]], *row[1:]) for row in self._rows])
        self._accounts, self._people, self._rows = [], [], []

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """Open one commit: the claim is renewed in it, and the snapshot can't be deleted before it ends."""
        with transaction.atomic():
            self._renew(self.transaction_count)
            if not list(Snapshot.objects.select_for_update(no_key=True).filter(pk=self._snapshot_pk)):
                raise SnapshotGone(f"snapshot {self._snapshot_pk} is gone")
            yield


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write transactions by the engine's fastest way; the ORM's bulk insert takes about four times as long."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT, rows)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _fitting(model: type[models.Model], field: str, text: str | None) -> str:
    """Cut a text to the width of its column."""
    return (text or "")[: _column(model, field).max_length]


def _bank_columns(model: type[models.Model], bank: merging.Bank) -> dict[str, str]:
    return {"origin": _fitting(model, "origin", bank.origin), "bank": _fitting(model, "bank", bank.name)}


def _column(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


_COLUMNS = (
    "account",
    "snapshot",
    "day",
    "booked_on",
    "transaction_on",
    "amount_cents",
    "balance_cents",
    "title",
    "party",
    "party_iban",
    "kind",
    "status",
    "labels",
    "search_text",
    "listing",
)
"""The columns of a transaction in the order of ``_Writer.add_transaction``."""

_FACTS = (
    "origin",
    "bank",
    "target",
    "institution",
    "name",
    "iban",
    "last_digits",
    "currency",
    "balance_cents",
    "funds_available_cents",
    "credit_limit_cents",
    "active_since",
    "due_on",
    "partial",
    "times_seen",
    "transaction_count",
    "first_booked_on",
    "last_booked_on",
)
_TABLE = f"{Transaction._meta.db_table} ({', '.join(str(_column(Transaction, name).column) for name in _COLUMNS)})"
_COPY = f"COPY {_TABLE} FROM STDIN"
# Names of our own tables and columns, no text from outside.
_INSERT = f"INSERT INTO {_TABLE} VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608
_PARTY_IBAN_WIDTH = _column(Transaction, "party_iban").max_length
_STATUS_WIDTH = _column(Transaction, "status").max_length
