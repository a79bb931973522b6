"""Files at the same instant: two clicks, two tabs, a removal and a worker; and what would be without the guard."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.utils import timezone

from onboarding.jobs import erasure, line, sources
from onboarding.models import Actor, EventName, Onboarding, Source, SourceFile, SourceKind, SourceState
from onboarding.services import files
from onboarding.services import sources as services
from onboarding.services.files import Outcome, Received
from tests import file_rows, rows
from tests.jobs import deliveries
from tests.races.threads import both_read_first, held_up

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_two_confirming_clicks_are_one(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING)

    def click() -> None:
        files.confirm(source=source)

    outcomes = held_up(Source.objects.filter(pk=source.pk), click, click)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "NotPossible"]
    assert rows.again(source).state == SourceState.QUEUED
    assert rows.events(onboarding) == [EventName.FILE_ANSWERED]


def test_control_two_clicks_that_look_and_then_confirm_are_two(onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING)

    def naive(meet: Callable[[], None]) -> bool:
        asked = Source.objects.get(pk=source.pk).state == SourceState.ASKING
        meet()
        if asked:
            Source.objects.filter(pk=source.pk).update(state=SourceState.QUEUED)
        return asked

    assert both_read_first(naive, naive) == [True, True]


def test_the_same_file_from_two_tabs_is_one_source_and_one_sealed_file(onboarding: Onboarding) -> None:
    def tab() -> Outcome:
        given = Received(name="march.pdf", deposited=file_rows.sealed())
        (taken,) = files.receive_statements(
            onboarding=onboarding, intent=uuid4(), files=[given], target="KontoBank", bank_name="KontoBank SA"
        )
        return taken.outcome

    outcomes = held_up(Onboarding.objects.filter(pk=onboarding.pk), tab, tab)
    assert sorted(outcomes) == [Outcome.SEEN_BEFORE, Outcome.TAKEN]
    assert file_rows.in_vault() == {Source.objects.get().file.stored_as}


def test_control_two_tabs_that_look_and_then_add_are_two_sources(onboarding: Onboarding) -> None:
    def naive(meet: Callable[[], None]) -> bool:
        there = Source.objects.filter(onboarding=onboarding).exists()
        meet()
        if not there:
            Source.objects.create(onboarding=onboarding, kind=SourceKind.STATEMENT, state_since=timezone.now())
        return there

    assert both_read_first(naive, naive) == [False, False]
    assert Source.objects.count() == 2


@pytest.mark.parametrize("first", ["person", "worker"])
def test_a_file_removed_while_it_is_read_stays_removed_and_leaves_nothing(onboarding: Onboarding, first: str) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940)

    def worker() -> None:
        sources.advance(source.pk)

    def person() -> None:
        services.remove(source=source)

    acts = [person, worker] if first == "person" else [worker, person]
    assert held_up(Source.objects.filter(pk=source.pk), *acts) == [None, None]
    assert rows.again(source).state == SourceState.ABANDONED
    assert file_rows.in_vault() == set()


def test_control_a_worker_that_writes_what_it_read_without_its_claim_revives_a_removed_file(
    onboarding: Onboarding,
) -> None:
    source = file_rows.upload(onboarding)
    removed = Source.objects.filter(pk=source.pk, state=SourceState.CHECKING)

    def worker(meet: Callable[[], None]) -> None:
        read = Source.objects.get(pk=source.pk)
        meet()
        meet()
        read.state = SourceState.ASKING
        read.save()

    def person(meet: Callable[[], None]) -> None:
        meet()
        removed.update(state=SourceState.ABANDONED, failure="cancelled")
        meet()

    both_read_first(worker, person)
    assert rows.again(source).state == SourceState.ASKING


@pytest.mark.parametrize("first", ["person", "line"])
def test_a_file_removed_while_it_gets_its_slot_is_one_or_the_other(onboarding: Onboarding, first: str) -> None:
    source = file_rows.statement(onboarding, SourceState.QUEUED)

    def person() -> None:
        services.remove(source=source)

    acts = [person, line.promote] if first == "person" else [line.promote, person]
    held_up(Source.objects.filter(pk=source.pk), *acts)
    after = rows.again(source)
    if after.state == SourceState.IMPORTING:
        assert (after.removed_at, file_rows.in_vault()) == (None, {source.file.stored_as})
    else:
        assert (after.state, after.slot, file_rows.in_vault()) == (SourceState.ABANDONED, None, set())


@pytest.mark.parametrize("first", ["erasure", "worker"])
def test_an_erasure_and_the_reading_of_a_file_at_once_leave_nothing(onboarding: Onboarding, first: str) -> None:
    source = file_rows.upload(onboarding, content=deliveries.MT940)

    def worker() -> None:
        sources.advance(source.pk)

    def person() -> None:
        erasure.begin(onboarding.pk, actor=Actor.USER)

    acts = [person, worker] if first == "erasure" else [worker, person]
    assert held_up(Source.objects.filter(pk=source.pk), *acts) == [None, None]
    assert not SourceFile.objects.exists()
    assert file_rows.in_vault() == set()


@pytest.mark.parametrize("first", ["erasure", "person"])
def test_an_answer_during_an_erasure_is_refused_or_erased_too(onboarding: Onboarding, first: str) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING)

    def answer() -> None:
        files.confirm(source=source)

    def erase() -> None:
        erasure.begin(onboarding.pk, actor=Actor.USER)

    acts = [erase, answer] if first == "erasure" else [answer, erase]
    outcomes = held_up(Source.objects.filter(pk=source.pk), *acts)
    assert outcomes[acts.index(erase)] is None
    assert outcomes[acts.index(answer)] is None or isinstance(outcomes[acts.index(answer)], files.NotPossible)
    assert not Source.objects.exists()
    assert file_rows.in_vault() == set()


def test_a_file_taken_during_an_erasure_is_refused_and_deleted(onboarding: Onboarding) -> None:
    def tab() -> None:
        given = Received(name="march.pdf", deposited=file_rows.sealed())
        files.receive_statements(
            onboarding=onboarding, intent=uuid4(), files=[given], target="KontoBank", bank_name="KontoBank SA"
        )

    def erase() -> None:
        erasure.begin(onboarding.pk, actor=Actor.USER)

    erased, refused = held_up(Onboarding.objects.filter(pk=onboarding.pk), erase, tab, no_key=True)
    assert erased is None
    assert isinstance(refused, files.NotPossible)
    assert not Source.objects.exists()
    assert file_rows.in_vault() == set()
