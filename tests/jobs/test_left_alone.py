"""Work while the service is left alone: nothing is sent, nothing ends before its time, and it goes on afterwards."""

from datetime import UTC, datetime

import pytest
import responses

from onboarding.jobs import sources
from onboarding.jobs import vendor as vendors
from onboarding.kontomatik.breaker import FAILURES
from onboarding.models import Failure, Onboarding, SourceState
from tests import clocks, rows, vendor_says
from tests.jobs.steps import advance, is_due_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def left_alone() -> None:
    """A service that gave no answer so often that nobody asks it."""
    for _ in range(FAILURES):
        vendors.BREAKER.failed(was_probe=vendors.BREAKER.admit())


def test_silence_in_one_import_spares_the_next_one_its_call(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.polling(onboarding)
    asked = vendor_says.command(vendor, body=vendor_says.NO_ANSWER)
    for _ in range(FAILURES + 2):
        advance(source)
    assert asked.call_count == FAILURES


@pytest.mark.usefixtures("left_alone")
def test_a_running_import_is_due_again_when_the_service_is_asked_again(onboarding: Onboarding) -> None:
    after = advance(rows.polling(onboarding))
    assert (after.state, after.attempts) == (SourceState.IMPORTING, 1)
    assert is_due_in(after, 1, 4)


@pytest.mark.usefixtures("left_alone")
def test_an_import_that_was_not_asked_for_waits_in_its_place_with_nothing_to_watch_for(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    after = advance(source)
    assert (after.state, after.slot) == (SourceState.QUEUED, None)
    assert after.queued_at == source.queued_at
    assert after.bank.start_asked_at is None
    assert after.bank.signature == source.bank.signature
    assert not sources.is_long(source.pk)


@pytest.mark.usefixtures("left_alone")
def test_a_start_whose_effect_is_unknown_stays_something_to_watch_for(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    asked_at = rows.ago(seconds=60)
    type(source.bank).objects.filter(pk=source.bank.pk).update(start_asked_at=asked_at)
    assert advance(source).bank.start_asked_at == asked_at


@pytest.mark.usefixtures("left_alone")
def test_the_deadline_of_an_import_is_kept(onboarding: Onboarding) -> None:
    after = advance(rows.polling(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.BANK_UNAVAILABLE)


@pytest.mark.usefixtures("left_alone")
def test_a_person_who_asks_for_a_bank_is_told_at_once(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, give_up_at=None, bank__redirection_id=None, bank__link="")
    after = advance(source)
    assert (after.state, after.failure) == (SourceState.FAILED, Failure.BANK_UNAVAILABLE)


def test_what_waited_goes_on_once_a_probe_is_answered(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    with clocks.stopped(datetime(2026, 11, 28, 12, tzinfo=UTC)) as clock:
        source = rows.polling(onboarding)
        silent = vendor_says.command(vendor, body=vendor_says.NO_ANSWER)
        for _ in range(FAILURES):
            advance(source)
        vendor.remove(silent)
        vendor_says.successful(vendor, vendor_says.IBAN)
        assert advance(source).state == SourceState.IMPORTING
        clock.forward(seconds=3)
        assert advance(source).state == SourceState.IMPORTED
