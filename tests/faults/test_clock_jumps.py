"""A machine whose clock is an hour wrong: the database's clock decides, so it does no harm."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import responses
from django.test import Client
from django.urls import reverse

from onboarding import flow, sealing, tasks
from onboarding.jobs import aggregation, retention, sources
from onboarding.jobs.sweep import find_due
from onboarding.models import Aggregation, Onboarding, Snapshot, Source, SourceState
from onboarding.services import banks, finishing, returning, starting
from onboarding.summary import document
from tests import clocks, rows, vendor_says
from tests.clocks import MovedClock

pytestmark = [pytest.mark.services, pytest.mark.django_db]

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BANK = vendor_says.target_xml(vendor_says.account_xml())
AN_HOUR_WRONG = pytest.mark.parametrize("hours", [1, -1])


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    with clocks.stopped(NOON) as moved:
        yield moved


@pytest.fixture
def person(clock: MovedClock, owner: Client) -> Onboarding:
    return rows.onboarding(owner)


def imported(person: Onboarding, **columns: Any) -> Source:
    source = rows.source(person, SourceState.IMPORTED, **{"account_count": 1, **columns})
    source.imported_accounts.create(fingerprint=sealing.fingerprint(vendor_says.IBAN, currency="PLN"))
    return source


def finish(person: Onboarding) -> Aggregation:
    return finishing.finish(onboarding=Onboarding.objects.get(pk=person.pk))


@AN_HOUR_WRONG
def test_a_missing_bank_is_waited_for_a_minute_whatever_the_clock_of_the_page_said(
    vendor: responses.RequestsMock, clock: MovedClock, person: Onboarding, hours: int
) -> None:
    imported(person)
    clock.skew_machine(hours=hours)
    made = finish(person)
    clock.skew_machine()
    vendor_says.owner_unknown(vendor, person)
    aggregation.advance(made.pk)
    made.refresh_from_db()
    assert made.state == Aggregation.State.FETCHING
    clock.forward(seconds=61)
    vendor_says.aggregate_of(vendor, person, vendor_says.target_xml(vendor_says.account_xml(vendor_says.OTHER_IBAN)))
    aggregation.advance(made.pk)
    made.refresh_from_db()
    assert made.state == Aggregation.State.READY
    assert person.sources.get().missing_from_summary


@AN_HOUR_WRONG
def test_a_bank_added_after_finishing_leads_back_to_the_list_whatever_the_clocks_of_the_pages_said(
    vendor: responses.RequestsMock, clock: MovedClock, person: Onboarding, hours: int
) -> None:
    imported(person)
    clock.skew_machine(hours=hours)
    made = finish(person)
    clock.skew_machine()
    vendor_says.aggregate_of(vendor, person, BANK)
    aggregation.advance(made.pk)
    assert flow.position(Onboarding.objects.get(pk=person.pk)) == flow.Step.SUMMARY
    clock.forward(seconds=5)
    vendor_says.redirection(vendor, person)
    banks.begin(onboarding=person, intent=uuid4())
    assert flow.position(Onboarding.objects.get(pk=person.pk)) == flow.Step.CONNECT


@AN_HOUR_WRONG
def test_the_document_lists_what_its_summary_speaks_of_whatever_the_clock_of_the_page_said(
    vendor: responses.RequestsMock, clock: MovedClock, person: Onboarding, hours: int
) -> None:
    clock.skew_machine(hours=hours)
    imported(person)
    clock.skew_machine()
    clock.forward(seconds=5)
    made = finish(person)
    vendor_says.aggregate_of(vendor, person, BANK)
    aggregation.advance(made.pk)
    clock.forward(seconds=5)
    clock.skew_machine(hours=hours)
    rows.source(person)
    written = document.build(Onboarding.objects.get(pk=person.pk))
    assert written is not None
    assert [one["state"] for one in written["sources"]] == ["imported"]


@AN_HOUR_WRONG
def test_a_half_written_summary_is_a_leftover_after_ten_minutes_whatever_the_clock_of_its_worker_said(
    clock: MovedClock, person: Onboarding, hours: int
) -> None:
    clock.skew_machine(hours=hours)
    made = Aggregation.objects.create(onboarding=person, state=Aggregation.State.READY)
    Snapshot.objects.create(onboarding=person, aggregation=made)
    clock.forward(minutes=9)
    retention.tidy()
    assert Snapshot.objects.exists()
    clock.forward(minutes=2)
    retention.tidy()
    assert not Snapshot.objects.exists()


@AN_HOUR_WRONG
def test_a_worker_an_hour_off_takes_no_step_early_and_none_late(
    vendor: responses.RequestsMock, clock: MovedClock, person: Onboarding, hours: int
) -> None:
    source = rows.change(rows.polling(person), due_at=NOON + timedelta(seconds=30), give_up_at=NOON + timedelta(900))
    clock.skew_machine(hours=hours)
    assert find_due().sources == []
    sources.advance(source.pk)
    clock.forward(seconds=30)
    vendor_says.running(vendor)
    assert find_due().sources == [source.pk]
    sources.advance(source.pk)
    after = rows.again(source)
    assert after.due_at is not None
    assert timedelta(0) < after.due_at - clock.now() <= timedelta(seconds=5)


@AN_HOUR_WRONG
def test_a_worker_an_hour_off_neither_takes_another_ones_claim_nor_holds_its_own_for_an_hour(
    clock: MovedClock, person: Onboarding, hours: int
) -> None:
    source = rows.change(rows.polling(person), claim="others", claimed_until=NOON + timedelta(seconds=75))
    clock.skew_machine(hours=hours)
    sources.advance(source.pk)
    assert rows.again(source).claim == "others"


@AN_HOUR_WRONG
def test_nobody_expires_and_nothing_stays_longer_because_one_worker_is_an_hour_off(
    clock: MovedClock, hours: int
) -> None:
    clock.skew_machine(hours=hours)
    person = starting.start(intent=str(uuid4()), browser="b", browser_before="", country="pl", locale="pl")
    clock.skew_machine(hours=-hours)
    clock.forward(hours=23, minutes=59)
    tasks.retire()
    person.refresh_from_db()
    assert person.erased_at is None
    clock.forward(minutes=2)
    tasks.retire()
    person.refresh_from_db()
    assert person.erased_at is not None


@AN_HOUR_WRONG
def test_a_code_lives_ten_minutes_whatever_the_clocks_of_the_pages_say(
    clock: MovedClock, person: Onboarding, hours: int
) -> None:
    source = rows.source(person)
    found = source.bank.redirection_id or ""
    clock.skew_machine(hours=hours)
    assert returning.come_back(redirection_id=found, browser="other").arrival is returning.Arrival.ELSEWHERE
    clock.skew_machine(hours=-hours)
    clock.forward(minutes=9)
    code = rows.again(source).bank.return_code
    assert returning.prove(redirection_id=found, code=code, browser="other") == (returning.Proof.RIGHT, 0)


@AN_HOUR_WRONG
def test_the_waiting_tab_shows_a_code_as_long_as_it_lives_whatever_the_clock_of_the_page_says(
    clock: MovedClock, person: Onboarding, owner: Client, hours: int
) -> None:
    source = rows.source(person)
    returning.come_back(redirection_id=source.bank.redirection_id or "", browser="other")
    letters = rows.again(source).bank.return_code
    code = f"{letters[:3]} {letters[3:]}"
    clock.skew_machine(hours=hours)
    address = reverse("hub", args=[person.uuid])
    assert code in owner.get(address).content.decode()
    clock.forward(minutes=11)
    assert code not in owner.get(address).content.decode()
