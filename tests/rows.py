"""Rows for tests, made as the product makes them, and moved in time by hand."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from onboarding import sealing, vault
from onboarding.browsers import SESSION_KEY
from onboarding.jobs import recognition
from onboarding.jobs.files import password_place
from onboarding.jobs.signin import signature_place
from onboarding.kontomatik.records import ImportedAccount
from onboarding.models import (
    Aggregation,
    BankSignIn,
    ColumnChoice,
    Failure,
    FileFormat,
    Onboarding,
    PreviewAccount,
    PreviewRow,
    Question,
    Source,
    SourceFile,
    SourceKind,
    SourceState,
    TableCell,
)
from onboarding.models.sources import ENDED_BADLY, OPEN_STATES
from onboarding.models.work import Work

SIGNATURE = "planted-signature-7712"


def onboarding(client: Client | None = None, **columns: Any) -> Onboarding:
    """Make an onboarding, bound to a client's browser session if one is given."""
    browser = ""
    if client is not None:
        session = client.session
        session[SESSION_KEY] = session.get(SESSION_KEY, uuid4().hex)
        session.save()
        client.cookies["session"] = session.session_key
        browser = hashlib.sha256(session[SESSION_KEY].encode()).hexdigest()
    now = timezone.now()
    values = {"country": "pl", "locale": "pl", "consented_at": now, "expires_at": now + timedelta(days=1)}
    return Onboarding.objects.create(**{"browser": browser, **values, **columns})


def source(owner: Onboarding, state: SourceState = SourceState.SIGNING_IN, **columns: Any) -> Source:
    """Make a bank source in a state, with all that belongs to that state; ``bank__`` columns go to its bank row."""
    now = timezone.now()
    bank = {name.removeprefix("bank__"): columns.pop(name) for name in list(columns) if name.startswith("bank__")}
    ready: dict[str, Any] = {"state_since": now, "due_at": now, "give_up_at": now + timedelta(minutes=15)}
    if state == SourceState.QUEUED:
        ready["queued_at"] = now
    if state == SourceState.IMPORTING:
        ready |= {"queued_at": now, "slot": free_slot()}
    if state in (SourceState.IMPORTED, SourceState.ABANDONED, SourceState.FAILED):
        ready |= {"due_at": None, "give_up_at": None, "ended_at": now}
    if state in (SourceState.ABANDONED, SourceState.FAILED):
        ready["failure"] = Failure.CANCELLED if state == SourceState.ABANDONED else Failure.SERVICE_FAULT
    made = Source.objects.create(onboarding=owner, state=state, **{**ready, **columns})
    details: dict[str, Any] = {"redirection_id": f"r-{made.uuid}", "link": "https://signin.vendor.example/x"}
    if state in (SourceState.QUEUED, SourceState.IMPORTING):
        details |= {
            "returned_at": now,
            "session_id": "planted-session-3001",
            "signature": sealing.seal(SIGNATURE, place=signature_place(made.pk)),
            "target": "KontoBank",
            "official_name": "KontoBank",
            "link": "",
        }
    if state == SourceState.IMPORTED:
        details |= {"returned_at": now, "target": "KontoBank", "official_name": "KontoBank", "link": ""}
    BankSignIn.objects.create(source=made, **{**details, **bank})
    return Source.objects.select_related("bank", "onboarding").get(pk=made.pk)


FILE_CONTENT = b"%PDF-planted-content-6620"
FILE_PAYLOAD = b"planted-payload-6621"
FILE_IBAN = "PL61109010140000071219812874"


def sealed(content: bytes = FILE_CONTENT) -> vault.Deposited:
    """Put a file into the vault."""
    with vault.begin(most_bytes=1 << 30) as deposit:
        deposit.write(content)
        return deposit.keep()


