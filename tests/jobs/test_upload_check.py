"""The reading of own data before anything is sent: recognised, asked about, read whole, shown, or refused."""

import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import vault
from onboarding.jobs import moves, sources, uploads
from onboarding.models import (
    BalanceCheck,
    ColumnChoice,
    EventName,
    Failure,
    FileFormat,
    Onboarding,
    Question,
    Source,
    SourceState,
)
from onboarding.reading.layout import DateFormat, Encoding
from onboarding.services import files
from onboarding.views import column_form
from tests import file_rows, rows
from tests.jobs import deliveries
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db

SAID = files.Columns(
    encoding="utf-8",
    delimiter=";",
    header_row=0,
    date_format="YYYY-MM-DD",
    decimal=",",
    booked_on=0,
    amount=1,
    title=2,
    number=deliveries.IBAN,
    currency="PLN",
)


def test_an_export_is_recognised_read_and_shown(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940))
    assert (after.state, after.file.format, after.file.question) == (
        SourceState.ASKING,
        FileFormat.MT940,
        Question.PREVIEW,
    )
    assert (after.account_count, after.file.row_count, after.due_at) == (1, 2, after.give_up_at)
    account = after.file.preview_accounts.get()
    assert (account.number, account.currency, account.row_count) == (deliveries.IBAN, "PLN", 2)
    assert (account.opening_cents, account.closing_cents, account.balance_check) == (10000, 8550, BalanceCheck.OK)
    assert list(account.rows.values_list("amount_cents", flat=True)) == [-2000, 550]
    assert list(onboarding.events.values_list("name", "detail")) == [(EventName.FILE_ASKED, Question.PREVIEW)]


def test_what_will_be_sent_is_whole_and_exact_before_the_person_is_asked(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940))
    said = deliveries.payload_of(after.file.payload)
    assert said["ownerExternalId"] == onboarding.owner_external_id
    (account,) = said["accounts"]
    assert (account["iban"], account["currencyName"], account["currencyBalance"]) == (deliveries.IBAN, "PLN", "85.50")
    assert [row["currencyAmount"] for row in account["moneyTransactions"]] == ["-20.00", "5.50"]


def test_the_accounts_of_an_export_can_be_seen_again(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940))
    assert after.imported_accounts.count() == 1


def test_a_reading_whose_message_comes_twice_is_done_once(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940)
    sources.advance(source.pk)
    before = file_rows.in_vault()
    sources.advance(source.pk)
    assert file_rows.in_vault() == before
    assert rows.events(onboarding) == [EventName.FILE_ASKED]


def mt940(*, accounts: int = 1, payments: int = 1) -> bytes:
    """An export with many accounts or many payments."""
    each = (
        ":20:X\r\n:25:{}\r\n:28C:1/1\r\n:60F:C260301PLN0,00\r\n"
        + ":61:2603100310C1,00NTRFNONREF\r\n" * payments
        + f":62F:C260331PLN{payments},00\r\n-\r\n"
    )
    return "".join(each.format(f"0800/{number:06d}") for number in range(1, accounts + 1)).encode()


def test_the_first_rows_and_accounts_are_shown_and_all_of_them_are_ready_to_be_sent(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=mt940(accounts=22, payments=7)))
    assert (after.account_count, after.file.row_count) == (22, 154)
    shown = list(after.file.preview_accounts.all())
    assert len(shown) == 20
    assert {account.rows.count() for account in shown} == {5}
    assert after.imported_accounts.count() == 22
    assert len(deliveries.payload_of(after.file.payload)["accounts"]) == 22


