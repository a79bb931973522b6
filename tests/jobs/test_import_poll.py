"""A running import: every state and error of its command, and what an end leaves."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import responses
from django.utils import timezone

from onboarding.models import EventName, Failure, ImportedAccount, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance, is_due_in, is_over, seconds_put_off
from tests.jobs.test_import_start import FINAL_AT_START, OUTAGES

pytestmark = pytest.mark.django_db

COMMAND_FAILURES = {
    **FINAL_AT_START,
    "ServiceMaintenance": Failure.BANK_UNAVAILABLE,
    "ServiceTemporarilyUnavailable": Failure.BANK_UNAVAILABLE,
    "ConcurrentSessionsLimitExceed": Failure.BANK_UNAVAILABLE,
    "ConcurrentSessionsLimitExceeded": Failure.BANK_UNAVAILABLE,
    "JobsQuotaExceeded": Failure.SERVICE_BUSY,
    "DefaultImportAlreadyExecuted": Failure.SERVICE_FAULT,
}
FINAL_AT_POLL = {name: failure for name, failure in FINAL_AT_START.items() if name != "InvalidCommandId"} | {
    "DefaultImportAlreadyExecuted": Failure.SERVICE_FAULT
}


@pytest.fixture
def polled(onboarding: Onboarding) -> Source:
    """A source whose command is watched."""
    return rows.polling(onboarding)


@pytest.mark.parametrize("state", ["setup", "in_progress", "a_state_nobody_listed"])
def test_a_command_that_is_not_finished_is_looked_at_again_in_two_seconds(
    vendor: responses.RequestsMock, polled: Source, state: str
) -> None:
    vendor_says.running(vendor, state)
    after = advance(polled)
    assert (after.state, after.slot, after.attempts) == (SourceState.IMPORTING, polled.slot, 0)
    assert is_due_in(after, 1, 2)


@pytest.mark.parametrize(("taken", "seconds"), [(31, 2), (80, 4), (600, 5)])
def test_an_import_is_looked_at_less_often_the_longer_it_takes_and_within_the_contract(
    vendor: responses.RequestsMock, onboarding: Onboarding, taken: int, seconds: int
) -> None:
    source = rows.polling(onboarding, state_since=rows.ago(seconds=taken))
    vendor_says.running(vendor)
    assert is_due_in(advance(source), seconds - 1, seconds + 0.5)


def test_the_recorded_success_imports_the_bank(vendor: responses.RequestsMock, polled: Source, recorded: Path) -> None:
    vendor_says.command(vendor, body=(recorded / "command.successful.200.xml").read_bytes())
    after = advance(polled)
    assert (after.state, after.account_count, after.repeats_earlier) == (SourceState.IMPORTED, 1, False)
    assert after.bank.institution == "KontoBank"
    assert is_over(after)
    assert rows.events(polled.onboarding) == [EventName.IMPORTED]


def test_an_account_is_remembered_without_its_number(vendor: responses.RequestsMock, polled: Source) -> None:
    vendor_says.successful(vendor, vendor_says.IBAN)
    advance(polled)
    kept = ImportedAccount.objects.get(source=polled)
    assert vendor_says.IBAN not in kept.fingerprint
    assert len(kept.fingerprint) == 64


def test_an_import_without_any_account_is_a_success(vendor: responses.RequestsMock, polled: Source) -> None:
    vendor_says.successful(vendor)
    after = advance(polled)
    assert (after.state, after.account_count, after.repeats_earlier) == (SourceState.IMPORTED, 0, False)


@pytest.mark.parametrize(
    ("second", "repeats"),
    [([vendor_says.IBAN], True), ([vendor_says.IBAN, vendor_says.OTHER_IBAN], False), ([], False)],
    ids=["the same", "one more", "none"],
)
def test_the_same_bank_again_is_told(
    vendor: responses.RequestsMock, onboarding: Onboarding, second: list[str], repeats: bool
) -> None:
    first = rows.polling(onboarding)
    vendor_says.successful(vendor, vendor_says.IBAN)
    advance(first)
    vendor.reset()
    vendor_says.successful(vendor, *second)
    assert advance(rows.polling(onboarding)).repeats_earlier is repeats


def test_the_same_account_of_another_person_is_no_repetition(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.successful(vendor, vendor_says.IBAN)
    advance(rows.polling(rows.onboarding()))
    assert advance(rows.polling(onboarding)).repeats_earlier is False


@pytest.mark.parametrize("state", ["error", "fatal"])
@pytest.mark.parametrize(("name", "failure"), COMMAND_FAILURES.items())
def test_a_failed_command_ends_the_source_with_its_kind(
    vendor: responses.RequestsMock, polled: Source, name: str, failure: Failure, state: str
) -> None:
    vendor_says.failed(vendor, name, state)
    after = advance(polled)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, failure, name)
    assert is_over(after)


@pytest.mark.parametrize("name", ["ServiceMaintenance", "SomethingNobodyListed"])
def test_a_command_that_failed_is_not_offered_for_another_look(
    vendor: responses.RequestsMock, polled: Source, name: str
) -> None:
    vendor_says.failed(vendor, name)
    assert not advance(polled).is_repeatable


@pytest.mark.parametrize(("name", "failure"), FINAL_AT_POLL.items())
def test_a_refusal_of_the_poll_that_no_later_try_helps_ends_the_source(
    vendor: responses.RequestsMock, polled: Source, name: str, failure: Failure
) -> None:
    vendor_says.command(vendor, body=vendor_says.refusal(name), status=400)
    after = advance(polled)
    assert (after.state, after.failure, after.failure_code) == (SourceState.FAILED, failure, name)
    assert is_over(after)


@pytest.mark.parametrize("name", [*OUTAGES, "JobsQuotaExceeded"])
def test_an_outage_of_the_poll_keeps_the_import_and_its_slot(
    vendor: responses.RequestsMock, polled: Source, name: str
) -> None:
    vendor_says.command(vendor, body=vendor_says.refusal(name), status=400)
    after = advance(polled)
    assert (after.state, after.slot, after.attempts) == (SourceState.IMPORTING, polled.slot, 1)


def test_the_recorded_refusal_of_a_command_is_ours_to_mend(
    vendor: responses.RequestsMock, polled: Source, recorded: Path
) -> None:
    body = (recorded / "command-not-available.400.xml").read_bytes()
    vendor_says.command(vendor, body=body, status=400)
    assert advance(polled).failure == Failure.REFUSED_BY_SERVICE
    assert EventName.STAFF_ALERT in rows.events(polled.onboarding)


def test_a_command_that_vanished_is_looked_for_in_the_aggregate(vendor: responses.RequestsMock, polled: Source) -> None:
    vendor_says.command(vendor, body=vendor_says.refusal("InvalidCommandId"), status=404)
    after = advance(polled)
    assert (after.state, after.slot, after.bank.command_id) == (SourceState.IMPORTING, polled.slot, "")
    vendor.reset()
    vendor_says.aggregate_of(vendor, polled.onboarding, vendor_says.target_xml(vendor_says.account_xml()))
    assert advance(polled).state == SourceState.IMPORTED


def test_waits_grow_with_every_outage_and_start_anew_after_an_answer(
    vendor: responses.RequestsMock, polled: Source
) -> None:
    down = vendor_says.command(vendor, body="", status=503)
    waits = [seconds_put_off(advance(polled)) for _ in range(4)]
    assert all(earlier < later for earlier, later in pairwise(waits))
    vendor.remove(down)
    vendor_says.running(vendor)
    assert advance(polled).attempts == 0


def test_a_wait_never_goes_beyond_the_deadline(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    source = rows.polling(onboarding, give_up_at=timezone.now() + timedelta(seconds=20))
    vendor_says.command(vendor, body="", status=503, headers={"Retry-After": "3000"})
    after = advance(source)
    assert after.due_at == after.give_up_at


def test_a_poison_reply_is_tried_three_times_and_then_fails_with_its_kind(
    vendor: responses.RequestsMock, polled: Source
) -> None:
    asked = vendor_says.command(vendor, body="<reply><unclosed>")
    states = [advance(polled).state for _ in range(3)]
    assert states == [SourceState.IMPORTING, SourceState.IMPORTING, SourceState.FAILED]
    after = rows.again(polled)
    assert (after.failure, asked.call_count) == (Failure.GARBLED_REPLY, 3)
    assert EventName.STAFF_ALERT in rows.events(polled.onboarding)


def test_a_readable_reply_between_two_poison_ones_starts_the_count_anew(
    vendor: responses.RequestsMock, polled: Source
) -> None:
    for broken in (True, True, False, True, True):
        vendor.reset()
        if broken:
            vendor_says.command(vendor, body="<html>")
        else:
            vendor_says.running(vendor)
        after = advance(polled)
    assert (after.state, after.unreadable_replies) == (SourceState.IMPORTING, 2)


def test_an_import_that_still_runs_at_its_deadline_times_out_and_frees_its_slot(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.running(vendor)
    after = advance(rows.polling(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.TIMED_OUT)
    assert is_over(after)
    assert after.is_repeatable


def test_an_import_that_succeeded_while_the_workers_paused_is_imported_after_its_deadline(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.successful(vendor, vendor_says.IBAN)
    after = advance(rows.polling(onboarding, give_up_at=rows.ago(minutes=20)))
    assert (after.state, after.account_count) == (SourceState.IMPORTED, 1)


def test_an_import_whose_command_cannot_be_asked_at_its_deadline_fails_for_that_reason(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.command(vendor, body="", status=503)
    after = advance(rows.polling(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.BANK_UNAVAILABLE)
    assert is_over(after)
    assert after.is_repeatable


def test_a_command_that_vanished_by_its_deadline_is_looked_for_in_the_aggregate_at_once(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.command(vendor, body=vendor_says.refusal("InvalidCommandId"), status=404)
    vendor_says.aggregate_of(vendor, onboarding, vendor_says.target_xml(vendor_says.account_xml()))
    after = advance(rows.polling(onboarding, give_up_at=rows.ago(seconds=1)))
    assert after.state == SourceState.IMPORTED


@pytest.mark.parametrize(("named", "kept"), [('institution="Named"', "Named"), ("", "Chosen")])
def test_the_institution_that_was_chosen_stays_where_the_command_names_none(
    vendor: responses.RequestsMock, onboarding: Onboarding, named: str, kept: str
) -> None:
    source = rows.polling(onboarding, bank__institution="Chosen")
    body = f'<reply><command id="{vendor_says.COMMAND}" state="successful" target="KontoBank" {named}/></reply>'
    vendor_says.command(vendor, body=body)
    assert advance(source).bank.institution == kept
