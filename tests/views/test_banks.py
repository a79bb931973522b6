"""Adding, trying again, removing and finishing, as the pages do it."""

from uuid import uuid4

import pytest
import responses
from django.test import Client
from django.urls import reverse

from onboarding.models import Aggregation, Failure, Onboarding, Question, Source, SourceState
from tests import file_rows, rows, vendor_says
from tests.pages.markup import read

pytestmark = pytest.mark.django_db


def add(client: Client, onboarding: Onboarding, **fields: str) -> str:
    """Add a bank; return where the page leads."""
    return client.post(reverse("add_bank", args=[onboarding.uuid]), fields).headers["Location"]


def test_adding_a_bank_leads_to_a_page_that_names_where_one_goes(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    vendor_says.redirection(vendor, onboarding)
    page = owner.get(add(owner, onboarding, intent=str(uuid4())))
    assert page.status_code == 200
    assert "https://signin.vendor.example/r-fresh" in page.content.decode()


def test_a_double_click_leads_to_the_same_page(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    asked = vendor_says.redirection(vendor, onboarding)
    intent = str(uuid4())
    assert add(owner, onboarding, intent=intent) == add(owner, onboarding, intent=intent)
    assert asked.call_count == 1


@pytest.mark.parametrize(
    "answer",
    [{"body": "", "status": 503}, {"body": vendor_says.NO_ANSWER}, {"body": "<html>"}, {"body": "", "status": 401}],
    ids=["down", "slow", "nonsense", "wrong key"],
)
def test_a_vendor_without_a_sign_in_gives_a_page_that_says_so_and_keeps_everything(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock, answer: dict[str, object]
) -> None:
    kept = rows.source(onboarding, SourceState.IMPORTED)
    vendor_says.redirection(vendor, onboarding, **answer)
    page = owner.get(add(owner, onboarding, intent=str(uuid4())))
    failed = onboarding.sources.get(state=SourceState.FAILED)
    assert page.status_code == 503
    assert reverse("again", args=[onboarding.uuid, failed.uuid]) in page.content.decode()
    assert rows.again(kept).state == SourceState.IMPORTED


def test_trying_again_where_our_side_can_leads_back_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    old = rows.source(onboarding, SourceState.FAILED, failure=Failure.TIMED_OUT, bank__command_id="c-1")
    response = owner.post(reverse("again", args=[onboarding.uuid, old.uuid]))
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert [source.state for source in onboarding.sources.listed()] == [SourceState.QUEUED]


def test_trying_again_twice_by_a_stale_tab_leads_back_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    old = rows.source(onboarding, SourceState.FAILED, failure=Failure.TIMED_OUT, bank__command_id="c-1")
    address = reverse("again", args=[onboarding.uuid, old.uuid])
    owner.post(address)
    assert owner.post(address).headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert Source.objects.count() == 2


def test_a_hand_off_that_is_over_leads_to_its_card(owner: Client, onboarding: Onboarding) -> None:
    over = rows.source(onboarding, SourceState.IMPORTED)
    response = owner.get(reverse("handoff", args=[onboarding.uuid, over.uuid]))
    assert response.headers["Location"] == f"{reverse('hub', args=[onboarding.uuid])}#source-{over.uuid}"


def test_removing_what_brings_data_is_not_possible_and_is_said(owner: Client, onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTED)
    page = owner.post(reverse("remove", args=[onboarding.uuid, source.uuid]), follow=True)
    assert 'class="notice"' in page.content.decode()
    assert rows.again(source).removed_at is None


def finish(client: Client, onboarding: Onboarding, **fields: str) -> str | None:
    return client.post(reverse("finish", args=[onboarding.uuid]), fields).headers.get("Location")


def test_finishing_with_every_bank_done_leads_to_the_summary(owner: Client, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    assert finish(owner, onboarding) == reverse("summary", args=[onboarding.uuid])
    assert Aggregation.objects.count() == 1


def test_finishing_while_a_bank_is_open_asks_first_and_goes_on_when_told(owner: Client, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    rows.polling(onboarding)
    assert finish(owner, onboarding) is None
    assert not Aggregation.objects.exists()
    assert finish(owner, onboarding, without_open="1") == reverse("summary", args=[onboarding.uuid])


def test_what_waits_for_the_person_is_not_said_to_go_on_by_itself(owner: Client, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    asking = file_rows.asking(onboarding, Question.PASSWORD)
    page = read(owner.get(reverse("finish", args=[onboarding.uuid])).content.decode())
    words = page.one("main").says()
    assert "Waits for you, and is deleted after 60 minutes." in words
    assert "by itself" not in words
    buttons = [one for one in page.all("a") if "button" in one.attributes.get("class", "").split()]
    assert [one.attributes["id"] for one in buttons] == [f"go-{asking.uuid}"]


def test_what_goes_on_by_itself_is_told_apart_from_what_waits(owner: Client, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    file_rows.asking(onboarding, Question.PASSWORD)
    rows.polling(onboarding)
    words = read(owner.get(reverse("finish", args=[onboarding.uuid])).content.decode()).one("main").says()
    assert "1 waits for you" in words
    assert "1 on your list is still open." in words


def test_a_failed_bank_does_not_keep_anybody_from_finishing(owner: Client, onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    rows.source(onboarding, SourceState.FAILED)
    assert finish(owner, onboarding) == reverse("summary", args=[onboarding.uuid])


def test_finishing_with_nothing_leads_back_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    assert finish(owner, onboarding) == reverse("hub", args=[onboarding.uuid])
    assert not Aggregation.objects.exists()


def test_the_summarys_address_before_finishing_leads_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    response = owner.get(reverse("summary", args=[onboarding.uuid]))
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])


def test_too_many_open_sign_ins_are_told_and_nothing_is_asked_for(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    for _ in range(5):
        rows.source(onboarding)
    page = owner.get(add(owner, onboarding, intent=str(uuid4())))
    assert "finish or remove one of them" in page.content.decode()
    assert onboarding.sources.count() == 5
