"""Files with all that their pages show, on top of the files' rows."""

from datetime import date
from typing import Any
from uuid import uuid4

from onboarding.models import (
    BalanceCheck,
    ColumnChoice,
    FileFormat,
    Onboarding,
    PreviewAccount,
    PreviewRow,
    Question,
    Source,
    SourceState,
    TableCell,
)
from tests import rows

TABLE = (
    ("Data operacji", "Kwota", "Opis", "Kontrahent", "Saldo"),
    ("31.12.2026", "-1 250,00", "Czynsz za grudzień", "Spółdzielnia Mieszkaniowa Nad Wisłą", "7 195,80"),
    ("30.12.2026", "8 400,00", "Wynagrodzenie", "Zakład <b>Pracy</b>", "8 445,80"),
    ("29.12.2026", "-54,20", "Zakupy", "", "45,80"),
)


def statement(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make a PDF statement whose content no other file has."""
    return rows.statement(owner, state, content=uuid4().bytes, **columns)


def upload(owner: Onboarding, state: SourceState = SourceState.CHECKING, **columns: Any) -> Source:
    """Make an own bank export whose content no other file has."""
    return rows.upload(owner, state, content=uuid4().bytes, **columns)


def asking(owner: Onboarding, question: Question, **columns: Any) -> Source:
    """Make a file that waits for the answer to a question, with all that its page shows."""
    if question == Question.PASSWORD:
        return statement(owner, SourceState.ASKING, **columns)
    details = {"file__question": question, "file__format": FileFormat.CSV, "file__name": "historia.csv"}
    source = upload(owner, SourceState.ASKING, **{**details, **columns})
    if source.file.format == FileFormat.CSV:
        guess(source)
        table(source)
    if question == Question.PREVIEW:
        source.file.preview_accounts.all().delete()
        preview(source)
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
    """Give a file one account of its preview, with two rows."""
    values = {
        "position": source.file.preview_accounts.count(),
        "number": rows.FILE_IBAN,
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
    return account