REFUSED = {
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), Failure.FILE_FORMAT_UNKNOWN),
    "a PDF": (b"%PDF-1.7 and more", Failure.FILE_FORMAT_UNKNOWN),
    "cut short": (deliveries.MT940[:120], Failure.FILE_WRONG),
    "a wrong amount": (deliveries.MT940.replace(b"D20,00", b"Dxy,00"), Failure.FILE_WRONG),
    "no payment": (mt940(payments=0), Failure.FILE_WITHOUT_ROWS),
    "only the names of columns": (deliveries.CSV.partition(b"\n")[0] + b"\n", Failure.FILE_WITHOUT_ROWS),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_an_export_that_cannot_be_read_ends_with_its_kind_and_nothing_stays(
    onboarding: Onboarding, kind: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    content, failure = REFUSED[kind]
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(file_rows.upload(onboarding, content=content))
    assert (after.state, after.failure) == (SourceState.FAILED, failure)
    assert (after.file.stored_as, after.file.payload, file_rows.in_vault()) == (None, None, set())
    assert not after.imported_accounts.exists()


def test_a_wrong_file_says_where_and_what_was_expected(onboarding: Onboarding) -> None:
    content = deliveries.MT940.replace(b"D20,00", b"Dxy,00")
    file = advance(file_rows.upload(onboarding, content=content)).file
    assert (file.problem, file.line, file.element) == ("wrong_value", 5, ":61:")
    assert file.expected
    assert "xy" not in f"{file.problem}{file.element}{file.expected}"


def test_an_export_with_too_many_rows_is_too_long(onboarding: Onboarding, settings: Settings) -> None:
    settings.UPLOAD_MAX_ROWS = 1
    assert advance(file_rows.upload(onboarding, content=deliveries.MT940)).failure == Failure.FILE_TOO_LONG


def test_an_export_whose_reader_is_too_slow_ends_so(onboarding: Onboarding, settings: Settings) -> None:
    settings.UPLOAD_READ_SECONDS = 0
    assert advance(file_rows.upload(onboarding, content=deliveries.MT940)).failure == Failure.FILE_TOO_SLOW


def test_an_export_over_which_three_readers_died_is_damaged(
    onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    source = file_rows.upload(onboarding, content=deliveries.MT940)
    for tries in (1, 2):
        after = advance(source)
        assert (after.state, after.attempts) == (SourceState.CHECKING, tries)
        rows.due_now(source)
    assert advance(source).failure == Failure.FILE_DAMAGED


def test_an_export_whose_payload_would_be_too_large_is_too_long_and_leaves_nothing(
    onboarding: Onboarding, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.UPLOAD_MAX_BYTES = 20
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(file_rows.upload(onboarding, content=deliveries.MT940))
    assert after.failure == Failure.FILE_TOO_LONG
    assert file_rows.in_vault() == set()


def test_an_export_whose_file_is_gone_is_expired(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940)
    vault.delete(source.file.stored_as)
    assert advance(source).failure == Failure.FILE_EXPIRED


def test_an_export_whose_seal_is_broken_is_damaged(onboarding: Onboarding, settings: Settings) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940)
    settings.FIELD_ENCRYPTION_KEYS = {"k9": bytes(32)}
    assert advance(source).failure_code == "SealBroken"


def test_an_export_that_nobody_could_read_in_time_is_expired(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940, give_up_at=rows.ago(seconds=1)))
    assert after.failure == Failure.FILE_EXPIRED


def test_a_worker_lost_while_reading_costs_nothing(onboarding: Onboarding) -> None:
    source = file_rows.upload(
        onboarding, content=deliveries.MT940, claim="lost", claimed_until=rows.ago(seconds=1), lost_claims=1
    )
    assert advance(source).file.question == Question.PREVIEW


def test_an_account_comes_once_though_another_stands_between(onboarding: Onboarding) -> None:
    later = deliveries.MT940.replace(b"PLN85,50", b"PLN71,00").replace(b"260301PLN100,00", b"260331PLN85,50")
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940 + mt940(payments=2) + later))
    assert (after.account_count, after.file.row_count, after.file.preview_accounts.count()) == (2, 6, 2)
    accounts = deliveries.payload_of(after.file.payload)["accounts"]
    assert [len(account["moneyTransactions"]) for account in accounts] == [4, 2]
    assert after.file.preview_accounts.first().balance_check == BalanceCheck.OK


def test_a_wrong_number_of_the_other_side_is_shown_but_not_sent_as_a_number(onboarding: Onboarding) -> None:
    wrong = deliveries.IBAN[:2] + "00" + deliveries.IBAN[4:]
    content = deliveries.MT940.replace(b"~20Rent March", f"~20Rent March~32Jan~31{wrong}".encode())
    after = advance(file_rows.upload(onboarding, content=content))
    (account,) = deliveries.payload_of(after.file.payload)["accounts"]
    assert account["moneyTransactions"][0]["party"] == f"Jan {wrong}"
    assert "partyIban" not in account["moneyTransactions"][0]


def test_an_own_number_with_wrong_check_digits_is_a_wrong_file(onboarding: Onboarding) -> None:
    wrong = deliveries.IBAN[:2] + "00" + deliveries.IBAN[4:]
    content = deliveries.MT940.replace(deliveries.IBAN.encode(), wrong.encode())
    after = advance(file_rows.upload(onboarding, content=content))
    assert (after.failure, after.file.line, after.file.expected) == (Failure.FILE_WRONG, 2, "an_account")