def statement(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make a PDF statement in a state, really sealed as long as it is open; ``file__`` columns go to its file row.

    ``content`` is the file's. An ``ASKING`` one waits for its password.
    """
    details = {"format": FileFormat.PDF, "name": "march.pdf", "target": "KontoBank", "bank_name": "KontoBank SA"}
    if state == SourceState.ASKING:
        details["question"] = Question.PASSWORD
    return _file_source(owner, SourceKind.STATEMENT, state, details, columns)


def upload(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make an own bank export in a state, as ``statement`` does; from ``ASKING`` on its payload is ready.

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
        previewed(made)
    return made


def previewed(made: Source, *ibans: str) -> None:
    """Give a source's file the accounts of a preview, and remember their fingerprints."""
    numbers = ibans or (FILE_IBAN,)
    for position, number in enumerate(numbers):
        account = PreviewAccount.objects.create(
            file=made.file, position=position, number=number, currency="PLN", row_count=3
        )
        PreviewRow.objects.create(account=account, position=0, amount_cents=-2000, text="Rent")
    accounts = [ImportedAccount(iban=number, name=None, currency="PLN") for number in numbers]
    recognition.remember(made, recognition.fingerprints(accounts))


def columns_asked(owner: Onboarding, **columns: Any) -> Source:
    """Make a CSV export whose columns were guessed and are asked about."""
    details = {"file__question": Question.COLUMNS, "file__format": FileFormat.CSV, "file__name": "payments.csv"}
    made = upload(owner, SourceState.ASKING, **{**details, **columns})
    ColumnChoice.objects.create(
        file=made.file,
        encoding="utf-8",
        delimiter=";",
        header_row=0,
        date_format="YYYY-MM-DD",
        decimal=",",
        booked_on=0,
        amount=1,
        currency="PLN",
        number=FILE_IBAN,
    )
    for row, cells in enumerate((("Date", "Amount"), ("2026-03-10", "-20,00"))):
        for column, text in enumerate(cells):
            TableCell.objects.create(file=made.file, row=row, column=column, text=text)
    return made


def _file_source(
    owner: Onboarding, kind: SourceKind, state: SourceState, details: dict[str, Any], columns: dict[str, Any]
) -> Source:
    now = timezone.now()
    until = now + timedelta(hours=1)
    details |= {name.removeprefix("file__"): columns.pop(name) for name in list(columns) if name.startswith("file__")}
    password = details.pop("password", "")
    content = columns.pop("content", FILE_CONTENT)
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
        ready |= {"slot": free_slot(), "give_up_at": now + timedelta(minutes=15)}
    if not is_open:
        ready |= {"due_at": None, "give_up_at": None, "ended_at": now}
    if state in ENDED_BADLY:
        ready["failure"] = Failure.CANCELLED if state == SourceState.ABANDONED else Failure.FILE_DAMAGED
    made = Source.objects.create(onboarding=owner, state=state, **{**ready, **columns})
    if password:
        details["password"] = sealing.seal(password, place=password_place(made.pk))
    SourceFile.objects.create(source=made, **details)
    return Source.objects.with_details().get(pk=made.pk)


def in_vault() -> set[str]:
    """Return the names of all sealed files."""
    return {name for name, _ in vault.names()}


def free_slot() -> int:
    """Return a slot number that no source holds."""
    taken = set(Source.objects.exclude(slot=None).values_list("slot", flat=True))
    return next(number for number in range(1, 1000) if number not in taken)


def again(row: Source) -> Source:
    """Read a source anew, with what belongs to it."""
    return Source.objects.with_details().get(pk=row.pk)


def polling(owner: Onboarding, **columns: Any) -> Source:
    """Make a source whose import was started and is watched by its command."""
    started: dict[str, Any] = {
        "bank__signature": "",
        "bank__session_id": "",
        "bank__start_asked_at": timezone.now(),
        "bank__command_id": "455026009",
    }
    return source(owner, SourceState.IMPORTING, **{**started, **columns})


def watching(owner: Onboarding, **columns: Any) -> Source:
    """Make a source whose start was not answered: it is watched by the aggregate."""
    return polling(owner, **{"bank__command_id": "", **columns})


def aggregation(owner: Onboarding, **columns: Any) -> Aggregation:
    """Make the newest request for a summary of an onboarding."""
    now = timezone.now()
    made = Aggregation.objects.create(
        onboarding=owner, **{"due_at": now, "give_up_at": now + timedelta(minutes=15), **columns}
    )
    owner.aggregation = made
    owner.finished_at = now
    owner.save()
    return made


def due_now(row: Work) -> None:
    """Let the time come at which a row is due."""
    type(row)._default_manager.filter(pk=row.pk).update(due_at=timezone.now())


def change(row: Source, **columns: Any) -> Source:
    """Write columns of a source (``bank__`` and ``file__`` ones to its own row of these) and read it anew."""
    file = {name.removeprefix("file__"): columns.pop(name) for name in list(columns) if name.startswith("file__")}
    if file:
        SourceFile.objects.filter(pk=row.pk).update(**file)
    bank = {name.removeprefix("bank__"): columns.pop(name) for name in list(columns) if name.startswith("bank__")}
    if columns:
        Source.objects.filter(pk=row.pk).update(**columns)
    if bank:
        BankSignIn.objects.filter(pk=row.pk).update(**bank)
    return again(row)


def ago(**span: float) -> datetime:
    """Return an instant that lies back, such as ``ago(minutes=5)``."""
    return timezone.now() - timedelta(**span)


def events(owner: Onboarding) -> list[str]:
    """Return the names of what happened to an onboarding, oldest first."""
    return list(owner.events.order_by("pk").values_list("name", flat=True))
