"""Every page a person can meet, each as rows and an address."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import ledger
from onboarding.kontomatik.records import Person
from onboarding.models import (
    AggregationState,
    BalanceCheck,
    CatalogBank,
    CatalogKind,
    Erasure,
    ErasureState,
    Failure,
    Onboarding,
    Question,
    SignInWay,
    Snapshot,
    Source,
    SourceState,
)
from onboarding.reading.refusals import Expected, Problem
from tests import catalogs, file_rows, rows
from tests.ledger.aggregates import account, aggregate, held, row, target

Scene = Callable[[Client], str]


def _hub(owner: Onboarding) -> str:
    return reverse("hub", args=[owner.uuid])


def empty_list(client: Client) -> str:
    return _hub(rows.onboarding(client))


def open_list(client: Client) -> str:
    owner = rows.onboarding(client)
    soon = timezone.now() + timedelta(minutes=9)
    rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(minutes=1))
    rows.source(owner, SourceState.SIGNING_IN, bank__return_code="AB7KQ2", bank__return_code_until=soon)
    rows.source(owner, SourceState.SIGNING_IN, bank__link="")
    rows.source(owner, SourceState.SIGNING_IN, bank__returned_at=timezone.now())
    rows.source(owner, SourceState.QUEUED)
    rows.source(owner, SourceState.IMPORTING, state_since=rows.ago(seconds=42))
    rows.source(owner, SourceState.IMPORTING, state_since=rows.ago(minutes=4))
    rows.source(owner, SourceState.IMPORTED, account_count=3)
    return _hub(owner)


def ended_list(client: Client) -> str:
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=0, missing_from_summary=True)
    rows.source(owner, SourceState.IMPORTED, account_count=2, repeats_earlier=True)
    rows.source(owner, SourceState.FAILED, failure=Failure.BANK_UNAVAILABLE, bank__command_id="77")
    for failure in (Failure.CREDENTIALS, Failure.OWNER_MISMATCH, Failure.NOT_RETURNED):
        rows.source(owner, SourceState.FAILED, failure=failure)
    return _hub(owner)


def list_with_files(client: Client) -> str:
    """Every state and every question of files, beside a bank that is done."""
    owner = rows.onboarding(client)
    rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(minutes=1))
    rows.source(owner, SourceState.IMPORTED, account_count=1)
    long = "wyciag_z_rachunku_osobistego_nr_61109010140000071219812874_2026-12.pdf"
    file_rows.statement(owner, SourceState.CHECKING, file__name=long)
    for question in Question:
        file_rows.asking(owner, question)
    file_rows.statement(owner, SourceState.QUEUED)
    file_rows.statement(owner, SourceState.IMPORTING, state_since=rows.ago(seconds=42))
    file_rows.upload(owner, SourceState.CHECKING)
    file_rows.upload(owner, SourceState.QUEUED)
    file_rows.upload(owner, SourceState.IMPORTING, state_since=rows.ago(minutes=4))
    file_rows.statement(owner, SourceState.IMPORTED, account_count=2)
    file_rows.upload(owner, SourceState.IMPORTED, account_count=1, missing_from_summary=True)
    return _hub(owner)


def list_of_refused_files(client: Client) -> str:
    owner = rows.onboarding(client)
    file_rows.statement(owner, SourceState.FAILED, failure=Failure.STATEMENT_TAMPERED)
    file_rows.statement(owner, SourceState.FAILED, failure=Failure.STATEMENT_UNSUPPORTED)
    file_rows.statement(owner, SourceState.FAILED, failure=Failure.SERVICE_FAULT)
    file_rows.upload(
        owner,
        SourceState.FAILED,
        failure=Failure.FILE_WRONG,
        file__problem=Problem.WRONG_VALUE,
        file__expected=Expected.A_DATE,
        file__line=7,
        file__column=3,
        file__element=":61:",
    )
    file_rows.upload(owner, SourceState.FAILED, failure=Failure.OWNER_MISMATCH)
    file_rows.upload(owner, SourceState.FAILED, failure=Failure.FILE_EXPIRED, file__name="", file__format="pushed")
    return _hub(owner)


def _statements(client: Client) -> str:
    return reverse("statements", args=[rows.onboarding(client).uuid])


def statements(client: Client) -> str:
    for name in ("Bank Łódzki", "KontoBank", "Zażółć Bank Spółdzielczy w Szczebrzeszynie"):
        CatalogBank.objects.create(kind=CatalogKind.STATEMENTS, country="pl", name=f"t-{name}", official_name=name)
    return _statements(client)


def statements_without_banks(client: Client) -> str:
    return _statements(client)


def statement_again(client: Client) -> str:
    owner = rows.onboarding(client)
    old = file_rows.statement(owner, SourceState.FAILED)
    return f"{reverse('statements', args=[owner.uuid])}?replaces={old.uuid}"


def uploads(client: Client) -> str:
    return reverse("uploads", args=[rows.onboarding(client).uuid])


def _file(source: Source) -> str:
    return reverse("file", args=[source.onboarding.uuid, source.uuid])


def file_password(client: Client) -> str:
    return _file(file_rows.asking(rows.onboarding(client), Question.PASSWORD))


def file_password_again(client: Client) -> str:
    return _file(file_rows.asking(rows.onboarding(client), Question.PASSWORD, file__password_tries=2))


def file_columns(client: Client) -> str:
    return _file(file_rows.asking(rows.onboarding(client), Question.COLUMNS))


def file_columns_again(client: Client) -> str:
    found = {
        "file__problem": Problem.WRONG_VALUE,
        "file__expected": Expected.AN_AMOUNT,
        "file__line": 12,
        "file__element": "column 2",
    }
    return _file(file_rows.asking(rows.onboarding(client), Question.COLUMNS, **found))


def file_preview(client: Client) -> str:
    """Three accounts: balances that agree, that differ, that are not told."""
    source = file_rows.asking(rows.onboarding(client), Question.PREVIEW)
    file_rows.preview(source, currency="EUR", balance_check=BalanceCheck.WRONG, difference_cents=-12_00)
    nothing = {"opening_cents": None, "closing_cents": None, "first_on": None, "last_on": None}
    file_rows.preview(source, number="", name="", bank="", balance_check=BalanceCheck.UNKNOWN, **nothing)
    return _file(source)


def file_columns_after_preview(client: Client) -> str:
    return f"{_file(file_rows.asking(rows.onboarding(client), Question.PREVIEW))}?question=columns"


def handoff(client: Client) -> str:
    source = rows.source(rows.onboarding(client))
    return reverse("handoff", args=[source.onboarding.uuid, source.uuid])


def handoff_with_the_form(client: Client) -> str:
    form = {"bank__way": SignInWay.WIDGET, "bank__redirection_id": None, "bank__link": ""}
    source = rows.source(rows.onboarding(client), **form)
    return reverse("handoff", args=[source.onboarding.uuid, source.uuid])


def bank_list(client: Client) -> str:
    for number in range(12):
        catalogs.bank(f"Bank{number}Api", account_types="personal\nbusiness", beta=number == 3)
    rows.source(rows.onboarding(), SourceState.IMPORTED, bank__institution="Bank7")
    return reverse("add_bank", args=[rows.onboarding(client).uuid])


def bank_list_without_a_match(client: Client) -> str:
    return bank_list(client) + "?q=nothing"


def bank_list_never_fetched(client: Client) -> str:
    return reverse("add_bank", args=[rows.onboarding(client).uuid])


def handoff_without_link_yet(client: Client) -> str:
    source = rows.source(rows.onboarding(client), bank__link="")
    return reverse("handoff", args=[source.onboarding.uuid, source.uuid])


def handoff_that_failed(client: Client) -> str:
    source = rows.source(
        rows.onboarding(client),
        SourceState.FAILED,
        failure=Failure.BANK_UNAVAILABLE,
        bank__redirection_id=None,
        bank__link="",
    )
    return reverse("handoff", args=[source.onboarding.uuid, source.uuid])


def return_in_another_browser(client: Client) -> str:
    source = rows.source(rows.onboarding())
    return f"{reverse('return')}?redirectionId={source.bank.redirection_id}&hop=1"


def return_without_cookie(client: Client) -> str:
    return f"{reverse('return')}?redirectionId=any"


def late_return(client: Client) -> str:
    source = rows.source(rows.onboarding(), SourceState.IMPORTED)
    return f"{reverse('return')}?redirectionId={source.bank.redirection_id}&hop=1"


def finish_early(client: Client) -> str:
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=1)
    rows.source(owner, SourceState.IMPORTING)
    rows.source(owner)
    file_rows.asking(owner, Question.PASSWORD, file__password_tries=1)
    return reverse("finish", args=[owner.uuid])


def finish_when_done(client: Client) -> str:
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=1)
    return reverse("finish", args=[owner.uuid])


def summary_being_made(client: Client) -> str:
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=1)
    rows.aggregation(owner, rows_stored=14_250)
    return reverse("summary", args=[owner.uuid])


def summary_that_failed(client: Client) -> str:
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=1)
    rows.aggregation(owner, state=AggregationState.FAILED, failure=Failure.UNREADABLE_AMOUNTS, due_at=None)
    return reverse("summary", args=[owner.uuid])


def summary(client: Client) -> str:
    """Two currencies, a card without balance, an account cut short, more rows than a page holds."""
    owner = rows.onboarding(client)
    rows.source(owner, SourceState.IMPORTED, account_count=3)
    made = rows.aggregation(owner, state=AggregationState.READY, due_at=None)
    snapshot = Snapshot.objects.create(onboarding=owner, aggregation=made, generated_at=timezone.now())
    many = [row(f"-{number}.00", title=f"payment {number}", labels=("grocery",)) for number in range(1, 61)]
    people = [Person("Maria Sochacka", "OWNER")]
    banks = [
        target(account(*many), account(row("5.00"), iban="PL02", currency="EUR", partial=True), people=people),
        target(account(iban="PL03", name="", balance=None), name="Other", official_name="Other bank"),
    ]
    ledger.store_aggregate(aggregate(*banks), snapshot=snapshot, renew=held)
    Onboarding.objects.filter(pk=owner.pk).update(snapshot=snapshot)
    rows.source(owner, SourceState.FAILED)
    return reverse("summary", args=[owner.uuid])


def erase(client: Client) -> str:
    return reverse("erase", args=[rows.onboarding(client).uuid])


def _erased(client: Client, **columns: object) -> str:
    owner = rows.onboarding(client, erased_at=rows.ago(minutes=2))
    Erasure.objects.create(onboarding=owner, **columns)
    return reverse("erase", args=[owner.uuid])


def erasure_under_way(client: Client) -> str:
    return _erased(client)


def erasure_proved(client: Client) -> str:
    return _erased(
        client, state=ErasureState.PROVED, vendor_asked_at=rows.ago(minutes=1), proved_at=rows.ago(seconds=1)
    )


def erasure_not_proved(client: Client) -> str:
    return _erased(client, state=ErasureState.UNPROVED, vendor_asked_at=rows.ago(minutes=1))


def home(client: Client) -> str:
    return reverse("home")


def home_again(client: Client) -> str:
    rows.onboarding(client)
    return reverse("home")


def consent(client: Client) -> str:
    return reverse("start")


def not_invited(client: Client) -> str:
    return reverse("start_invited", args=["nonsense"])


def not_yours(client: Client) -> str:
    return _hub(rows.onboarding())


def nowhere(client: Client) -> str:
    return "/nowhere/"


SCENES: tuple[Scene, ...] = (
    home,
    home_again,
    consent,
    not_invited,
    empty_list,
    open_list,
    ended_list,
    list_with_files,
    list_of_refused_files,
    statements,
    statements_without_banks,
    statement_again,
    uploads,
    file_password,
    file_password_again,
    file_columns,
    file_columns_again,
    file_preview,
    file_columns_after_preview,
    handoff,
    handoff_with_the_form,
    bank_list,
    bank_list_without_a_match,
    bank_list_never_fetched,
    handoff_without_link_yet,
    handoff_that_failed,
    return_in_another_browser,
    return_without_cookie,
    late_return,
    finish_early,
    finish_when_done,
    summary_being_made,
    summary_that_failed,
    summary,
    erase,
    erasure_under_way,
    erasure_proved,
    erasure_not_proved,
    not_yours,
    nowhere,
)
