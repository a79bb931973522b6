"""What staff do: try again and erase, in their own name, with a message for each row."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from onboarding.admin import verbs, wording
from onboarding.models import (
    Actor,
    AggregationState,
    Erasure,
    Event,
    EventName,
    Failure,
    Onboarding,
    Source,
    SourceState,
)
from onboarding.services import banks, erasing
from tests import rows
from tests.admin import staff


def done_by_staff() -> list[tuple[str, str]]:
    """Return the events of staff: what, and which account did it."""
    return list(Event.objects.filter(actor=Actor.STAFF).order_by("pk").values_list("name", "staff__username"))


def test_a_failed_import_is_tried_again_in_the_name_of_the_staff_account(helper: Client) -> None:
    failed = staff.failed_import(rows.onboarding())

    page = staff.choose(helper, staff.SOURCES, "try_again", failed)

    new = rows.again(failed).replaced_by
    assert new is not None
    assert new.state == SourceState.QUEUED
    assert done_by_staff() == [(EventName.RETRIED, "helper")]
    assert staff.said(page) == [f"The import is looked at again: #{failed.pk}"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"failure": Failure.CREDENTIALS}, "it needs a new sign-in by the person"),
        ({"bank__command_id": ""}, "it needs a new sign-in by the person"),
        ({"removed_at": timezone.now()}, "the person took it off the list"),
    ],
)
def test_a_source_that_cannot_be_tried_again_says_why(columns: dict[str, object], why: str, helper: Client) -> None:
    failed = staff.failed_import(rows.onboarding(), **columns)

    page = staff.choose(helper, staff.SOURCES, "try_again", failed)

    assert staff.said(page) == [f"Not tried again, {why}: #{failed.pk}"]
    assert Source.objects.count() == 1
    assert done_by_staff() == []


@pytest.mark.parametrize(
    ("state", "why"),
    [(SourceState.IMPORTING, "it is still under way"), (SourceState.IMPORTED, "it was imported")],
)
def test_a_source_that_did_not_fail_is_not_tried_again(state: SourceState, why: str, helper: Client) -> None:
    source = rows.source(rows.onboarding(), state)

    page = staff.choose(helper, staff.SOURCES, "try_again", source)

    assert staff.said(page) == [f"Not tried again, {why}: #{source.pk}"]


def test_a_replaced_source_is_not_tried_again(helper: Client) -> None:
    failed = staff.failed_import(rows.onboarding())
    staff.choose(helper, staff.SOURCES, "try_again", failed)

    page = staff.choose(helper, staff.SOURCES, "try_again", failed)

    assert staff.said(page) == [f"Not tried again, a later try took its place: #{failed.pk}"]
    assert Source.objects.count() == 2


def test_every_chosen_source_gets_its_own_answer(helper: Client) -> None:
    owner = rows.onboarding()
    first, second = staff.failed_import(owner), staff.failed_import(owner)
    other = staff.failed_import(owner, failure=Failure.CREDENTIALS)

    page = staff.choose(helper, staff.SOURCES, "try_again", first, second, other)

    assert staff.said(page) == [
        f"Not tried again, it needs a new sign-in by the person: #{other.pk}",
        f"The import is looked at again: #{second.pk}, #{first.pk}",
    ]


def test_who_comes_second_is_told_that_somebody_else_did_it(helper: Client) -> None:
    failed = staff.failed_import(rows.onboarding())
    seen_before = rows.again(failed)
    banks.repeat(source=failed, actor=Actor.USER)
    page = helper.get(staff.SOURCES)

    verbs.retry_sources([seen_before], staff=User.objects.get()).tell(page.wsgi_request)

    assert staff.said(page) == [f"Not tried again, somebody else did it just now: #{failed.pk}"]
    assert done_by_staff() == []


def test_a_failed_summary_is_made_again_in_the_name_of_the_staff_account(helper: Client) -> None:
    owner = rows.onboarding()
    rows.source(owner, SourceState.IMPORTED)
    staff.failed_summary(owner)

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner)

    owner.refresh_from_db()
    assert owner.aggregation is not None
    assert owner.aggregation.state == AggregationState.FETCHING
    assert done_by_staff() == [(EventName.FINISHED, "helper")]
    assert staff.said(page) == [f"The summary is made again: {wording.short(owner)}"]


def test_a_summary_of_nothing_is_not_made_again(helper: Client) -> None:
    owner = rows.onboarding()
    staff.failed_summary(owner)

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner)

    why = "no bank was imported, so there is nothing to make a summary of"
    assert staff.said(page) == [f"Not tried again, {why}: {wording.short(owner)}"]
    assert done_by_staff() == []


def test_a_summary_waits_for_the_bank_that_is_imported_again(helper: Client) -> None:
    owner = rows.onboarding()
    rows.source(owner, SourceState.IMPORTED)
    failed = staff.failed_import(owner)
    staff.failed_summary(owner)

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner)

    assert staff.said(page) == [
        f"The import is looked at again: {wording.short(owner)} #{failed.pk}",
        f"No summary asked for yet, a bank is being imported again: {wording.short(owner)}",
    ]
    assert done_by_staff() == [(EventName.RETRIED, "helper")]


@pytest.mark.parametrize("state", [AggregationState.READY, AggregationState.FETCHING])
def test_a_summary_that_did_not_fail_is_not_made_again(state: AggregationState, helper: Client) -> None:
    owner = rows.onboarding()
    rows.source(owner, SourceState.IMPORTED)
    rows.aggregation(owner, state=state)

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner)

    assert staff.said(page) == [f"Nothing to try again, nothing has failed: {wording.short(owner)}"]
    assert owner.aggregations.count() == 1


def test_an_erased_onboarding_is_not_tried_again(helper: Client) -> None:
    owner = rows.onboarding(erased_at=timezone.now())

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner)

    assert staff.said(page) == [f"Not tried again, the onboarding is erased: {wording.short(owner)}"]


def test_try_again_on_the_onboardings_page_comes_back_to_it(helper: Client) -> None:
    owner = rows.onboarding()

    page = staff.choose(helper, staff.ONBOARDINGS, "try_again", owner, on_page="1")

    assert page.request["PATH_INFO"] == f"{staff.ONBOARDINGS}{owner.pk}/change/"


def test_try_again_on_the_sources_page_comes_back_to_it(helper: Client) -> None:
    failed = staff.failed_import(rows.onboarding())

    page = staff.choose(helper, staff.SOURCES, "try_again", failed, on_page="1")

    assert page.request["PATH_INFO"] == f"{staff.SOURCES}{failed.pk}/change/"


def test_erase_asks_first_and_says_how_many(helper: Client) -> None:
    first, second = rows.onboarding(), rows.onboarding()
    before = rows.onboarding(erased_at=timezone.now())

    page = staff.choose(helper, staff.ONBOARDINGS, "erase", first, second, before)

    assert "Everything of 2 people is erased" in page.content.decode()
    assert f"{before.owner_external_id} (erased before)" in page.content.decode()
    assert not Event.objects.exists()
    assert Onboarding.objects.live().count() == 2


def test_erase_with_the_confirmation_erases_in_the_name_of_the_staff_account(helper: Client) -> None:
    owner, other = rows.onboarding(), rows.onboarding()
    rows.source(owner, SourceState.IMPORTED)
    staff.show_summary(owner)

    page = staff.choose(helper, staff.ONBOARDINGS, "erase", owner, confirmed="yes")

    assert list(Onboarding.objects.live()) == [other]
    assert Erasure.objects.get().onboarding == owner
    assert done_by_staff() == [(EventName.ERASED, "helper")]
    assert staff.said(page) == [f"Erased here, the service is asked to delete: {wording.short(owner)}"]


def test_the_form_of_the_confirmation_erases_exactly_what_it_listed(helper: Client) -> None:
    owner, other = rows.onboarding(), rows.onboarding()
    page = staff.choose(helper, staff.ONBOARDINGS, "erase", owner)
    form = dict.fromkeys(("action", "index", "confirmed", "_selected_action"), "")
    for name in form:
        form[name] = page.content.decode().split(f'name="{name}" value="')[1].split('"')[0]

    helper.post(page.request["PATH_INFO"], form)

    assert list(Onboarding.objects.live()) == [other]


def test_erasing_what_was_erased_before_does_nothing(helper: Client) -> None:
    owner = rows.onboarding()
    erasing.erase(onboarding=owner, actor=Actor.USER)

    page = staff.choose(helper, staff.ONBOARDINGS, "erase", owner, confirmed="yes")

    assert staff.said(page) == [f"Nothing to do, it was erased before: {wording.short(owner)}"]
    assert done_by_staff() == []


def test_a_confirmation_for_nothing_has_no_button(helper: Client) -> None:
    owner = rows.onboarding(erased_at=timezone.now())

    page = staff.choose(helper, staff.ONBOARDINGS, "erase", owner).content.decode()

    assert "There is nothing to erase" in page
    assert "Yes, erase" not in page


@pytest.mark.parametrize("action", ["try_again", "erase"])
def test_fifty_rows_at_once_each_get_their_answer(action: str, helper: Client) -> None:
    owners = [rows.onboarding() for _ in range(50)]
    for owner in owners[::2]:
        staff.failed_import(owner)

    page = staff.choose(helper, staff.ONBOARDINGS, action, *owners, confirmed="yes")

    told = " ".join(staff.said(page))
    assert [owner for owner in owners if wording.short(owner) not in told] == []


@pytest.mark.parametrize("action", ["try_again", "erase"])
def test_more_rows_than_a_page_are_refused_and_nothing_is_done(action: str, helper: Client) -> None:
    owners = [rows.onboarding() for _ in range(51)]

    page = staff.choose(helper, staff.ONBOARDINGS, action, owners[0], confirmed="yes", select_across="1")

    assert staff.said(page) == ["Nothing was done: choose at most 50 rows at a time."]
    assert not Event.objects.exists()
