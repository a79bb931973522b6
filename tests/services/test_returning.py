"""The return is bound: every case of a hit on the return address, and the code of another browser."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding.jobs import erasure
from onboarding.models import Actor, EventName, Failure, Onboarding, Source, SourceState
from onboarding.services import banks, returning
from onboarding.services.returning import Arrival, Proof, Return
from tests import rows
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db

OVER = [SourceState.IMPORTING, SourceState.IMPORTED, SourceState.ABANDONED, SourceState.FAILED]


@pytest.fixture
def source(onboarding: Onboarding) -> Source:
    """A sign-in of the owner's that is open."""
    return rows.source(onboarding)


OTHER = "o" * 64
"""The digest of another browser."""


def back(source: Source, browser: str) -> Return:
    """Let a browser come back from a sign-in."""
    return returning.come_back(redirection_id=source.bank.redirection_id, browser=browser)


def elsewhere(source: Source) -> str:
    """Let another browser come back, and return the code that the waiting tab shows."""
    assert back(source, OTHER).arrival is Arrival.ELSEWHERE
    return rows.again(source).bank.return_code


def typed(source: Source, code: str, browser: str = OTHER) -> tuple[Proof, int]:
    return returning.prove(redirection_id=source.bank.redirection_id, code=code, browser=browser)


def wrong(code: str) -> str:
    """Return a code of the same form that is not this one."""
    return "".join("A" if letter != "A" else "B" for letter in code)