def test_a_number_that_the_service_would_take_for_a_wrong_iban_is_sent_as_the_account_s_name(
    onboarding: Onboarding,
) -> None:
    content = deliveries.MT940.replace(deliveries.IBAN.encode(), b"INGBPLPW/12345")
    after = advance(file_rows.upload(onboarding, content=content))
    (account,) = deliveries.payload_of(after.file.payload)["accounts"]
    assert (account.get("iban"), account["name"]) == (None, "INGBPLPW/12345")
    assert after.file.preview_accounts.get().number == "INGBPLPW/12345"


@pytest.fixture
def table(onboarding: Onboarding) -> Source:
    """A table of payments that has just come in."""
    return file_rows.upload(onboarding, content=deliveries.CSV)


def test_a_table_is_asked_about_once_showing_what_was_guessed(table: Source) -> None:
    after = advance(table)
    assert (after.state, after.file.question) == (SourceState.ASKING, Question.COLUMNS)
    guess = after.file.columns
    assert (guess.said_by_person, guess.encoding, guess.delimiter, guess.header_row) == (False, "utf-8", ";", 0)
    assert (guess.transaction_on, guess.amount, guess.title, guess.decimal) == (0, 1, 2, ",")
    cells = {(cell.row, cell.column): cell.text for cell in after.file.cells.all()}
    assert (cells[0, 1], cells[1, 1], cells[2, 2]) == ("Kwota", "-20,00", "Refund")
    assert after.file.payload is None


def test_whatever_can_be_guessed_can_be_chosen() -> None:
    assert {value for value, _words in column_form.ENCODINGS} == set(Encoding)
    assert {value for value, _words in column_form.DATE_FORMATS} == set(DateFormat)
    assert max(map(len, DateFormat)) <= ColumnChoice._meta.get_field("date_format").max_length
    assert max(map(len, Encoding)) <= ColumnChoice._meta.get_field("encoding").max_length


def said(table: Source, **changes: object) -> Source:
    """Say what the columns of a table hold, and let a worker read it."""
    asked = advance(table) if table.state == SourceState.CHECKING else table
    files.choose_columns(source=asked, columns=replace(SAID, **changes))
    return advance(rows.again(asked))


def test_a_table_is_read_as_the_person_said(table: Source) -> None:
    after = said(table)
    assert (after.file.question, after.file.row_count) == (Question.PREVIEW, 2)
    (account,) = deliveries.payload_of(after.file.payload)["accounts"]
    assert (account["iban"], account["currencyName"]) == (deliveries.IBAN, "PLN")
    assert [Decimal(row["currencyAmount"]) for row in account["moneyTransactions"]] == [Decimal(-20), Decimal("5.5")]


WRONGLY = {
    "the wrong date": {"date_format": "DD.MM.YYYY"},
    "text for amounts": {"amount": 2},
    "no currency": {"currency": ""},
    "another delimiter": {"delimiter": "|"},
}


@pytest.mark.parametrize("kind", WRONGLY)
def test_columns_that_were_chosen_wrongly_are_asked_about_again_with_the_place(table: Source, kind: str) -> None:
    after = said(table, **WRONGLY[kind])
    assert (after.state, after.file.question) == (SourceState.ASKING, Question.COLUMNS)
    assert after.file.problem
    assert after.file.stored_as in file_rows.in_vault()
    again = said(after)
    assert (again.file.question, again.file.problem, again.file.line) == (Question.PREVIEW, "", None)


def shown(source: Source) -> dict[tuple[int, int], str]:
    return {(cell.row, cell.column): cell.text for cell in source.file.cells.all()}


def test_columns_asked_about_again_are_shown_as_the_person_cut_them(table: Source) -> None:
    after = said(table, delimiter="|", encoding="cp1250")
    assert shown(after) == {
        (0, 0): "Data;Kwota;Tytuł".encode().decode("cp1250"),
        (1, 0): "2026-03-10;-20,00;Rent",
        (2, 0): "2026-03-11;5,50;Refund",
    }
    assert (after.file.columns.delimiter, after.file.columns.said_by_person) == ("|", True)
    again = said(after, date_format="DD.MM.YYYY")
    assert shown(again)[1, 2] == "Rent"


def test_a_header_that_the_person_placed_elsewhere_is_shown_there(table: Source) -> None:
    assert shown(said(table, header_row=None, date_format="DD.MM.YYYY"))[1, 0] == "Data"


