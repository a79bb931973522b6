"""Rows of files, made as the product makes them: really sealed, with all that their jobs and pages look at."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from onboarding import sealing, vault
from onboarding.jobs import recognition
from onboarding.jobs.files import password_place
from onboarding.kontomatik.records import ImportedAccount
from onboarding.models import (
    BalanceCheck,
    ColumnChoice,
    Failure,
    FileFormat,
    Onboarding,
    PreviewAccount,
    PreviewRow,
    Question,
    Snapshot,
    Source,
    SourceFile,
    SourceKind,
    SourceState,
    TableCell,
)
from onboarding.models.sources import ENDED_BADLY, OPEN_STATES
from tests import rows

FILE_CONTENT = b"%PDF-planted-content-6620"
FILE_PAYLOAD = b"planted-payload-6621"
FILE_IBAN = "PL61109010140000071219812874"
TABLE = (
    ("Data operacji", "Kwota", "Opis", "Kontrahent", "Saldo"),
    ("31.12.2026", "-1 250,00", "Czynsz za grudzień", "Spółdzielnia Mieszkaniowa Nad Wisłą", "7 195,80"),
    ("30.12.2026", "8 400,00", "Wynagrodzenie", "Zakład <b>Pracy</b>", "8 445,80"),
    ("29.12.2026", "-54,20", "Zakupy", "", "45,80"),
)


def sealed(content: bytes = FILE_CONTENT) -> vault.Deposited:
    """Put a file into the vault."""
    with vault.begin(most_bytes=1 << 30) as deposit:
        deposit.write(content)
        return deposit.keep()


def in_vault() -> set[str]:
    """Return the names of all sealed files."""
    return {name for name, _ in vault.names()}


def statement(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make a PDF statement in a state, really sealed as long as it is open; ``file__`` columns go to its file row.

    ``content`` is the file's, else one that no other file has. An ``ASKING`` one waits for its password.
    """
    details = {"format": FileFormat.PDF, "name": "march.pdf", "target": "KontoBank", "bank_name": "KontoBank SA"}
    if state == SourceState.ASKING:
        details["question"] = Question.PASSWORD
    return _file_source(owner, SourceKind.STATEMENT, state, details, columns)


