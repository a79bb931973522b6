"""Workers against workers, the sweep and erasures, and what they would do without the guard."""

from collections.abc import Callable

import pytest
import responses
from django.db import OperationalError, transaction
from django.utils import timezone
from pytest_django import Settings

from onboarding.jobs import aggregation, erasure, line, moves, sources
from onboarding.jobs.sweep import find_due
from onboarding.models import (
    Account,
    Actor,
    Aggregation,
    Erasure,
    ImportedAccount,
    Onboarding,
    Snapshot,
    Source,
    SourceState,
)
from onboarding.services import banks, finishing, returning
from tests import rows, vendor_says
from tests.races.threads import both_read_first, held_up, uncommitted

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

BANK = vendor_says.target_xml(vendor_says.account_xml())


def test_two_workers_on_one_row_are_one(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)
    outcomes = held_up(
        Source.objects.filter(pk=source.pk), lambda: moves.hold(source.pk), lambda: moves.hold(source.pk)
    )
    assert [outcome is None for outcome in outcomes].count(True) == 1


def test_control_two_workers_that_look_and_then_claim_are_two(onboarding: Onboarding) -> None:
    source = rows.polling(onboarding)

    def naive(meet: Callable[[], None]) -> bool:
        row = Source.objects.get(pk=source.pk)
        free = row.claimed_until is None
        meet()
        row.claimed_until = timezone.now()
        row.save()
        return free

    assert both_read_first(naive, naive) == [True, True]


def test_two_messages_at_once_ask_the_vendor_once(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    asked = vendor_says.started(vendor, onboarding)
    held_up(
        Source.objects.filter(pk=source.pk),
        lambda: sources.advance(source.pk),
        lambda: sources.advance(source.pk),
    )
    assert asked.call_count == 1
    assert rows.again(source).bank.command_id == vendor_says.COMMAND


@pytest.mark.parametrize("first", ["sweep", "task"])
def test_the_sweep_and_a_task_on_the_same_row_take_one_step(
    vendor: responses.RequestsMock, onboarding: Onboarding, first: str
) -> None:
    source = rows.polling(onboarding)
    asked = vendor_says.successful(vendor, vendor_says.IBAN)

    def task() -> None:
        sources.advance(source.pk)

    def sweep() -> None:
        for pk in find_due().sources:
            sources.advance(pk)

    acts = [sweep, task] if first == "sweep" else [task, sweep]
    assert held_up(Source.objects.filter(pk=source.pk), *acts) == [None, None]
    assert asked.call_count == 1
    assert rows.again(source).state == SourceState.IMPORTED
    assert len(rows.events(onboarding)) == 1


def waiting(age: float) -> Source:
    return rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(seconds=age))


@pytest.mark.parametrize("limit", [1, 2])
def test_two_dispatchers_never_give_more_slots_than_there_are(db: None, settings: Settings, limit: int) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = limit
    queue = [waiting(age) for age in (3, 2, 1)]
    started = held_up(Source.objects.filter(pk=queue[0].pk), line.promote, line.promote)
    importing = Source.objects.filter(state=SourceState.IMPORTING)
    assert 1 <= importing.count() <= limit
    assert sorted(pk for one in started for pk in one) == sorted(importing.values_list("pk", flat=True))


def test_one_slot_is_not_given_to_two_sources(db: None, settings: Settings) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 1
    first, second = waiting(2), waiting(1)
    rows.change(second, due_at=rows.ago(minutes=-1))

    def promote_second() -> list[int]:
        # By now the first has left the line for this dispatcher: it was given the slot, uncommitted.
        return line.promote()

    def promote_first() -> list[int]:
        with transaction.atomic():
            started = line.promote()
            rows.change(second, due_at=rows.ago(seconds=0))
        return started

    held_up(Source.objects.filter(pk__in=[first.pk]), promote_first, promote_second)
    assert Source.objects.exclude(slot=None).count() == 1


def test_whoever_loses_a_slot_to_another_worker_gets_the_next_one_and_is_not_overtaken(
    db: None, settings: Settings
) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 2
    elsewhere, first, second = waiting(3), waiting(2), waiting(1)
    rows.change(elsewhere, due_at=rows.ago(minutes=-1))

    def give() -> None:
        rows.change(elsewhere, state=SourceState.IMPORTING, slot=1)

    assert uncommitted(give, line.promote) == [[first.pk]]
    assert rows.again(first).slot == 2
    assert rows.again(second).state == SourceState.QUEUED


def test_control_two_dispatchers_that_count_and_then_give_exceed_the_limit(db: None) -> None:
    queue = [waiting(2), waiting(1)]

    def naive(number: int) -> Callable[[Callable[[], None]], None]:
        def give(meet: Callable[[], None]) -> None:
            in_flight = Source.objects.filter(state=SourceState.IMPORTING).count()
            meet()
            if in_flight < 1:
                Source.objects.filter(pk=queue[number].pk).update(state=SourceState.IMPORTING)

        return give

    both_read_first(naive(0), naive(1))
    assert Source.objects.filter(state=SourceState.IMPORTING).count() == 2