def test_a_table_with_one_broken_cell_says_where_it_is(onboarding: Onboarding) -> None:
    lines = [f"2026-03-{day:02d};-{day},50;tea" for day in range(10, 20)]
    lines[5] = lines[5].replace("-15,50", "fifteen")
    source = file_rows.upload(onboarding, content="\n".join(["Data;Kwota;Tytuł", *lines]).encode())
    guess = advance(source).file.columns
    assert (guess.transaction_on, guess.amount) == (0, 1)
    file = said(rows.again(source)).file
    assert (file.problem, file.line, file.column, file.expected) == ("wrong_value", 7, 2, "an_amount")


def test_a_table_can_be_read_anew_after_its_preview_and_the_first_payload_goes(
    table: Source, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first = said(table)
    with django_capture_on_commit_callbacks(execute=True):
        second = said(first, number="PL27114020040000300201355387")
    assert second.file.payload != first.file.payload
    assert file_rows.in_vault() == {second.file.stored_as, second.file.payload}
    assert second.file.preview_accounts.get().number == "PL27114020040000300201355387"
    assert second.imported_accounts.count() == 1


def test_a_column_that_tells_money_out_from_money_in_is_used_though_nobody_was_asked(onboarding: Onboarding) -> None:
    content = b"Date;Amount;D/C;Title\n2026-03-10;20,00;D;Rent\n2026-03-11;5,50;C;Refund\n2026-03-12;7,00;D;Tea\n"
    after = said(file_rows.upload(onboarding, content=content), title=3)
    (account,) = deliveries.payload_of(after.file.payload)["accounts"]
    assert [row["currencyAmount"] for row in account["moneyTransactions"]] == ["-20.00", "5.50", "-7.00"]


def test_a_table_with_too_many_rows_ends_whatever_the_columns_are(table: Source, settings: Settings) -> None:
    settings.UPLOAD_MAX_ROWS = 1
    assert said(table).failure == Failure.FILE_TOO_LONG


def test_a_file_that_ends_forgets_what_was_shown_of_it(table: Source, settings: Settings) -> None:
    settings.UPLOAD_MAX_ROWS = 1
    after = said(table)
    assert not after.file.cells.exists()
    assert not ColumnChoice.objects.exists()


def test_a_reading_that_lost_its_claim_leaves_no_payload_behind(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940, file__format=FileFormat.MT940)
    held = Source.objects.filter(pk=source.pk)
    before = file_rows.in_vault()
    rows.due_now(source)
    mine = moves.hold(source.pk)
    assert mine is not None
    held.update(claim="another")
    with pytest.raises(moves.ClaimLost):
        uploads.check(mine)
    assert file_rows.in_vault() == before


def test_a_reading_that_cannot_be_kept_leaves_no_payload_behind(
    onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940, file__format=FileFormat.MT940)
    before = file_rows.in_vault()

    def lost(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "previewrow" in sql.lower():
            raise DatabaseError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost), pytest.raises(DatabaseError):
        advance(source)
    assert file_rows.in_vault() == before


HOSTILE = {
    "a zero behind the beginning": mt940(payments=3000) + deliveries.MT940.replace(b":25:", b":25:PL\0"),
    "a zero in UTF-16": deliveries.MT940.decode().replace(":25:", ":25:PL\0").encode("utf-16"),
    "half a sign in UTF-16": deliveries.MT940.decode().replace("Rent", "\ud800").encode("utf-16", "surrogatepass"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_zero_ends_an_export_as_a_wrong_file_and_nothing_stays(
    onboarding: Onboarding, kind: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        after = advance(file_rows.upload(onboarding, content=HOSTILE[kind]))
    assert (after.failure, after.file.problem, file_rows.in_vault()) == (Failure.FILE_WRONG, "encoding", set())


def test_an_mt940_in_utf16_is_read(onboarding: Onboarding) -> None:
    after = advance(file_rows.upload(onboarding, content=deliveries.MT940.decode().encode("utf-16")))
    assert after.file.preview_accounts.get().number == deliveries.IBAN


def test_a_table_that_the_person_decodes_wrongly_is_asked_about_again_without_zeros(onboarding: Onboarding) -> None:
    after = said(file_rows.upload(onboarding, content=deliveries.CSV.decode().encode("utf-16-le")), encoding="cp1250")
    assert (after.file.question, after.file.problem) == (Question.COLUMNS, "encoding")
    assert all(text.isprintable() for text in shown(after).values())
