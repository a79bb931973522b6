"""Double clicks and double returns, and what they would do without the guard."""

from collections.abc import Callable
from uuid import uuid4

import pytest
import responses
from django.db import IntegrityError
from django.utils import timezone

from onboarding.models import (
    Aggregation,
    BankSignIn,
    EventName,
    Onboarding,
    Source,
    SourceState,
)
from onboarding.services import banks, finishing, returning, starting
from onboarding.services.returning import Arrival, Proof
from tests import rows, vendor_says
from tests.races.threads import both_read_first, held_up
from tests.services.wishes import start_wish

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_two_returns_at_once_are_one(onboarding: Onboarding) -> None:
    source = rows.source(onboarding)

    def come_back() -> Arrival:
        return returning.come_back(redirection_id=source.bank.redirection_id, browser=onboarding.browser).arrival

    outcomes = held_up(Source.objects.filter(pk=source.pk), come_back, come_back)
    assert outcomes == [Arrival.WELCOME, Arrival.WELCOME]
    assert rows.events(onboarding) == [EventName.RETURNED]


def test_control_two_returns_that_read_and_then_write_are_two(onboarding: Onboarding) -> None:
    source = rows.source(onboarding)

    def naive(meet: Callable[[], None]) -> bool:
        bank = BankSignIn.objects.get(pk=source.pk)
        first = bank.returned_at is None
        meet()
        bank.returned_at = timezone.now()
        bank.save()
        return first

    assert both_read_first(naive, naive) == [True, True]


def test_the_fifth_try_and_a_sixth_at_once_are_five(onboarding: Onboarding) -> None:
    source = rows.source(
        onboarding,
        bank__return_code="ABCDEF",
        bank__return_browser="o" * 64,
        bank__return_code_until=rows.ago(minutes=-5),
        bank__return_code_tries=4,
    )

    def guess() -> tuple[Proof, int]:
        return returning.prove(redirection_id=source.bank.redirection_id, code="BBBBBB", browser="o" * 64)

    held_up(BankSignIn.objects.filter(pk=source.pk), guess, guess)
    after = rows.again(source)
    assert (after.bank.return_code_tries, after.state) == (5, SourceState.ABANDONED)
    assert rows.events(onboarding).count(EventName.CODE_WRONG) == 1


def test_control_two_tries_that_read_and_then_write_are_counted_as_one(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, bank__return_code_tries=3)

    def naive(meet: Callable[[], None]) -> None:
        bank = BankSignIn.objects.get(pk=source.pk)
        meet()
        bank.return_code_tries += 1
        bank.save()

    both_read_first(naive, naive)
    assert rows.again(source).bank.return_code_tries == 4


def test_a_double_click_on_add_a_bank_is_one_source_and_one_call(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    asked = vendor_says.redirection(vendor, onboarding)
    intent = uuid4()

    def click() -> int:
        return banks.begin(onboarding=onboarding, intent=intent).pk

    first, second = held_up(Onboarding.objects.filter(pk=onboarding.pk), click, click)
    assert first == second
    assert (Source.objects.count(), asked.call_count) == (1, 1)


def test_control_two_clicks_that_look_and_then_add_are_two_sources(onboarding: Onboarding) -> None:
    intent = uuid4()

    def naive(meet: Callable[[], None]) -> bool:
        found = Source.objects.filter(onboarding=onboarding, intent=intent).exists()
        meet()
        if not found:
            Source.objects.create(onboarding=onboarding, state_since=timezone.now())
        return found

    assert both_read_first(naive, naive) == [False, False]
    assert Source.objects.count() == 2


def test_a_double_click_on_sign_in_again_replaces_the_source_once(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    old = rows.source(onboarding, SourceState.FAILED)
    vendor_says.redirection(vendor, onboarding)

    def click() -> object:
        return banks.begin(onboarding=onboarding, intent=uuid4(), replaces=old)

    first, second = held_up(Source.objects.filter(pk=old.pk), click, click)
    assert isinstance(first, Source)
    assert isinstance(second, banks.NotPossible)
    assert list(onboarding.sources.listed()) == [first]


def test_a_double_click_on_start_is_one_onboarding(db: None) -> None:
    before = rows.onboarding(browser="b" * 64)
    wish = start_wish(browser_before=before.browser)

    def click() -> int:
        return starting.start(**wish).pk

    first, second = held_up(Onboarding.objects.filter(pk=before.pk), click, click)
    assert first == second
    assert Onboarding.objects.exclude(pk=before.pk).count() == 1


def test_control_two_starts_that_look_and_then_create_are_two(db: None) -> None:
    wish = start_wish()

    def naive(meet: Callable[[], None]) -> bool:
        found = Onboarding.objects.filter(owner_external_id=str(wish["intent"])).exists()
        meet()
        if not found:
            rows.onboarding()
        return found

    assert both_read_first(naive, naive) == [False, False]
    assert Onboarding.objects.count() == 2


def test_a_double_click_on_finish_is_one_summary(onboarding: Onboarding) -> None:
    rows.source(onboarding, SourceState.IMPORTED)

    def click() -> int:
        return finishing.finish(onboarding=Onboarding.objects.get(pk=onboarding.pk)).pk

    first, second = held_up(Onboarding.objects.filter(pk=onboarding.pk), click, click, no_key=True)
    assert first == second
    assert Aggregation.objects.count() == 1
    assert rows.events(onboarding) == [EventName.FINISHED]


def test_control_two_finishes_that_look_and_then_ask_are_stopped_by_the_database_alone(
    onboarding: Onboarding,
) -> None:
    def naive(meet: Callable[[], None]) -> bool:
        found = Aggregation.objects.filter(onboarding=onboarding).exists()
        meet()
        if not found:
            Aggregation.objects.create(onboarding=onboarding)
        return found

    outcomes = both_read_first(naive, naive)
    assert [outcome for outcome in outcomes if not isinstance(outcome, IntegrityError)] == [False]
    assert len(outcomes) == 2
