"""Staff's lists: queries, filters, search, order."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onboarding import journal
from onboarding.admin import wording
from onboarding.models import (
    Actor,
    Aggregation,
    AggregationState,
    Erasure,
    ErasureState,
    Event,
    EventName,
    Failure,
    Invitation,
    Onboarding,
    Source,
    SourceState,
)
from onboarding.models.work import Work
from tests import rows
from tests.admin import staff


def shown(client: Client, address: str, **query: str) -> set[int]:
    """Return the keys of the rows that a list shows."""
    page = client.get(address, query)
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def make_one(number: int) -> None:
    owner = rows.onboarding()
    source = staff.failed_import(owner)
    rows.source(owner, SourceState.IMPORTED)
    staff.show_summary(owner)
    if number % 2:
        Erasure.objects.create(onboarding=owner)
    journal.record(EventName.STARTED, onboarding_id=owner.pk, actor=Actor.USER, source_uuid=source.uuid)
    Invitation.objects.create(
        token_digest=str(number), country="pl", expires_at=timezone.now() + timedelta(days=1), onboarding=owner
    )


@pytest.mark.parametrize("address", staff.LISTS)
def test_a_list_of_thirty_needs_as_many_queries_as_a_list_of_one(address: str, superuser: Client) -> None:
    make_one(0)
    with_one = queries(superuser, address)
    for number in range(1, 30):
        make_one(number)

    assert queries(superuser, address) == with_one


def test_an_onboardings_page_needs_as_many_queries_with_thirty_of_everything_as_with_one(superuser: Client) -> None:
    small, large = rows.onboarding(), rows.onboarding()
    acting = User.objects.get()
    for owner, number in ((small, 1), (large, 30)):
        for _ in range(number):
            rows.source(owner, SourceState.IMPORTED)
            journal.record(EventName.RETRIED, onboarding_id=owner.pk, actor=Actor.STAFF, staff=acting)
        staff.show_summary(owner, accounts=number)
    pages = [f"{staff.ONBOARDINGS}{owner.pk}/change/" for owner in (small, large)]

    assert queries(superuser, pages[0]) == queries(superuser, pages[1])


@pytest.mark.parametrize("address", staff.LISTS)
def test_the_newest_row_comes_first(address: str, superuser: Client) -> None:
    for number in range(3):
        make_one(number)

    listed = [row.pk for row in superuser.get(address).context["cl"].result_list]

    assert listed == sorted(listed, reverse=True)
    assert len(listed) >= 3


@pytest.mark.parametrize("address", staff.LISTS)
def test_the_counts_of_all_filters_can_be_shown(address: str, superuser: Client) -> None:
    make_one(1)

    assert superuser.get(address, {"_facets": "True"}).status_code == 200


def test_sources_are_filtered_by_state(viewer: Client) -> None:
    owner = rows.onboarding()
    by_state = {state: rows.source(owner, state).pk for state in SourceState}

    for state, pk in by_state.items():
        assert shown(viewer, staff.SOURCES, state__exact=state) == {pk}


def test_sources_are_filtered_by_failure(viewer: Client) -> None:
    owner = rows.onboarding()
    timed_out = staff.failed_import(owner)
    rows.source(owner, SourceState.ABANDONED)

    assert shown(viewer, staff.SOURCES, failure__exact=Failure.TIMED_OUT) == {timed_out.pk}


@pytest.mark.parametrize(
    ("age", "expected"),
    [("hour", {0}), ("day", {0, 1}), ("week", {0, 1, 2}), ("older", {3}), ("nonsense", {0, 1, 2, 3})],
)
@pytest.mark.parametrize("kind", [Onboarding, Source, Event, Invitation])
def test_rows_are_filtered_by_age(
    kind: type[Onboarding | Source | Event | Invitation], age: str, expected: set[int], viewer: Client
) -> None:
    ages = [timedelta(minutes=5), timedelta(hours=2), timedelta(days=2), timedelta(days=8)]
    column = "at" if kind is Event else "created_at"
    made = []
    for number, past in enumerate(ages):
        make_one(number)
        newest = kind.objects.order_by("-pk").first()
        assert newest is not None
        kind.objects.filter(pk=newest.pk).update(**{column: timezone.now() - past})
        made.append(newest.pk)
    address = f"/admin/onboarding/{kind._meta.model_name}/"

    assert shown(viewer, address, age=age) & set(made) == {made[number] for number in expected}


def an_onboarding_in(standing: wording.Standing) -> int:
    owner = rows.onboarding()
    states = {said: state for state, said in wording.STANDING_OF.items()}
    if standing in states:
        rows.aggregation(owner, state=states[standing])
    if standing == wording.Standing.ERASED:
        Onboarding.objects.filter(pk=owner.pk).update(erased_at=timezone.now())
    return owner.pk


def test_onboardings_are_filtered_by_state(viewer: Client) -> None:
    by_standing = {standing: an_onboarding_in(standing) for standing in wording.Standing}

    for standing, pk in by_standing.items():
        assert shown(viewer, staff.ONBOARDINGS, standing=standing) == {pk}


def test_the_column_and_the_filter_of_the_state_say_the_same(db: None) -> None:
    for standing in wording.Standing:
        pk = an_onboarding_in(standing)
        assert wording.standing(Onboarding.objects.select_related("aggregation").get(pk=pk)) == standing


def test_onboardings_are_filtered_by_the_failure_of_a_source_or_of_the_summary(viewer: Client) -> None:
    by_source, by_summary, well = rows.onboarding(), rows.onboarding(), rows.onboarding()
    staff.failed_import(by_source)
    staff.failed_summary(by_summary)
    rows.source(well, SourceState.IMPORTED)

    assert shown(viewer, staff.ONBOARDINGS, failure="any") == {by_source.pk, by_summary.pk}
    assert shown(viewer, staff.ONBOARDINGS, failure=Failure.TIMED_OUT) == {by_source.pk}
    assert shown(viewer, staff.ONBOARDINGS, failure=Failure.GARBLED_REPLY) == {by_summary.pk}


def test_a_failure_that_the_person_took_off_the_list_is_not_counted(viewer: Client) -> None:
    staff.failed_import(rows.onboarding(), removed_at=timezone.now())

    assert shown(viewer, staff.ONBOARDINGS, failure="any") == set()


def test_onboardings_are_filtered_by_how_far_their_erasure_is(viewer: Client) -> None:
    unproved, proved = rows.onboarding(), rows.onboarding()
    Erasure.objects.create(onboarding=unproved, state=ErasureState.UNPROVED)
    Erasure.objects.create(onboarding=proved, state=ErasureState.PROVED)

    assert shown(viewer, staff.ONBOARDINGS, erasure="unproved") == {unproved.pk}


@pytest.mark.parametrize(
    ("stuck", "expected"), [("any", {"late", "lost"}), ("deadline", {"late"}), ("claim", {"lost"})]
)
def test_sources_are_filtered_by_being_stuck(stuck: str, expected: set[str], viewer: Client) -> None:
    owner = rows.onboarding()
    made = {
        "late": rows.source(owner, SourceState.IMPORTING, give_up_at=rows.ago(minutes=1)),
        "lost": rows.source(owner, SourceState.IMPORTING, claim="x", claimed_until=rows.ago(minutes=1)),
        "at work": rows.source(owner, SourceState.IMPORTING, claim="x", claimed_until=rows.ago(minutes=-1)),
        "ended": rows.source(owner, SourceState.FAILED, give_up_at=rows.ago(minutes=1)),
    }

    assert shown(viewer, staff.SOURCES, stuck=stuck) == {made[name].pk for name in expected}


@pytest.mark.parametrize(
    ("stuck", "expected"),
    [
        ("any", {"source", "summary", "erasure", "lost", "expired"}),
        ("deadline", {"source", "summary", "erasure", "expired"}),
        ("claim", {"lost"}),
    ],
)
def test_onboardings_are_filtered_by_any_of_their_work_being_stuck(
    stuck: str, expected: set[str], viewer: Client
) -> None:
    made = {name: rows.onboarding() for name in ("source", "summary", "erasure", "lost", "well")}
    made["expired"] = rows.onboarding(expires_at=rows.ago(minutes=1))
    rows.source(made["source"], give_up_at=rows.ago(minutes=1))
    rows.aggregation(made["summary"], give_up_at=rows.ago(minutes=1))
    Erasure.objects.create(onboarding=made["erasure"], give_up_at=rows.ago(minutes=1))
    rows.aggregation(made["lost"], claim="x", claimed_until=rows.ago(minutes=1))
    rows.source(made["well"])

    assert shown(viewer, staff.ONBOARDINGS, stuck=stuck) == {made[name].pk for name in expected}


@pytest.mark.parametrize("state", AggregationState.values)
@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("claim", ["", "x"])
def test_the_words_and_the_filter_of_being_stuck_say_the_same(state: str, late: bool, claim: str, db: None) -> None:
    moment = rows.ago(minutes=1 if late else -1)
    row = rows.aggregation(rows.onboarding(), state=state, give_up_at=moment, claim=claim, claimed_until=moment)
    kind: type[Work] = Aggregation
    now = timezone.now()

    assert wording.past_deadline(row, now) == Aggregation.objects.filter(wording.is_past_deadline(kind, now)).exists()
    assert wording.claim_lost(row, now) == Aggregation.objects.filter(wording.is_claim_lost(now)).exists()


@pytest.mark.parametrize("address", staff.LISTS)
@pytest.mark.parametrize("which", ["owner id", "its beginning", "in capitals", "with blanks", "onboarding"])
def test_rows_are_found_by_the_ids_of_their_onboarding(address: str, which: str, superuser: Client) -> None:
    for number in range(2):
        make_one(number)
    wanted, other = Onboarding.objects.order_by("pk")
    term = {
        "owner id": wanted.owner_external_id,
        "its beginning": wanted.owner_external_id[:8],
        "in capitals": wanted.owner_external_id.upper(),
        "with blanks": f" {wanted.owner_external_id} ",
        "onboarding": str(wanted.uuid),
    }[which]

    found = superuser.get(address, {"q": term}).context["cl"].result_list

    assert {getattr(row, "onboarding", row) for row in found} == {wanted}
    assert other not in {getattr(row, "onboarding", row) for row in found}


@pytest.mark.parametrize("address", [staff.SOURCES, staff.EVENTS])
def test_rows_are_found_by_the_id_of_their_source(address: str, viewer: Client) -> None:
    for number in range(2):
        make_one(number)
    source = Source.objects.filter(state=SourceState.FAILED).earliest("pk")

    found = viewer.get(address, {"q": str(source.uuid)}).context["cl"].result_list

    assert [getattr(row, "source_uuid", None) or row.uuid for row in found] == [source.uuid]


@pytest.mark.parametrize("address", staff.LISTS)
@pytest.mark.parametrize("term", ["nothing like it", "%", "_", "'", '"', "\x00", "0" * 500])
def test_a_search_for_something_else_finds_nothing(address: str, term: str, superuser: Client) -> None:
    make_one(0)

    page = superuser.get(address, {"q": term})

    assert page.status_code == 200
    assert "\x00" in term or not page.context["cl"].result_list


def test_invitations_are_filtered_by_state(viewer: Client) -> None:
    now = timezone.now()
    ends = {"open": now + timedelta(days=1), "used": now + timedelta(days=1), "over": now - timedelta(days=1)}
    made = {
        state: Invitation.objects.create(
            token_digest=state, country="pl", expires_at=expires, used_at=now if state == "used" else None
        )
        for state, expires in ends.items()
    }

    for state, invitation in made.items():
        assert shown(viewer, staff.INVITATIONS, standing=state) == {invitation.pk}


def test_events_are_filtered_by_who_and_what(viewer: Client) -> None:
    owner = rows.onboarding()
    journal.record(EventName.STARTED, onboarding_id=owner.pk, actor=Actor.USER)
    journal.record(EventName.ERASED, onboarding_id=owner.pk, actor=Actor.STAFF)
    erased = Event.objects.get(name=EventName.ERASED)

    assert shown(viewer, staff.EVENTS, actor__exact="staff") == {erased.pk}
    assert shown(viewer, staff.EVENTS, name__exact="erased") == {erased.pk}


@pytest.mark.parametrize("address", staff.LISTS)
def test_a_list_holds_no_more_than_one_page_even_when_all_are_asked_for(address: str, superuser: Client) -> None:
    for number in range(51):
        make_one(number)

    listed = superuser.get(address, {"all": ""}).content.decode()

    assert len(re.findall(r"<tr><t", listed)) <= 52