def upload(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make an own bank export in a state, as ``statement`` does; from ``ASKING`` on its payload and preview are ready.

    An ``ASKING`` one waits for its preview to be confirmed, unless ``file__question`` says otherwise.
    """
    details: dict[str, Any] = {"name": "payments.sta"}
    is_ready = state in (SourceState.ASKING, SourceState.QUEUED, SourceState.IMPORTING)
    if state != SourceState.CHECKING:
        details |= {"format": FileFormat.MT940, "row_count": 3}
    if is_ready and columns.get("file__question", Question.PREVIEW) == Question.PREVIEW:
        payload = sealed(FILE_PAYLOAD)
        details |= {"payload": payload.name, "payload_size": payload.size}
        columns.setdefault("account_count", 1)
    if state == SourceState.ASKING:
        details["question"] = Question.PREVIEW
    if state in (SourceState.QUEUED, SourceState.IMPORTING):
        details |= {"confirmed_at": timezone.now(), "stored_as": None}
    made = _file_source(owner, SourceKind.UPLOAD, state, details, columns)
    if made.file.payload:
        preview(made)
    return made


def asking(owner: Onboarding, question: Question, **columns: Any) -> Source:
    """Make a file that waits for the answer to a question, with all that its page shows: a CSV, but for a password."""
    if question == Question.PASSWORD:
        return statement(owner, SourceState.ASKING, **columns)
    details = {"file__question": question, "file__format": FileFormat.CSV, "file__name": "historia.csv"}
    source = upload(owner, SourceState.ASKING, **{**details, **columns})
    if source.file.format == FileFormat.CSV:
        guess(source)
        table(source)
    return source


def guess(source: Source, **columns: Any) -> ColumnChoice:
    """Give a CSV file a guess of its columns."""
    guessed = {"encoding": "utf-8", "delimiter": ";", "header_row": 0, "date_format": "DD.MM.YYYY", "decimal": ","}
    mapped = {"booked_on": 0, "amount": 1, "title": 2, "party": 3, "currency": "PLN"}
    return ColumnChoice.objects.create(file=source.file, **{**guessed, **mapped, **columns})


def table(source: Source, cells: tuple[tuple[str, ...], ...] = TABLE) -> None:
    """Give a CSV file the cells that are shown: the first row is the header."""
    TableCell.objects.bulk_create(
        TableCell(file=source.file, row=row, column=column, text=text)
        for row, texts in enumerate(cells)
        for column, text in enumerate(texts)
    )


def preview(source: Source, **columns: Any) -> PreviewAccount:
    """Give a file one more account of its preview, with two rows, and remember the account's fingerprint."""
    values = {
        "position": source.file.preview_accounts.count(),
        "number": FILE_IBAN,
        "name": "Konto osobiste",
        "bank": "KontoBank",
        "currency": "PLN",
        "row_count": 1240,
        "first_on": date(2026, 1, 2),
        "last_on": date(2026, 12, 31),
        "opening_cents": 100_00,
        "closing_cents": 7_195_80,
        "balance_check": BalanceCheck.OK,
    }
    account = PreviewAccount.objects.create(file=source.file, **{**values, **columns})
    PreviewRow.objects.create(account=account, position=0, day=date(2026, 12, 31), amount_cents=-1250_00, text="Czynsz")
    PreviewRow.objects.create(account=account, position=1, day=None, amount_cents=8400_00, text="Wynagrodzenie <b>")
    named = ImportedAccount(iban=account.number or None, name=account.name, currency=account.currency)
    recognition.remember(source, recognition.fingerprints([named]))
    return account


def _file_source(
    owner: Onboarding, kind: SourceKind, state: SourceState, details: dict[str, Any], columns: dict[str, Any]
) -> Source:
    now = timezone.now()
    until = now + timedelta(hours=1)
    details |= {name.removeprefix("file__"): columns.pop(name) for name in list(columns) if name.startswith("file__")}
    password = details.pop("password", "")
    content = columns.pop("content", uuid4().bytes)
    is_open = state in OPEN_STATES
    ready: dict[str, Any] = {"kind": kind, "state_since": now, "due_at": now, "give_up_at": until}
    if is_open and "stored_as" not in details:
        deposited = sealed(content)
        details |= {"stored_as": deposited.name, "size": deposited.size}
        ready["file_fingerprint"] = deposited.fingerprint
    details.setdefault("stored_until", until if is_open else None)
    if state == SourceState.ASKING:
        ready["due_at"] = until
    if state in (SourceState.QUEUED, SourceState.IMPORTING):
        ready["queued_at"] = now
    if state == SourceState.IMPORTING:
        ready |= {"slot": rows.free_slot(), "give_up_at": now + timedelta(minutes=15)}
    if not is_open:
        ready |= {"due_at": None, "give_up_at": None, "ended_at": now}
    if state in ENDED_BADLY:
        ready["failure"] = Failure.CANCELLED if state == SourceState.ABANDONED else Failure.FILE_DAMAGED
    made = Source.objects.create(onboarding=owner, state=state, **{**ready, **columns})
    if password:
        details["password"] = sealing.seal(password, place=password_place(made.pk))
    SourceFile.objects.create(source=made, **details)
    return Source.objects.with_details().get(pk=made.pk)


def of_everything(client: Client) -> Onboarding:
    """Make an onboarding of a client's browser that has everything an address may show."""
    onboarding = rows.onboarding(client)
    for state in SourceState:
        rows.source(onboarding, state)
    for question in Question:
        asking(onboarding, question)
    made = rows.aggregation(onboarding, state="ready", due_at=None)
    onboarding.snapshot = Snapshot.objects.create(onboarding=onboarding, aggregation=made, generated_at=rows.ago())
    onboarding.save()
    return onboarding
