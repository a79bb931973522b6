"""How the pages write times, days, months and numbers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from onboarding.templatetags import display


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (42, "0:42"), (62, "1:02"), (3599, "59:59"), (3600, "1:00:00"), (3723, "1:02:03")],
)
def test_elapsed_time_is_written_like_a_clock(seconds: int, written: str) -> None:
    assert display.elapsed(timedelta(seconds=seconds, microseconds=900_000)) == written


def test_an_instant_is_written_in_the_time_zone_of_the_site_and_names_it_for_the_script() -> None:
    with timezone.override("Europe/Warsaw"):
        shown = display.instant(datetime(2026, 11, 22, 22, 56, tzinfo=UTC))
    assert shown == '<time datetime="2026-11-22T23:56:00+01:00" data-instant>22 November 2026, 23:56</time>'


def test_a_booking_date_stays_the_day_it_is_in_every_time_zone() -> None:
    with timezone.override("America/New_York"):
        assert display.day(date(2026, 11, 1)) == "1 Nov 2026"


def test_a_month_is_written_in_words_and_shortly() -> None:
    assert display.month_name(date(2026, 3, 1)) == "March 2026"
    assert display.month_mark(date(2026, 3, 1)) == "Mar"


def test_dates_and_numbers_follow_the_language() -> None:
    with translation.override("pl"):
        assert display.day(date(2026, 11, 1)) == "1 lis 2026"
        assert display.whole(14_250) == "14\N{NO-BREAK SPACE}250"
    with translation.override("en"):
        assert display.whole(14_250) == "14,250"
