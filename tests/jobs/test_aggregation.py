"""Making the summary: complete or not at all, shown by one flip, the old one kept until then."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from django.db.models import Model
from django.utils import timezone
from pytest_django import Settings

from onboarding import sealing
from onboarding.jobs import aggregation, erasure
from onboarding.models import (
    Account,
    Actor,
    Aggregation,
    EventName,
    Failure,
    Onboarding,
    Snapshot,
    Source,
    SourceState,
    Transaction,
)
from tests import rows, vendor_says

pytestmark = pytest.mark.django_db

BANK = vendor_says.target_xml(vendor_says.account_xml(rows_count=3))


def imported(owner: Onboarding, *ibans: str, **columns: Any) -> Source:
    """An imported source that named these accounts."""
    source = rows.source(owner, SourceState.IMPORTED, **{"account_count": len(ibans), **columns})
    for iban in ibans:
        source.imported_accounts.create(fingerprint=sealing.fingerprint(iban, currency="PLN"))
    return source


def make(row: Aggregation) -> Aggregation:
    """Let a worker take the next step of an aggregation that is due now."""
    rows.due_now(row)
    aggregation.advance(row.pk)
    row.refresh_from_db()
    return row


def shown(owner: Onboarding) -> Snapshot | None:
    """Return what the person sees now."""
    return Onboarding.objects.get(pk=owner.pk).snapshot


@pytest.fixture
def shown_before(onboarding: Onboarding) -> Snapshot:
    """An earlier summary that is shown."""
    old = Aggregation.objects.create(onboarding=onboarding, state=Aggregation.State.READY)
    snapshot = Snapshot.objects.create(onboarding=onboarding, aggregation=old)
    account = Account.objects.create(snapshot=snapshot, position=0, currency="PLN")
    Transaction.objects.create(snapshot=snapshot, account=account, day=timezone.now().date(), amount_cents=1)
    onboarding.snapshot = snapshot
    onboarding.save()
    return snapshot


def test_a_complete_aggregate_is_shown(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    imported(onboarding, vendor_says.IBAN)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = make(rows.aggregation(onboarding))
    assert (row.state, row.due_at, row.give_up_at) == (Aggregation.State.READY, None, None)
    snapshot = shown(onboarding)
    assert snapshot is not None
    assert (snapshot.transaction_count, snapshot.transactions.count()) == (3, 3)
    assert snapshot.generated_at is not None
    assert rows.events(onboarding) == [EventName.SUMMARY_READY]


def test_an_aggregate_beyond_the_allowed_size_is_refused_and_nothing_of_it_shown(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot, settings: Settings
) -> None:
    settings.AGGREGATE_MAX_BYTES = 100
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = make(rows.aggregation(onboarding))
    assert (row.state, row.unreadable_replies) == (Aggregation.State.FETCHING, 1)
    assert shown(onboarding) == shown_before


def test_the_recorded_command_reply_is_no_aggregate_and_is_never_shown(
    vendor: responses.RequestsMock, onboarding: Onboarding, recorded: Path
) -> None:
    vendor_says.aggregate(vendor, onboarding, body=(recorded / "command.successful.200.xml").read_bytes())
    row = rows.aggregation(onboarding)
    for _ in range(3):
        make(row)
    assert (row.state, row.failure) == (Aggregation.State.FAILED, Failure.UNREADABLE_AMOUNTS)
    assert shown(onboarding) is None


def test_the_snapshot_shown_before_is_deleted_after_the_flip(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot
) -> None:
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    make(rows.aggregation(onboarding))
    assert [snapshot.pk for snapshot in Snapshot.objects.all()] == [shown(onboarding).pk]  # type: ignore[union-attr]
    assert not Transaction.objects.filter(snapshot_id=shown_before.pk).exists()


def test_an_unreadable_amount_keeps_the_old_snapshot_and_names_the_element(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot
) -> None:
    bad = vendor_says.target_xml(vendor_says.account_xml(), vendor_says.account_xml(amount="12,50 zł"))
    vendor_says.aggregate_of(vendor, onboarding, bad)
    row = rows.aggregation(onboarding)
    states = [make(row).state for _ in range(3)]
    assert states == [Aggregation.State.FETCHING, Aggregation.State.FETCHING, Aggregation.State.FAILED]
    assert row.failure == Failure.UNREADABLE_AMOUNTS
    assert "owner[1]/target[1]/accounts/account[2]/moneyTransactions/moneyTransaction[1]/currencyAmount" in (
        row.failure_code
    )
    assert "12,50" not in row.failure_code
    assert shown(onboarding) == shown_before
    assert list(Snapshot.objects.all()) == [shown_before]
    assert EventName.STAFF_ALERT in rows.events(onboarding)


def test_the_aggregate_of_another_owner_fails_closed(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot
) -> None:
    vendor_says.aggregate(vendor, onboarding, body=vendor_says.aggregate_xml("somebody-else", BANK))
    row = make(rows.aggregation(onboarding))
    assert (row.state, row.failure) == (Aggregation.State.FAILED, Failure.OWNER_MISMATCH)
    assert list(Snapshot.objects.all()) == [shown_before]
    assert EventName.STAFF_ALERT in rows.events(onboarding)


def test_a_second_owner_of_another_id_fails_closed_too(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    own = vendor_says.aggregate_xml(onboarding.owner_external_id, BANK).removesuffix("</reply>")
    vendor_says.aggregate(vendor, onboarding, body=f'{own}<owner externalId="other">{BANK}</owner></reply>')
    assert make(rows.aggregation(onboarding)).failure == Failure.OWNER_MISMATCH
    assert not Account.objects.exists()


MISSING: dict[str, Callable[[Onboarding], Source]] = {
    "by its accounts": lambda owner: imported(owner, vendor_says.IBAN, vendor_says.OTHER_IBAN),
    "by its name": lambda owner: imported(owner, account_count=1, bank__target="OtherBank"),
}


@pytest.mark.parametrize("known", MISSING)
def test_a_bank_that_is_missing_is_waited_for(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot, known: str
) -> None:
    MISSING[known](onboarding)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = make(rows.aggregation(onboarding))
    assert row.state == Aggregation.State.FETCHING
    assert row.due_at is not None
    assert 3 < (row.due_at - timezone.now()).total_seconds() <= 4
    assert shown(onboarding) == shown_before
    assert list(Snapshot.objects.all()) == [shown_before]


@pytest.mark.parametrize("known", MISSING)
def test_after_a_minute_the_summary_is_shown_and_names_the_missing_bank(
    vendor: responses.RequestsMock, onboarding: Onboarding, known: str
) -> None:
    there, missing = imported(onboarding, vendor_says.IBAN), MISSING[known](onboarding)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = rows.aggregation(onboarding)
    Aggregation.objects.filter(pk=row.pk).update(created_at=rows.ago(seconds=61))
    assert make(row).state == Aggregation.State.READY
    assert rows.again(missing).missing_from_summary
    assert not rows.again(there).missing_from_summary


def test_a_bank_that_has_appeared_is_no_longer_called_missing(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = imported(onboarding, vendor_says.IBAN, missing_from_summary=True)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    make(rows.aggregation(onboarding))
    assert not rows.again(source).missing_from_summary


def test_a_bank_without_any_account_is_not_waited_for(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    imported(onboarding)
    vendor_says.owner_unknown(vendor, onboarding)
    assert make(rows.aggregation(onboarding)).state == Aggregation.State.READY
    assert shown(onboarding) is not None


def test_an_owner_not_known_yet_is_waited_for(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    imported(onboarding, vendor_says.IBAN)
    vendor_says.owner_unknown(vendor, onboarding)
    assert make(rows.aggregation(onboarding)).state == Aggregation.State.FETCHING


def test_an_owner_that_stays_unknown_fails_and_the_old_snapshot_stays(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot
) -> None:
    imported(onboarding, vendor_says.IBAN)
    vendor_says.owner_unknown(vendor, onboarding)
    row = rows.aggregation(onboarding)
    Aggregation.objects.filter(pk=row.pk).update(created_at=rows.ago(seconds=61))
    assert (make(row).state, row.failure) == (Aggregation.State.FAILED, Failure.NO_DATA)
    assert list(Snapshot.objects.all()) == [shown_before]
    assert shown(onboarding) == shown_before


def test_an_outage_is_waited_out(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    vendor_says.aggregate(vendor, onboarding, body="", status=503)
    row = make(rows.aggregation(onboarding))
    assert (row.state, row.attempts) == (Aggregation.State.FETCHING, 1)
    assert not Snapshot.objects.exists()


def test_a_wait_never_goes_beyond_the_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    vendor_says.aggregate(vendor, onboarding, body="", status=503, headers={"Retry-After": "3000"})
    row = make(rows.aggregation(onboarding))
    assert row.due_at == row.give_up_at


def test_an_outage_beyond_the_deadline_fails(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    vendor_says.aggregate(vendor, onboarding, body="", status=503)
    row = make(rows.aggregation(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (row.state, row.failure) == (Aggregation.State.FAILED, Failure.BANK_UNAVAILABLE)


def test_a_refused_key_fails_at_once_and_alerts_staff(
    vendor: responses.RequestsMock, onboarding: Onboarding, recorded: Path
) -> None:
    vendor_says.aggregate(vendor, onboarding, body=(recorded / "unauthorized.401.xml").read_bytes(), status=401)
    row = make(rows.aggregation(onboarding))
    assert (row.state, row.failure) == (Aggregation.State.FAILED, Failure.REFUSED_BY_SERVICE)
    assert EventName.STAFF_ALERT in rows.events(onboarding)


def test_an_empty_reply_is_tried_three_times_and_then_fails_as_unreadable(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    asked = vendor_says.aggregate(vendor, onboarding, body="")
    row = rows.aggregation(onboarding)
    states = [make(row).state for _ in range(3)]
    assert states == [Aggregation.State.FETCHING, Aggregation.State.FETCHING, Aggregation.State.FAILED]
    assert (row.failure, asked.call_count) == (Failure.GARBLED_REPLY, 3)


def test_a_second_message_for_the_same_summary_makes_nothing(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    asked = vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = make(rows.aggregation(onboarding))
    before = shown(onboarding)
    aggregation.advance(row.pk)
    assert (shown(onboarding), asked.call_count) == (before, 1)


def meanwhile(vendor: responses.RequestsMock, onboarding: Onboarding, happens: Callable[[], object]) -> None:
    """Let something happen while the aggregate is on its way."""

    def answer(request: object) -> tuple[int, dict[str, str], str]:
        happens()
        return 200, {}, vendor_says.aggregate_xml(onboarding.owner_external_id, BANK)

    vendor.add_callback("GET", vendor_says.AGGREGATE_PATH, callback=answer)


def test_nothing_is_stored_for_a_person_erased_meanwhile(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    row = rows.aggregation(onboarding)
    meanwhile(vendor, onboarding, lambda: erasure.begin(onboarding.pk, actor=Actor.USER))
    aggregation.advance(row.pk)
    kept: list[type[Model]] = [Transaction, Account, Snapshot]
    assert [model.__name__ for model in kept if model._default_manager.exists()] == []
    assert shown(onboarding) is None
    assert EventName.SUMMARY_READY not in rows.events(onboarding)


def test_a_worker_that_lost_its_claim_leaves_nothing(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    row = rows.aggregation(onboarding)
    meanwhile(vendor, onboarding, lambda: Aggregation.objects.filter(pk=row.pk).update(claim="another"))
    aggregation.advance(row.pk)
    row.refresh_from_db()
    assert (row.state, row.claim) == (Aggregation.State.FETCHING, "another")
    assert not Snapshot.objects.exists()
    assert shown(onboarding) is None


def test_what_a_lost_worker_left_half_written_is_deleted_first(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    row = rows.aggregation(onboarding)
    half = Snapshot.objects.create(onboarding=onboarding, aggregation=row)
    Account.objects.create(snapshot=half, position=0)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    make(row)
    assert Snapshot.objects.count() == 1
    assert Account.objects.count() == 1
    assert not Snapshot.objects.filter(pk=half.pk).exists()


def test_the_lease_is_renewed_with_every_batch(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    row = rows.aggregation(onboarding)

    def let_the_lease_run_low() -> None:
        Aggregation.objects.filter(pk=row.pk).update(claimed_until=timezone.now() + timedelta(milliseconds=1))

    meanwhile(vendor, onboarding, let_the_lease_run_low)
    assert make(row).state == Aggregation.State.READY


def test_a_bank_that_the_summary_holds_knows_it(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot
) -> None:
    source = imported(onboarding, vendor_says.IBAN, in_snapshot=shown_before)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    make(rows.aggregation(onboarding))
    assert rows.again(source).in_snapshot == shown(onboarding) != shown_before


@pytest.mark.parametrize("known", MISSING)
def test_a_bank_that_the_summary_was_made_without_is_not_in_it(
    vendor: responses.RequestsMock, onboarding: Onboarding, shown_before: Snapshot, known: str
) -> None:
    missing = MISSING[known](onboarding)
    rows.change(missing, in_snapshot=shown_before)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    row = rows.aggregation(onboarding)
    Aggregation.objects.filter(pk=row.pk).update(created_at=rows.ago(seconds=61))
    make(row)
    assert shown(onboarding) != shown_before
    assert rows.again(missing).in_snapshot is None


def test_a_bank_without_any_account_is_in_the_summary_of_an_unknown_owner(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = imported(onboarding)
    vendor_says.owner_unknown(vendor, onboarding)
    make(rows.aggregation(onboarding))
    assert rows.again(source).in_snapshot == shown(onboarding) is not None


def test_a_bank_imported_while_the_aggregate_was_read_is_not_in_the_summary(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    meanwhile(vendor, onboarding, lambda: imported(onboarding, vendor_says.IBAN))
    make(rows.aggregation(onboarding))
    assert shown(onboarding) is not None
    assert Source.objects.get().in_snapshot is None
