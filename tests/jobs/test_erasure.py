"""Erasure: everything of the person goes, here at once and at the vendor with proof."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from onboarding import journal
from onboarding.jobs import aggregation, erasure, line, sources
from onboarding.jobs.erasure import ERASED, KEPT
from onboarding.models import (
    Account,
    AccountListing,
    Actor,
    BankSignIn,
    CurrencyTotal,
    Erasure,
    Event,
    EventName,
    FailedCheck,
    Failure,
    ImportedAccount,
    Invitation,
    LabelTotal,
    MonthTotal,
    Onboarding,
    Person,
    Question,
    Snapshot,
    Source,
    SourceState,
    Transaction,
)
from tests import file_rows, rows, vendor_says

pytestmark = pytest.mark.django_db

BANK = vendor_says.target_xml(vendor_says.account_xml())


def models_of_a_person() -> set[type[Model]]:
    """Return every model from which a chain of foreign keys leads to an onboarding."""
    found: set[type[Model]] = {Onboarding}
    while True:
        more = {
            model
            for model in apps.get_models()
            if model not in found
            and any(field.related_model in found for field in model._meta.get_fields() if field.concrete)
        }
        if not more:
            return found
        found |= more


def whole(onboarding: Onboarding) -> Onboarding:
    """Give an onboarding a row of everything there is."""
    now = timezone.now()
    for state in SourceState:
        if state != SourceState.IMPORTING:
            source = rows.source(onboarding, state)
            ImportedAccount.objects.create(source=source, fingerprint="f" * 64)
        if state not in (SourceState.SIGNING_IN, SourceState.IMPORTING):
            file_rows.statement(onboarding, state)
            file_rows.upload(onboarding, state)
    FailedCheck.objects.create(file=file_rows.asking(onboarding, Question.COLUMNS).file, name="Fonts")
    made = rows.aggregation(onboarding)
    snapshot = Snapshot.objects.create(onboarding=onboarding, aggregation=made)
    account = Account.objects.create(snapshot=snapshot, position=0)
    Transaction.objects.create(snapshot=snapshot, account=account, day=now.date(), amount_cents=1)
    AccountListing.objects.create(snapshot=snapshot, account=account, number=1)
    Person.objects.create(snapshot=snapshot, name="Maria")
    sums = {"snapshot": snapshot, "currency": "PLN", "in_cents": 1, "out_cents": 1}
    CurrencyTotal.objects.create(**sums)
    MonthTotal.objects.create(**sums, month=f"{now:%Y-%m}")
    LabelTotal.objects.create(**sums, label="rent", transaction_count=1)
    Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=snapshot, return_url="https://host.example/person/77")
    Invitation.objects.create(token_digest="d" * 64, country="pl", onboarding=onboarding, expires_at=now)
    journal.record(EventName.STARTED, onboarding_id=onboarding.pk, actor=Actor.USER)
    return onboarding


def step(onboarding: Onboarding) -> Erasure:
    """Let a worker take the next step of an erasure that is due now."""
    asked = Erasure.objects.get(onboarding=onboarding)
    rows.due_now(asked)
    erasure.advance(asked.pk)
    asked.refresh_from_db()
    return asked


@pytest.fixture
def erased(onboarding: Onboarding) -> Onboarding:
    """An onboarding that was erased here and not yet at the vendor."""
    erasure.begin(onboarding.pk, actor=Actor.USER)
    return Onboarding.objects.get(pk=onboarding.pk)


def test_the_invitation_keeps_no_word_of_the_person(onboarding: Onboarding) -> None:
    written = {"note": "case 4711", "return_url": "https://host.example/person/77"}
    for digest, owner in (("d", onboarding), ("e", rows.onboarding())):
        Invitation.objects.create(
            token_digest=digest * 64, country="pl", onboarding=owner, expires_at=timezone.now(), **written
        )
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert list(Invitation.objects.filter(onboarding=onboarding).values("note", "return_url")) == [
        {"note": "", "return_url": ""}
    ]
    assert Invitation.objects.exclude(onboarding=onboarding).filter(**written).count() == 1


def test_every_model_that_hangs_on_a_person_is_erased_or_kept_on_purpose() -> None:
    unclassified = models_of_a_person() - ERASED - KEPT
    assert {model.__name__ for model in unclassified} == set()
    assert frozenset() == ERASED & KEPT


def test_everything_of_the_person_goes(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    whole(onboarding)
    assert {model.__name__ for model in ERASED if not model._default_manager.exists()} == set()
    erasure.begin(onboarding.pk, actor=Actor.USER)
    vendor_says.deletion(vendor, onboarding, body="<reply/>")
    vendor_says.owner_unknown(vendor, onboarding)
    assert step(onboarding).state == Erasure.State.PROVED
    assert {model.__name__ for model in ERASED if model._default_manager.exists()} == set()
    assert {model.__name__ for model in KEPT if not model._default_manager.exists()} == set()


def test_at_once_nothing_of_the_person_is_shown_any_more(onboarding: Onboarding) -> None:
    whole(onboarding)
    assert erasure.begin(onboarding.pk, actor=Actor.USER)
    after = Onboarding.objects.get(pk=onboarding.pk)
    assert (after.snapshot, after.aggregation, after.return_url) == (None, None, "")
    assert after.erased_at is not None
    assert not after.sources.exists()
    assert not ImportedAccount.objects.exists()


def test_another_person_keeps_everything(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    other = whole(rows.onboarding())
    before = {model: model._default_manager.count() for model in ERASED}
    erasure.begin(onboarding.pk, actor=Actor.USER)
    vendor_says.deletion(vendor, onboarding, body="<reply/>")
    vendor_says.owner_unknown(vendor, onboarding)
    step(onboarding)
    assert {model: model._default_manager.count() for model in ERASED} == before
    assert Onboarding.objects.get(pk=other.pk).snapshot is not None


def test_an_erasure_is_begun_once(erased: Onboarding) -> None:
    assert erasure.begin(erased.pk, actor=Actor.USER) is False
    assert Erasure.objects.filter(onboarding=erased).count() == 1
    assert rows.events(erased) == [EventName.ERASED]


def test_the_vendor_is_asked_to_delete_and_then_read_for_proof(
    vendor: responses.RequestsMock, erased: Onboarding
) -> None:
    vendor_says.deletion(vendor, erased, body="<reply/>")
    vendor_says.owner_unknown(vendor, erased)
    proved = step(erased)
    assert (proved.state, proved.due_at) == (Erasure.State.PROVED, None)
    assert proved.vendor_asked_at is not None
    assert proved.proved_at is not None
    assert [call.request.method for call in vendor.calls] == ["DELETE", "GET"]
    assert rows.events(erased)[-1] == EventName.ERASURE_PROVED


def test_an_owner_without_accounts_and_people_is_proof_enough(
    vendor: responses.RequestsMock, erased: Onboarding
) -> None:
    vendor_says.deletion(vendor, erased, body="<reply/>")
    vendor_says.aggregate_of(vendor, erased)
    assert step(erased).state == Erasure.State.PROVED


def test_what_the_vendor_still_holds_is_no_proof(vendor: responses.RequestsMock, erased: Onboarding) -> None:
    vendor_says.deletion(vendor, erased, body="<reply/>")
    vendor_says.aggregate_of(vendor, erased, BANK)
    after = step(erased)
    assert (after.state, after.attempts, after.proved_at) == (Erasure.State.ASKED, 1, None)
    assert after.due_at is not None


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        ({"body": "", "status": 503}, 1, 3),
        ({"body": "<reply status='401'/>", "status": 401}, 290, 300),
        ({"body": vendor_says.refusal("SomethingNobodyListed"), "status": 400}, 290, 300),
    ],
    ids=["down", "wrong key", "refused"],
)
def test_a_vendor_that_does_not_delete_is_asked_again(
    vendor: responses.RequestsMock, erased: Onboarding, answer: dict[str, object], least: int, most: int
) -> None:
    vendor_says.deletion(vendor, erased, **answer)
    after = step(erased)
    assert (after.state, after.vendor_asked_at) == (Erasure.State.ASKED, None)
    assert after.due_at is not None
    assert least < (after.due_at - timezone.now()).total_seconds() <= most


def test_a_vendor_that_never_deletes_leaves_it_unproved_and_staff_are_told(
    vendor: responses.RequestsMock, erased: Onboarding
) -> None:
    Erasure.objects.filter(onboarding=erased).update(give_up_at=rows.ago(seconds=1))
    vendor_says.deletion(vendor, erased, body=vendor_says.refusal("CommandNotAvailable"), status=400)
    after = step(erased)
    assert (after.state, after.due_at, after.failure_code) == (
        Erasure.State.UNPROVED,
        None,
        "CommandNotAvailable",
    )
    assert rows.events(erased)[-1] == EventName.ERASURE_UNPROVED


def test_a_rest_that_cannot_be_read_is_no_proof(vendor: responses.RequestsMock, erased: Onboarding) -> None:
    vendor_says.deletion(vendor, erased, body="<reply/>")
    vendor_says.aggregate(vendor, erased, body="<html>")
    assert step(erased).state == Erasure.State.ASKED


def test_an_erasure_is_tried_for_two_days(erased: Onboarding) -> None:
    asked = Erasure.objects.get(onboarding=erased)
    assert asked.give_up_at is not None
    assert asked.give_up_at - asked.asked_at > timedelta(hours=47)


def test_an_import_in_flight_keeps_its_bare_row_and_its_slot(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    after = rows.again(source)
    assert after.slot == source.slot
    assert (after.bank.target, after.bank.official_name, after.bank.link) == ("", "", "")


def test_an_import_in_flight_is_waited_for_and_deleted_again_after_it(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.polling(onboarding)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    deletions = vendor_says.deletion(vendor, onboarding, body="<reply/>")
    assert step(onboarding).state == Erasure.State.ASKED
    vendor_says.successful(vendor, vendor_says.IBAN)
    rows.due_now(source)
    sources.advance(source.pk)
    assert not Source.objects.filter(pk=source.pk).exists()
    assert step(onboarding).state == Erasure.State.ASKED
    Erasure.objects.filter(onboarding=onboarding).update(not_before=rows.ago(seconds=1))
    vendor_says.owner_unknown(vendor, onboarding)
    assert step(onboarding).state == Erasure.State.PROVED
    assert deletions.call_count == 3


ASKED = {"bank__start_asked_at": timezone.now()}
MAY_RUN_ON: dict[str, Callable[[Onboarding], Source]] = {
    "importing": rows.polling,
    "timed out": lambda owner: rows.source(owner, SourceState.FAILED, failure=Failure.TIMED_OUT, **ASKED),
    "given up": lambda owner: rows.source(owner, SourceState.FAILED, failure=Failure.BANK_UNAVAILABLE, **ASKED),
    "garbled": lambda owner: rows.source(owner, SourceState.FAILED, failure=Failure.GARBLED_REPLY, **ASKED),
    "a statement being sent": lambda owner: file_rows.statement(owner, SourceState.IMPORTING),
    "an unanswered statement": lambda owner: file_rows.statement(
        owner, SourceState.FAILED, failure=Failure.TIMED_OUT, file__sent_at=timezone.now()
    ),
    "unanswered own data": lambda owner: file_rows.upload(
        owner, SourceState.FAILED, failure=Failure.TIMED_OUT, file__sent_at=timezone.now()
    ),
    "refused for now": lambda owner: rows.source(owner, SourceState.QUEUED, **ASKED),
}


@pytest.mark.parametrize("kind", MAY_RUN_ON)
def test_a_command_that_may_run_on_puts_the_proof_off_by_the_time_an_import_may_take(
    vendor: responses.RequestsMock, onboarding: Onboarding, kind: str
) -> None:
    MAY_RUN_ON[kind](onboarding)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    Source.objects.all().delete()
    deletions = vendor_says.deletion(vendor, onboarding, body="<reply/>")
    early = step(onboarding)
    assert (early.state, early.due_at) == (Erasure.State.ASKED, early.not_before)
    assert early.not_before is not None
    assert early.not_before >= early.asked_at + settings.IMPORT_DEADLINE - timedelta(seconds=1)
    Erasure.objects.filter(pk=early.pk).update(not_before=rows.ago(seconds=1))
    vendor_says.owner_unknown(vendor, onboarding)
    assert step(onboarding).state == Erasure.State.PROVED
    assert deletions.call_count == 2


@pytest.mark.parametrize(
    ("state", "columns"),
    [
        (SourceState.FAILED, {"failure": Failure.TIMED_OUT}),
        (SourceState.FAILED, {"failure": Failure.CREDENTIALS, **ASKED}),
        (SourceState.IMPORTED, ASKED),
        (SourceState.QUEUED, {}),
    ],
    ids=["never started", "ended at the bank", "imported", "in the line"],
)
def test_an_import_that_is_over_or_never_began_does_not_put_the_proof_off(
    onboarding: Onboarding, state: SourceState, columns: dict[str, Any]
) -> None:
    rows.source(onboarding, state, **columns)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert Erasure.objects.get().not_before is None


def erase_during(vendor: responses.RequestsMock, path: str, onboarding: Onboarding, body: str, status: int) -> None:
    """Let the person erase everything while a call of an import is on its way."""

    def answer(request: object) -> tuple[int, dict[str, str], str]:
        erasure.begin(onboarding.pk, actor=Actor.USER)
        return status, {}, body

    vendor.add_callback("POST" if path == vendor_says.START_PATH else "GET", path, callback=answer)


DURING: dict[str, tuple[Callable[[Onboarding], Source], str, str, int]] = {
    "the poll that ends it": (
        rows.polling,
        vendor_says.COMMAND_PATH.format(vendor_says.COMMAND),
        '<reply><command id="1" state="successful"><result><accounts><account><iban>PL1</iban>'
        "<currencyName>PLN</currencyName></account></accounts></result></command></reply>",
        200,
    ),
    "a start that is refused for now": (
        lambda owner: rows.source(owner, SourceState.IMPORTING),
        vendor_says.START_PATH,
        vendor_says.refusal("JobsQuotaExceeded"),
        400,
    ),
}


@pytest.mark.parametrize("call", DURING)
def test_an_import_that_ends_during_the_erasure_leaves_nothing_either(
    vendor: responses.RequestsMock, onboarding: Onboarding, call: str
) -> None:
    make, path, body, status = DURING[call]
    source = make(onboarding)
    erase_during(vendor, path, onboarding, body, status)
    rows.due_now(source)
    sources.advance(source.pk)
    assert not Source.objects.exists()
    assert not ImportedAccount.objects.exists()
    assert line.promote() == []


def test_a_source_that_a_lost_worker_left_behind_does_not_keep_the_erasure_open(
    vendor: responses.RequestsMock, erased: Onboarding
) -> None:
    ended = rows.source(erased, SourceState.IMPORTED)
    vendor_says.deletion(vendor, erased, body="<reply/>")
    vendor_says.owner_unknown(vendor, erased)
    assert step(erased).state == Erasure.State.PROVED
    assert not BankSignIn.objects.filter(pk=ended.pk).exists()


def test_a_summary_asked_for_before_the_erasure_is_not_made(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    made = rows.aggregation(onboarding)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    aggregation.advance(made.pk)
    assert not Snapshot.objects.exists()


def test_the_events_that_stay_name_no_account_and_no_person(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.polling(onboarding)
    vendor_says.successful(vendor, vendor_says.IBAN)
    sources.advance(source.pk)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    said = " ".join(f"{event.name} {event.detail}" for event in Event.objects.filter(onboarding=onboarding))
    assert vendor_says.IBAN not in said
    assert "Konto" not in said
