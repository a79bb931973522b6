"""The glance of a poll: what is news, what is not, and what time alone changes."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from onboarding.models import BankSignIn, Onboarding, Source, SourceState
from onboarding.pages import glance, hub
from onboarding.pages.glance import Glance
from tests import rows

pytestmark = pytest.mark.django_db


def look(onboarding: Onboarding) -> Glance:
    seen = glance.of(onboarding.uuid)
    assert seen is not None
    return seen


def seconds_good(onboarding: Onboarding) -> float | None:
    """Return for how many seconds a list that is made now is good while no row changes."""
    _, _, until = hub.for_onboarding(onboarding).version.partition("-")
    return float(until) - timezone.now().timestamp() if until else None


def test_an_address_that_was_never_given_out_shows_nothing() -> None:
    assert glance.of(uuid4()) is None


def test_a_step_of_work_is_no_news(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    before = look(onboarding).version
    rows.change(source, due_at=rows.ago(), claim="c", claimed_until=rows.ago(), attempts=2, nudged_at=rows.ago())
    assert look(onboarding).version == before


@pytest.mark.parametrize("column", sorted({*glance.UNSEEN[Source], *glance.UNSEEN[BankSignIn]}))
def test_what_is_left_out_is_a_column(column: str) -> None:
    assert column in {field.name for model in glance.UNSEEN for field in model._meta.concrete_fields}


@pytest.mark.parametrize(
    "columns",
    [
        {"state": SourceState.FAILED, "failure": "timed_out", "slot": None},
        {"state_since": rows.ago(minutes=9)},
        {"repeats_earlier": True},
        {"account_count": 0},
        {"removed_at": rows.ago()},
        {"bank__official_name": "Another name"},
        {"bank__returned_at": None},
        {"bank__return_code": "ABC234"},
        {"bank__command_id": "c-2"},
    ],
    # The values hold instants of now; every test process must call the tests alike.
    ids=lambda columns: "+".join(columns),
)
def test_whatever_a_card_shows_is_news(onboarding: Onboarding, columns: dict[str, object]) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    before = look(onboarding).version
    rows.change(source, **columns)
    assert look(onboarding).version != before


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(5, 25), (40, 20), (70, 110)],
    ids=["asked less often", "called slow", "asked still less often"],
)
def test_a_list_is_good_until_time_alone_changes_it(onboarding: Onboarding, age: int, seconds: int) -> None:
    rows.source(onboarding, SourceState.IMPORTING, state_since=rows.ago(seconds=age))
    assert seconds_good(onboarding) == pytest.approx(seconds, abs=2)


def test_a_list_that_time_does_not_change_is_good_for_ever(onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTING, state_since=rows.ago(minutes=5))
    assert seconds_good(onboarding) is None


def test_a_list_with_a_code_is_good_until_the_code_dies(onboarding: Onboarding) -> None:
    code = {"bank__return_code": "ABC234", "bank__return_code_until": rows.ago(seconds=-50)}
    rows.source(onboarding, state_since=rows.ago(minutes=5), **code)
    assert seconds_good(onboarding) == pytest.approx(50, abs=2)


@pytest.mark.parametrize(("age", "current"), [(-5, True), (5, False)], ids=["still good", "over"])
def test_a_page_has_to_look_anew_when_its_time_is_over(onboarding: Onboarding, age: int, current: bool) -> None:
    seen = look(onboarding)
    assert glance.is_current(glance.stamp(seen.version, rows.ago(seconds=age)), seen) is current


@pytest.mark.parametrize("until", ["nan", "soon", "-1", ""])
def test_a_stamp_that_nobody_gave_out_is_not_good(onboarding: Onboarding, until: str) -> None:
    seen = look(onboarding)
    assert not glance.is_current(f"other-{until}", seen)
    assert glance.is_current(f"{seen.version}-{until}", seen) is (until == "")


def in_line(owner: Onboarding, count: int, since: datetime) -> list[Source]:
    one = {"onboarding": owner, "state": SourceState.QUEUED, "state_since": since, "due_at": since}
    return Source.objects.bulk_create(
        [Source(queued_at=since + number * timedelta(seconds=1), **one) for number in range(count)]
    )


def test_far_back_in_the_line_a_move_is_no_news_but_the_place_is_told_now_and_then(onboarding: Onboarding) -> None:
    ahead = in_line(rows.onboarding(), glance.FAR + 1, rows.ago(hours=1))
    rows.source(onboarding, SourceState.QUEUED, state_since=rows.ago(minutes=5))
    before = look(onboarding)
    Source.objects.filter(pk=ahead[0].pk).delete()
    assert look(onboarding) == before
    assert before.is_far
    assert seconds_good(onboarding) == pytest.approx(30, abs=2)


def test_near_the_front_every_move_ahead_is_news(onboarding: Onboarding) -> None:
    others = [rows.onboarding() for _ in range(3)]
    ahead = [in_line(other, 1, rows.ago(hours=1))[0] for other in others]
    rows.source(onboarding, SourceState.QUEUED)
    before = look(onboarding)
    Source.objects.filter(pk=ahead[0].pk).delete()
    assert look(onboarding).version != before.version
    assert not before.is_far


def test_whose_turn_is_far_asks_seldom_from_the_start(onboarding: Onboarding) -> None:
    others = Onboarding.objects.bulk_create(
        Onboarding(country="pl", locale="pl", consented_at=rows.ago(), expires_at=rows.ago(hours=-1))
        for _ in range(glance.FAR)
    )
    for other in others:
        in_line(other, 1, rows.ago(hours=1))
    rows.source(onboarding, SourceState.QUEUED)
    assert hub.for_onboarding(onboarding).interval == 5
