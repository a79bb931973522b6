"""The slots of the parallel commands: held while a statement or an upload is worked on, given back after it."""

from contextlib import ExitStack

import pytest

from sandbox import clock
from sandbox.refusals import Refusal
from sandbox.state import State
from tests.sandbox.caller import owner_id


def test_a_slot_is_held_only_while_it_is_worked_on() -> None:
    state = State()
    with state.slot(owner_id()):
        assert state.in_flight(clock.now()) == 1
    assert (state.in_flight(clock.now()), state.most_in_flight) == (0, 1)


def test_the_ninth_is_refused_until_one_of_the_eight_is_done() -> None:
    state = State()
    with ExitStack() as held:
        for _number in range(8):
            held.enter_context(state.slot(owner_id()))
        with pytest.raises(Refusal, match="JobsQuotaExceeded"), state.slot(owner_id()):
            pass
    with state.slot(owner_id()):
        assert state.most_in_flight == 8


def test_a_failure_gives_the_slot_back() -> None:
    state = State()
    with pytest.raises(Refusal), state.slot(owner_id()):
        raise Refusal("UnsupportedStatement", "Refused.")
    assert state.in_flight(clock.now()) == 0


def test_a_reset_meanwhile_leaves_no_slot_too_many() -> None:
    state = State()
    with state.slot(owner_id()):
        state.reset()
    assert state.in_flight(clock.now()) == 0