def test_the_browser_that_began_is_welcome_and_its_sign_in_is_checked_now(
    source: Source, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rows.change(source, due_at=source.give_up_at)
    with django_capture_on_commit_callbacks() as sent:
        found = back(source, source.onboarding.browser)
    assert found == Return(Arrival.WELCOME, source.onboarding.uuid, source.uuid)
    after = rows.again(source)
    assert after.bank.returned_at is not None
    assert after.due_at is not None
    assert after.due_at <= timezone.now()
    assert len(nudges(sent)) == 1
    assert rows.events(source.onboarding) == [EventName.RETURNED]


def test_a_second_return_changes_nothing(source: Source) -> None:
    back(source, source.onboarding.browser)
    before = vars(rows.again(source).bank)
    back(source, source.onboarding.browser)
    after = vars(rows.again(source).bank)
    assert {**before, "_state": None} == {**after, "_state": None}
    assert rows.events(source.onboarding) == [EventName.RETURNED]


@pytest.mark.parametrize("state", [SourceState.QUEUED, *OVER])
def test_a_return_to_a_sign_in_that_is_over_leads_on_and_changes_nothing(
    onboarding: Onboarding, state: SourceState
) -> None:
    source = rows.source(onboarding, state)
    assert back(source, onboarding.browser) == Return(Arrival.USED, onboarding.uuid, source.uuid)
    assert rows.again(source).state == state
    assert rows.events(onboarding) == []


def test_a_return_to_a_sign_in_that_was_removed_leads_on(source: Source) -> None:
    banks.remove(source=source)
    assert back(source, source.onboarding.browser).arrival is Arrival.USED
    assert rows.again(source).bank.returned_at is None


def test_a_return_after_an_erasure_is_unknown(source: Source) -> None:
    erasure.begin(source.onboarding_id, actor=Actor.USER)
    assert back(source, source.onboarding.browser) == Return(Arrival.UNKNOWN)


def test_a_return_to_an_import_in_flight_of_an_erased_person_is_unknown(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert back(source, onboarding.browser) == Return(Arrival.UNKNOWN)


@pytest.mark.parametrize("word", ["", "r-nobody-knows", "r\x00", "r" * 201])
def test_a_return_that_nobody_was_given_is_unknown(source: Source, word: str) -> None:
    found = returning.come_back(redirection_id=word, browser=source.onboarding.browser)
    assert found == Return(Arrival.UNKNOWN)


@pytest.mark.parametrize("who", ["a stranger", "nobody"])
def test_a_return_in_another_browser_imports_nothing_and_names_nobody(
    source: Source, stranger: Client, who: str
) -> None:
    other = Onboarding.objects.exclude(pk=source.onboarding_id).get().browser if who == "a stranger" else ""
    assert back(source, other) == Return(Arrival.ELSEWHERE)
    after = rows.again(source)
    assert (after.state, after.bank.returned_at) == (SourceState.SIGNING_IN, None)
    assert rows.events(source.onboarding) == [EventName.RETURNED_ELSEWHERE]


def test_an_onboarding_bound_to_no_browser_is_nobodys(db: None) -> None:
    assert back(rows.source(rows.onboarding()), "").arrival is Arrival.ELSEWHERE


@pytest.mark.parametrize("state", OVER)
def test_a_return_in_another_browser_to_a_sign_in_that_is_over_is_late(
    onboarding: Onboarding, state: SourceState
) -> None:
    source = rows.source(onboarding, state)
    assert back(source, OTHER) == Return(Arrival.LATE)
    assert rows.again(source).bank.return_code == ""


def test_a_return_in_another_browser_withdraws_the_own_one_and_asks_for_the_code(source: Source) -> None:
    back(source, source.onboarding.browser)
    rows.change(source, claim="a-worker", claimed_until=rows.ago(minutes=-1), bank__seen_unfinished=True)
    assert back(source, OTHER) == Return(Arrival.ELSEWHERE)
    after = rows.again(source)
    assert (after.state, after.claim, after.claimed_until) == (SourceState.SIGNING_IN, "", None)
    assert after.due_at == after.give_up_at
    bank = after.bank
    assert (bank.returned_at, bank.finished_seen_at, bank.seen_unfinished) == (None, None, False)
    assert bank.return_code
    assert rows.events(source.onboarding) == [EventName.RETURNED, EventName.RETURNED_ELSEWHERE]
    assert typed(source, bank.return_code) == (Proof.RIGHT, 0)


def test_a_return_in_another_browser_takes_out_of_the_line_what_nobody_proved(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.QUEUED)
    assert back(source, OTHER) == Return(Arrival.LATE)
    after = rows.again(source)
    assert (after.state, after.failure, after.due_at) == (SourceState.ABANDONED, Failure.RETURN_UNPROVEN, None)
    assert (after.bank.session_id, after.bank.signature, after.bank.return_code) == ("", "", "")
    assert rows.events(onboarding) == [EventName.RETURNED_ELSEWHERE, EventName.SOURCE_ABANDONED]


@pytest.mark.parametrize("state", [SourceState.SIGNING_IN, SourceState.QUEUED])
def test_a_return_seen_again_after_the_right_code_changes_nothing(onboarding: Onboarding, state: SourceState) -> None:
    proved = {"bank__returned_at": timezone.now(), "bank__return_code_until": rows.ago(minutes=-9)}
    source = rows.source(onboarding, state, **proved)
    assert back(source, OTHER) == Return(Arrival.LATE)
    assert rows.again(source).state == state
    assert rows.events(onboarding) == []


@pytest.mark.parametrize("state", [SourceState.SIGNING_IN, SourceState.QUEUED])
def test_a_return_seen_again_ends_a_sign_in_whose_code_came_before_it_was_finished(
    onboarding: Onboarding, state: SourceState
) -> None:
    proved = {"bank__returned_at": timezone.now(), "bank__return_code_until": rows.ago(minutes=-9)}
    source = rows.source(onboarding, state, **proved, bank__seen_unfinished=True)
    assert back(source, OTHER) == Return(Arrival.LATE)
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.RETURN_UNPROVEN)


def test_the_code_has_six_characters_that_are_told_apart_on_a_screen(source: Source) -> None:
    code = elsewhere(source)
    assert len(code) == 6
    assert set(code) <= set(returning.CODE_ALPHABET)
    assert not set(returning.CODE_ALPHABET) & set("IL1O0")


def test_a_second_hit_from_elsewhere_makes_no_second_code(source: Source) -> None:
    assert elsewhere(source) == elsewhere(source)


@pytest.mark.parametrize(
    "style", [str, str.lower, lambda code: f" {code[:3]} {code[3:]}", lambda c: f"{c[:3]}-{c[3:]}"]
)
def test_the_right_code_proves_the_same_person(source: Source, style: object) -> None:
    code = elsewhere(source)
    assert typed(source, style(code)) == (Proof.RIGHT, 0)  # type: ignore[operator]
    after = rows.again(source)
    assert after.bank.returned_at is not None
    assert after.bank.return_code == ""
    assert rows.events(source.onboarding)[-1] == EventName.CODE_RIGHT


def test_the_right_code_counts_once(source: Source) -> None:
    code = elsewhere(source)
    typed(source, code)
    assert typed(source, code) == (Proof.DEAD, 0)


def test_a_wrong_code_proves_nothing_and_says_how_many_tries_are_left(source: Source) -> None:
    code = elsewhere(source)
    assert [typed(source, wrong(code)) for _ in range(4)] == [(Proof.WRONG, left) for left in (4, 3, 2, 1)]
    assert rows.again(source).bank.returned_at is None
    assert rows.events(source.onboarding).count(EventName.CODE_WRONG) == 4


def test_the_right_code_counts_at_the_fifth_try(source: Source) -> None:
    code = elsewhere(source)
    for _ in range(4):
        typed(source, wrong(code))
    assert typed(source, code) == (Proof.RIGHT, 0)


def test_five_wrong_codes_end_the_sign_in(source: Source) -> None:
    code = elsewhere(source)
    results = [typed(source, wrong(code)) for _ in range(5)]
    assert results[-1] == (Proof.DEAD, 0)
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.RETURN_UNPROVEN)
    assert (after.bank.return_code, after.bank.link, after.due_at) == ("", "", None)
    assert typed(source, code) == (Proof.DEAD, 0)
    assert back(source, source.onboarding.browser).arrival is Arrival.USED


