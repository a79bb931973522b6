"""The model can fail: what it is there to find, it finds when somebody breaks it on purpose."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from onboarding import clock
from onboarding.jobs import imports, moves
from onboarding.models import (
    BankSignIn,
    CurrencyTotal,
    Erasure,
    Onboarding,
    Snapshot,
    Source,
    SourceState,
    Transaction,
)

from . import world
from .installation import Installation, installed
from .machine import LIMIT, empty_tables
from .world import Plan

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
"""Messages and sweeps until a signed-in bank has its slot, with some to spare: other messages may come first."""
EDGES = 16
"""Statements and calls of the step that starts an import, with some to spare."""


@pytest.fixture
def here() -> Iterator[Installation]:
    with installed(limit=LIMIT) as installation:
        installation.world.run("start", 0, 0)
        yield installation


def signed_in(here: Installation) -> Source:
    """Let the first person sign in at a bank and get a slot; nobody has asked for the import yet."""
    here.world.run("connect", 0, 0)
    for _ in range(ROUNDS):
        here.world.run("work", 0, 1)
        here.world.run("sweep", 0, 0)
        if Source.objects.filter(state=SourceState.IMPORTING).exists():
            break
    return Source.objects.get(state=SourceState.IMPORTING)


def with_summary(here: Installation) -> Onboarding:
    """Bring the first person to a summary."""
    signed_in(here)
    here.settle()
    here.world.run("finish", 0, 0)
    here.settle()
    return Onboarding.objects.get()


def is_noticed(here: Installation, wrong: str) -> bool:
    try:
        here.standing.check()
    except AssertionError as error:
        return wrong in str(error)
    return False


def without_claim(pk: int) -> None:
    """Take an import's step as a worker would that looks at the row and claims nothing."""
    source = Source.objects.with_details().get(pk=pk)
    if source.state == SourceState.IMPORTING:
        imports.step(moves.Held(source, source.claim, clock.now()))


def anew() -> Iterator[Installation]:
    """Give an installation with one person for each edge that a step may have."""
    for _ in range(EDGES):
        empty_tables()
        with installed(limit=LIMIT) as here:
            here.world.run("start", 0, 0)
            yield here


@pytest.mark.parametrize("claims", [True, False], ids=["as it is", "control"])
def test_two_workers_at_once_start_an_import_once_because_they_claim_it(
    monkeypatch: pytest.MonkeyPatch, claims: bool
) -> None:
    noticed = []
    for edge, here in enumerate(anew()):
        message = ("onboarding.tasks.advance_source", (signed_in(here).pk,))
        here.vendor.starts_twice = True
        here.world.broker.messages[:] = [message, message]
        with monkeypatch.context() as patch:
            if not claims:
                patch.setitem(world.TASKS, message[0], without_claim)
            here.world.run("work", 0, 1, Plan(edge=edge, act=("work", 0, 1)))
        noticed.append(is_noticed(here, "started twice"))
    assert any(noticed) is not claims


@pytest.mark.parametrize("starts_twice", [False, True], ids=["as it is", "control"])
def test_a_vendor_that_would_start_an_import_twice_is_noticed_when_a_worker_dies(starts_twice: bool) -> None:
    noticed = []
    for edge, here in enumerate(anew()):
        here.vendor.starts_twice = starts_twice
        signed_in(here)
        here.world.run("work", 0, 1, Plan(edge=edge, dies=True))
        here.world.clock.forward(seconds=76)
        here.world.deliver_all()
        noticed.append(is_noticed(here, "started twice"))
    assert any(noticed) is starts_twice


def test_control_a_sign_in_of_somebody_who_proved_nothing_is_noticed(here: Installation) -> None:
    here.world.run("add_bank", 0, 0)
    here.world.run("sign_in", 0, 4)
    BankSignIn.objects.update(returned_at=clock.now(), return_code_until=None, return_browser="")
    Source.objects.update(due_at=clock.now())
    with pytest.raises(AssertionError, match="proved nothing"):
        here.settle()


def a_lost_row(person: Onboarding) -> None:
    row = Transaction.objects.first()
    assert row is not None
    row.delete()


def a_cent_more(person: Onboarding) -> None:
    Transaction.objects.filter(pk=Transaction.objects.values("pk")[:1]).update(amount_cents=1)


def a_wrong_sum(person: Onboarding) -> None:
    CurrencyTotal.objects.update(in_cents=1)


def a_kept_secret(person: Onboarding) -> None:
    BankSignIn.objects.update(signature="sealed")


def a_revived_source(person: Onboarding) -> None:
    Source.objects.update(state=SourceState.IMPORTING, slot=1, due_at=clock.now())


def a_source_that_waits_for_nothing(person: Onboarding) -> None:
    BankSignIn.objects.create(source=Source.objects.create(onboarding=person, state_since=clock.now()))


def a_slot_too_many(person: Onboarding) -> None:
    now = clock.now()
    made = Source.objects.create(
        onboarding=person, state=SourceState.IMPORTING, slot=LIMIT + 1, due_at=now, state_since=now
    )
    BankSignIn.objects.create(source=made)


def a_proof_too_early(person: Onboarding) -> None:
    Onboarding.objects.update(snapshot=None, aggregation=None, erased_at=clock.now())
    Erasure.objects.create(onboarding=person, state=Erasure.State.PROVED)


def an_erased_person_who_is_shown(person: Onboarding) -> None:
    Erasure.objects.create(onboarding=person, due_at=clock.now())
    Onboarding.objects.update(erased_at=clock.now())


BROKEN: list[Callable[[Onboarding], None]] = [
    a_lost_row,
    a_cent_more,
    a_wrong_sum,
    a_kept_secret,
    a_revived_source,
    a_source_that_waits_for_nothing,
    a_slot_too_many,
    a_proof_too_early,
    an_erased_person_who_is_shown,
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.__name__)
def test_control_what_must_not_be_is_noticed(here: Installation, broken: Callable[[Onboarding], None]) -> None:
    person = with_summary(here)
    here.standing.check()
    broken(person)
    here.standing.forget()
    with pytest.raises(AssertionError):
        here.standing.check()


def test_control_a_summary_of_another_owner_is_noticed(here: Installation) -> None:
    person = with_summary(here)
    here.vendor.served[:] = [one for one in here.vendor.served if one.owner != person.owner_external_id]
    assert Snapshot.objects.exists()
    here.standing.forget()
    with pytest.raises(AssertionError, match="no answer of the vendor"):
        here.standing.check()


def test_control_work_that_never_ends_is_noticed(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(here)
    monkeypatch.setitem(world.TASKS, "onboarding.tasks.advance_source", lambda _pk: None)
    with pytest.raises(AssertionError, match="stuck"):
        here.settle(timedelta(minutes=20))
