"""Messages lost, late, doubled and shuffled: the rows say what is to be done, so none of it matters."""

from onboarding.models import Source, SourceState
from tests.model.installation import Installation

from .conftest import Install


def three_people(install: Install) -> Installation:
    here = install()
    for nth in range(3):
        here.world.run("start", nth, 0)
    for nth in range(3):
        here.world.run("connect", nth, 0)
    return here


def test_without_any_message_of_the_pages_the_sweep_alone_brings_everybody_to_the_end(install: Install) -> None:
    here = three_people(install)
    here.world.broker.lose()
    here.settle()
    assert set(Source.objects.values_list("state", flat=True)) == {SourceState.IMPORTED}
    here.let_everything_end()


def test_messages_an_hour_late_twice_and_backwards_change_nothing(install: Install) -> None:
    here = three_people(install)
    kept = []
    while any(source.is_open for source in Source.objects.all()):
        here.world.run("sweep", 0, 0)
        kept.extend(here.world.broker.messages)
        here.world.deliver_all()
        here.world.clock.forward(seconds=2)
    here.world.clock.forward(hours=1)
    before = list(Source.objects.order_by("pk").values())
    here.world.broker.messages[:] = [message for message in reversed(kept) for _ in range(2)]
    calls = len(here.vendor.commands)
    here.world.deliver_all()
    here.standing.check()
    assert list(Source.objects.order_by("pk").values()) == before
    assert len(here.vendor.commands) == calls == 3


def test_an_hour_in_which_nobody_worked_loses_nobody_who_was_importing(install: Install) -> None:
    here = three_people(install)
    here.world.deliver_all()
    here.world.clock.forward(minutes=50)
    here.world.broker.lose()
    here.settle()
    states = list(Source.objects.values_list("state", "failure"))
    # Whoever stood in the line meanwhile has a session that the vendor ended: that is told.
    assert {state for state, failure in states if not failure} == {SourceState.IMPORTED}
    assert {failure for _, failure in states} <= {"", "session_over"}
    here.let_everything_end()