def test_after_five_tries_the_right_code_is_dead_even_if_nobody_ended_the_sign_in(source: Source) -> None:
    code = elsewhere(source)
    rows.change(source, bank__return_code_tries=5)
    assert typed(source, code) == (Proof.DEAD, 0)
    assert rows.again(source).bank.returned_at is None


def test_after_ten_minutes_the_right_code_is_dead(source: Source) -> None:
    code = elsewhere(source)
    rows.change(source, bank__return_code_until=rows.ago(seconds=1))
    assert typed(source, code) == (Proof.DEAD, 0)
    assert rows.again(source).bank.returned_at is None


def test_a_code_lives_ten_minutes(source: Source) -> None:
    elsewhere(source)
    until = rows.again(source).bank.return_code_until
    assert until is not None
    assert 595 < (until - timezone.now()).total_seconds() <= 600


def test_no_fresh_code_is_made_when_one_is_dead(source: Source) -> None:
    code = elsewhere(source)
    rows.change(source, bank__return_code_until=rows.ago(seconds=1))
    assert back(source, OTHER) == Return(Arrival.LATE)
    assert rows.again(source).bank.return_code == code


def test_the_own_browser_is_welcome_while_a_code_waits_but_proves_nothing(source: Source) -> None:
    code = elsewhere(source)
    assert back(source, source.onboarding.browser).arrival is Arrival.WELCOME
    after = rows.again(source)
    assert (after.bank.returned_at, after.bank.return_code) == (None, code)
    assert rows.events(source.onboarding) == [EventName.RETURNED_ELSEWHERE]
    assert typed(source, code) == (Proof.RIGHT, 0)


def test_the_own_browser_proves_nothing_when_the_code_is_dead(source: Source) -> None:
    elsewhere(source)
    rows.change(source, bank__return_code_until=rows.ago(seconds=1))
    back(source, source.onboarding.browser)
    assert rows.again(source).bank.returned_at is None


@pytest.mark.parametrize("code", ["", " ", "000000", "ąąąąąą"])
def test_without_a_return_elsewhere_no_code_is_right(source: Source, code: str) -> None:
    assert typed(source, code) == (Proof.DEAD, 0)


def test_an_empty_code_is_wrong(source: Source) -> None:
    elsewhere(source)
    assert typed(source, "") == (Proof.WRONG, 4)


def test_the_code_of_one_sign_in_does_not_prove_another(source: Source, onboarding: Onboarding) -> None:
    other = rows.source(onboarding)
    code = elsewhere(source)
    elsewhere(other)
    rows.change(other, bank__return_code=wrong(code))
    assert typed(other, code)[0] is Proof.WRONG


def test_a_code_for_a_sign_in_that_was_removed_is_dead(source: Source) -> None:
    code = elsewhere(source)
    banks.remove(source=source)
    assert typed(source, code) == (Proof.DEAD, 0)


def test_a_code_for_an_unknown_sign_in_is_dead(db: None) -> None:
    assert returning.prove(redirection_id="r-nobody", code="ABCDEF", browser=OTHER) == (Proof.DEAD, 0)


def test_the_newest_onboarding_of_a_browser_that_is_not_erased_is_the_one_to_go_on_with(
    onboarding: Onboarding,
) -> None:
    newer = rows.onboarding()
    erased = rows.onboarding()
    Onboarding.objects.filter(pk__in=[newer.pk, erased.pk]).update(browser=onboarding.browser)
    Onboarding.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    assert returning.open_onboarding_of(onboarding.browser) == newer
    assert returning.open_onboarding_of("") is None


@pytest.mark.parametrize("who", ["the browser that began", "a third browser", "nobody"])
def test_only_the_browser_that_came_back_may_type_the_code(source: Source, who: str) -> None:
    code = elsewhere(source)
    browser = {"the browser that began": source.onboarding.browser, "a third browser": "t" * 64, "nobody": ""}[who]
    assert typed(source, code, browser) == (Proof.DEAD, 0)
    after = rows.again(source)
    assert after.bank.returned_at is None
    assert after.bank.return_code_tries == 0


def test_a_return_in_a_third_browser_ends_the_sign_in(source: Source) -> None:
    elsewhere(source)
    assert back(source, "t" * 64).arrival is Arrival.LATE
    after = rows.again(source)
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.RETURN_UNPROVEN)


def test_the_other_browser_may_load_its_page_again(source: Source) -> None:
    elsewhere(source)
    assert back(source, OTHER).arrival is Arrival.ELSEWHERE
    assert rows.again(source).state == SourceState.SIGNING_IN
