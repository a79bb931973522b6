"""Read a bank export whole: into the payload that will be sent, and into the preview that is shown first."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO, cast

from django.conf import settings

from onboarding import ibans, money, sealing, vault
from onboarding.kontomatik.owner_payload import OwnerPayload, PayloadRow
from onboarding.models import ImportedAccount, PreviewAccount, PreviewRow, Source, SourceFile
from onboarding.reading import isolated
from onboarding.reading.layout import TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.records import AccountBegun, AccountEnded, Format, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem

from . import moves, recognition
from .moves import Held

SHOWN_ACCOUNTS = 20
SHOWN_ROWS = 5
ROWS_BETWEEN_LOOKS = 1000


@dataclass(slots=True)
class ReadAccount:
    """One account of an export as it is shown."""

    begun: AccountBegun
    first_rows: list[Row] = field(default_factory=list)
    ended: AccountEnded | None = None


@dataclass(frozen=True, slots=True)
class ReadExport:
    """A whole export: its payload in the vault, what is shown of it, and what its accounts are seen again by."""

    payload: vault.Deposited
    shown: list[ReadAccount]
    fingerprints: frozenset[str]
    account_count: int
    row_count: int
    bank_name: str


def read(held: Held, stored_as: str, mapping: TableMapping | None) -> ReadExport:
    """Read a sealed file of a known format to its end and seal the payload that it makes.

    Raises ``FileRefused``, ``ReaderDied``, ``ReaderTooSlow``, ``vault.TooLarge``, ``vault.Gone``, ``SealBroken``, and
    ``ClaimLost``; nothing stays in the vault then.
    """
    renew = moves.renewal(held.row())
    records = isolated.read_export(
        vault.chunks(stored_as),
        format=Format(held.source.file.format),
        mapping=mapping,
        limits=Limits(most_rows=settings.UPLOAD_MAX_ROWS, seconds=float(settings.UPLOAD_READ_SECONDS)),
        on_progress=renew,
    )
    owner = held.source.onboarding.owner_external_id
    with closing(records), vault.begin(most_bytes=2 * settings.UPLOAD_MAX_BYTES) as deposit:
        reading = _Reading()
        # A deposit has the one verb of a file that a payload needs.
        with OwnerPayload(cast(BinaryIO, deposit), owner_external_id=owner) as payload:
            for number, record in enumerate(records):
                if number % ROWS_BETWEEN_LOOKS == 0:
                    renew(number)
                reading.take(record, payload)
        if not reading.row_count:
            raise FileRefused(Problem.NO_ROWS)
        return reading.export(deposit.keep())


class _Reading:
    """What has been read of an export so far."""

    def __init__(self) -> None:
        self.row_count = 0
        self._shown: list[ReadAccount] = []
        self._fingerprints: set[str] = set()
        self._account_count = 0
        self._bank_name = ""
        self._account: ReadAccount | None = None

    def take(self, record: Record, payload: OwnerPayload) -> None:
        match record:
            case AccountBegun():
                self._begin(record, payload)
            case Row():
                self.row_count += 1
                if self._account is not None and len(self._account.first_rows) < SHOWN_ROWS:
                    self._account.first_rows.append(record)
                _add(record, payload)
            case AccountEnded():
                if self._account is not None:
                    self._account.ended = record
                _end(record, payload)

    def _begin(self, begun: AccountBegun, payload: OwnerPayload) -> None:
        if not begun.currency:
            raise FileRefused(Problem.MISSING, expected=Expected.A_CURRENCY)
        number = begun.number if ibans.is_sendable(begun.number) else ""
        payload.begin_account(
            name=" ".join(filter(None, (begun.name, "" if number else begun.number))) or None,
            iban=number or None,
            currency=begun.currency,
            bank=begun.bank or None,
        )
        self._account_count += 1
        self._bank_name = self._bank_name or begun.bank
        if number:
            self._fingerprints.add(sealing.fingerprint(number, currency=begun.currency))
        self._account = ReadAccount(begun)
        if len(self._shown) < SHOWN_ACCOUNTS:
            self._shown.append(self._account)

    def export(self, payload: vault.Deposited) -> ReadExport:
        return ReadExport(
            payload=payload,
            shown=self._shown,
            fingerprints=frozenset(self._fingerprints),
            account_count=self._account_count,
            row_count=self.row_count,
            bank_name=self._bank_name,
        )


def _add(row: Row, payload: OwnerPayload) -> None:
    if row.booked_on is None and row.transaction_on is None:
        raise FileRefused(Problem.MISSING, expected=Expected.A_DATE)
    try:
        payload.add(
            PayloadRow(
                transaction_on=row.transaction_on,
                booked_on=row.booked_on,
                amount=row.amount,
                balance=row.balance,
                title=row.title or None,
                party=row.party or None,
                party_iban=row.party_iban or None,
                kind=row.kind or None,
            )
        )
    except ValueError as error:
        # An amount that the wire has no exact form for.
        raise FileRefused(Problem.WRONG_VALUE, expected=Expected.AN_AMOUNT) from error


def _end(ended: AccountEnded, payload: OwnerPayload) -> None:
    try:
        for amount in (ended.opening, ended.closing, ended.difference):
            _cents(amount)
        payload.end_account(balance=ended.closing)
    except ValueError as error:
        raise FileRefused(Problem.WRONG_VALUE, expected=Expected.A_BALANCE) from error


@contextmanager
def handing_over(export: ReadExport) -> Iterator[None]:
    """Delete the payload of an export again unless the block, which writes its name into a row, comes to its end.

    Stands within the transaction: whether a commit that failed was made is not known, and then nothing may be deleted
    here that a row might name; what none names is cleared away with the leftovers.
    """
    is_named = False
    try:
        yield
        is_named = True
    finally:
        if not is_named:
            vault.delete(export.payload.name)


def keep_preview(source: Source, export: ReadExport) -> None:
    """Keep what is shown of an export and what its accounts are seen again by, in place of what was there."""
    SourceFile.objects.filter(pk=source.pk).update(
        payload=export.payload.name,
        payload_size=export.payload.size,
        row_count=export.row_count,
        bank_name=export.bank_name[:200],
        problem="",
        expected="",
        line=None,
        column=None,
        element="",
    )
    PreviewAccount.objects.filter(file_id=source.pk).delete()
    accounts = PreviewAccount.objects.bulk_create(
        _shown_account(source.pk, position, account) for position, account in enumerate(export.shown)
    )
    PreviewRow.objects.bulk_create(
        row for account, read in zip(accounts, export.shown, strict=True) for row in _shown_rows(account, read)
    )
    ImportedAccount.objects.filter(source=source).delete()
    recognition.remember(source, export.fingerprints)


def _shown_account(file_pk: int, position: int, account: ReadAccount) -> PreviewAccount:
    begun, ended = account.begun, account.ended
    shown = PreviewAccount(
        file_id=file_pk,
        position=position,
        number=begun.number[:64],
        name=begun.name[:200],
        bank=begun.bank[:200],
        currency=begun.currency,
    )
    if ended is not None:
        shown.row_count = ended.row_count
        shown.first_on, shown.last_on = ended.first_on, ended.last_on
        shown.opening_cents, shown.closing_cents = _cents(ended.opening), _cents(ended.closing)
        shown.balance_check = ended.balance_check.value
        shown.difference_cents = _cents(ended.difference)
    return shown


def _shown_rows(account: PreviewAccount, read: ReadAccount) -> Iterator[PreviewRow]:
    for position, row in enumerate(read.first_rows):
        yield PreviewRow(
            account=account,
            position=position,
            day=row.booked_on or row.transaction_on,
            amount_cents=money.to_cents(row.amount),
            text=" · ".join(text for text in (row.party, row.title) if text)[:300],
        )


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else money.to_cents(amount)