@pytest.fixture
def finished(onboarding: Onboarding) -> Onboarding:
    """An onboarding whose summary is shown, so that an erasure has something to hide."""
    made = rows.aggregation(onboarding, state="ready", due_at=None)
    onboarding.snapshot = Snapshot.objects.create(onboarding=onboarding, aggregation=made)
    onboarding.save()
    return onboarding


@pytest.mark.parametrize("first", ["erasure", "worker"])
def test_an_erasure_and_a_summary_at_once_leave_nothing_and_never_wait_for_each_other(
    vendor: responses.RequestsMock, finished: Onboarding, first: str
) -> None:
    made = rows.aggregation(finished)
    vendor_says.aggregate_of(vendor, finished, BANK)

    def worker() -> None:
        aggregation.advance(made.pk)

    def person() -> None:
        erasure.begin(finished.pk, actor=Actor.USER)

    acts = [person, worker] if first == "erasure" else [worker, person]
    assert held_up(Onboarding.objects.filter(pk=finished.pk), *acts, no_key=True) == [None, None]
    after = Onboarding.objects.get(pk=finished.pk)
    assert after.erased_at is not None
    assert after.snapshot is None
    vendor_says.deletion(vendor, finished, body="<reply/>")
    vendor_says.owner_unknown(vendor, finished)
    vendor.remove(vendor.registered()[0])
    erasure.advance(Erasure.objects.get(onboarding=finished).pk)
    assert not Snapshot.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.parametrize("first", ["erasure", "worker"])
def test_an_erasure_and_the_end_of_an_import_never_wait_for_each_other(
    vendor: responses.RequestsMock, finished: Onboarding, first: str
) -> None:
    source = rows.polling(finished)
    vendor_says.successful(vendor, vendor_says.IBAN)

    def worker() -> None:
        sources.advance(source.pk)

    def person() -> None:
        erasure.begin(finished.pk, actor=Actor.USER)

    acts = [person, worker] if first == "erasure" else [worker, person]
    assert held_up(Onboarding.objects.filter(pk=finished.pk), *acts) == [None, None]
    assert not Source.objects.filter(pk=source.pk, state=SourceState.IMPORTED).exists()
    assert not ImportedAccount.objects.exists()


def test_control_an_erasure_that_locks_the_onboarding_first_waits_for_a_worker_that_waits_for_it(
    vendor: responses.RequestsMock, finished: Onboarding
) -> None:
    source = rows.polling(finished)
    vendor_says.successful(vendor, vendor_says.IBAN)

    def worker() -> None:
        sources.advance(source.pk)

    def person() -> None:
        with transaction.atomic():
            Onboarding.objects.filter(pk=finished.pk).update(erased_at=timezone.now(), snapshot=None, aggregation=None)
            list(Source.objects.filter(onboarding=finished).select_for_update())

    outcomes = held_up(Onboarding.objects.filter(pk=finished.pk), person, worker)
    assert [type(outcome) for outcome in outcomes].count(OperationalError) == 1
    assert any("deadlock detected" in str(outcome) for outcome in outcomes)


def test_a_return_and_the_deadline_at_once_never_wait_for_each_other(onboarding: Onboarding) -> None:
    source = rows.source(onboarding, give_up_at=rows.ago(seconds=1))

    def person() -> None:
        returning.come_back(redirection_id=source.bank.redirection_id, browser=onboarding.browser)

    def worker() -> None:
        sources.advance(source.pk)

    outcomes = held_up(Source.objects.filter(pk=source.pk), worker, person)
    assert outcomes == [None, None]
    after = rows.again(source)
    assert after.state == SourceState.ABANDONED or after.bank.returned_at is not None


@pytest.mark.parametrize("verb", ["add a bank", "finish"])
def test_what_is_asked_for_during_an_erasure_is_refused_or_erased_too(
    vendor: responses.RequestsMock, finished: Onboarding, verb: str
) -> None:
    rows.source(finished, SourceState.IMPORTED)

    def wish() -> None:
        if verb == "finish":
            finishing.finish(onboarding=finished)
        else:
            banks.begin(onboarding=finished, intent=finished.uuid)

    def person() -> None:
        erasure.begin(finished.pk, actor=Actor.USER)

    erased, refused = held_up(Onboarding.objects.filter(pk=finished.pk), person, wish, no_key=True)
    assert erased is None
    assert isinstance(refused, finishing.NothingImported if verb == "finish" else banks.NotPossible)
    assert not Source.objects.exists()
    assert not Aggregation.objects.filter(state="fetching").exists()
