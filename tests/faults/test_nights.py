"""Nights on which the clock is set, and the end of the year: nothing is early, late, or in another month."""

from datetime import UTC, date, datetime, timedelta

import pytest
import responses
from django.test import Client
from django.urls import reverse

from onboarding.jobs import aggregation, sources
from onboarding.models import MonthTotal, Onboarding, Source, SourceState, Transaction
from tests import clocks, rows, vendor_says

from .conftest import Install

NIGHTS = {
    "clocks go back": datetime(2026, 10, 25, 0, 58, tzinfo=UTC),
    "clocks go forward": datetime(2027, 3, 28, 0, 58, tzinfo=UTC),
    "new year in Warsaw": datetime(2026, 12, 31, 22, 58, tzinfo=UTC),
    "new year in UTC": datetime(2026, 12, 31, 23, 58, tzinfo=UTC),
    "leap day": datetime(2028, 2, 28, 23, 58, tzinfo=UTC),
}
EVERY_NIGHT = pytest.mark.parametrize("at", NIGHTS.values(), ids=NIGHTS)


@EVERY_NIGHT
def test_a_whole_way_through_the_night_takes_as_long_as_on_any_other(install: Install, at: datetime) -> None:
    here = install(at)
    here.world.run("connect", 0, 3)
    here.settle()
    source = Source.objects.get()
    assert source.state == SourceState.IMPORTED
    assert source.ended_at is not None
    assert timedelta(seconds=300) <= source.ended_at - at <= timedelta(seconds=320)
    here.let_everything_end()


@EVERY_NIGHT
def test_an_onboarding_lives_as_many_hours_as_the_setting_says(install: Install, at: datetime) -> None:
    here = install(at)
    here.world.clock.forward(hours=23, minutes=59)
    here.world.run("retire", 0, 0)
    assert Onboarding.objects.get().erased_at is None
    here.world.clock.forward(minutes=1)
    here.world.run("retire", 0, 0)
    assert Onboarding.objects.get().erased_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "since"),
    [
        (NIGHTS["clocks go back"], date(2025, 10, 25)),
        (NIGHTS["new year in Warsaw"], date(2025, 12, 31)),
        (NIGHTS["new year in UTC"], date(2025, 12, 31)),
        (NIGHTS["leap day"], date(2027, 2, 28)),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), date(2027, 3, 1)),
    ],
)
def test_the_history_that_is_asked_for_begins_a_years_days_ago(
    vendor: responses.RequestsMock, owner: Client, at: datetime, since: date
) -> None:
    with clocks.stopped(at):
        onboarding = rows.onboarding(owner)
        source = rows.source(onboarding, SourceState.IMPORTING)
        vendor_says.started(vendor, onboarding, since=since)
        sources.advance(source.pk)
        assert rows.again(source).bank.command_id


@pytest.mark.django_db
@EVERY_NIGHT
def test_a_booking_date_stays_the_banks_and_in_its_month(
    vendor: responses.RequestsMock, owner: Client, at: datetime
) -> None:
    booked = ["2026-10-25", "2026-10-31", "2026-11-01", "2026-12-31", "2027-01-01", "2027-03-28", "2028-02-29"]
    accounts = vendor_says.account_xml(rows_count=len(booked))
    for on in booked:
        accounts = accounts.replace("2026-03-10", on, 1)
    with clocks.stopped(at):
        onboarding = rows.onboarding(owner)
        rows.source(onboarding, SourceState.IMPORTED)
        made = rows.aggregation(onboarding)
        vendor_says.aggregate_of(vendor, onboarding, vendor_says.target_xml(accounts))
        aggregation.advance(made.pk)
        page = owner.get(reverse("summary_json", args=[onboarding.uuid])).json()
    assert sorted(str(row.booked_on) for row in Transaction.objects.all()) == booked
    months = ["2026-10", "2026-11", "2026-12", "2027-01", "2027-03", "2028-02"]
    assert list(MonthTotal.objects.order_by("month").values_list("month", flat=True)) == months
    assert (page["accounts"][0]["firstBookedOn"], page["accounts"][0]["lastBookedOn"]) == (booked[0], booked[-1])
    assert page["generatedAt"].startswith(at.strftime("%Y-%m-%dT%H:%M"))
