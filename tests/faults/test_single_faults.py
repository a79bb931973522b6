"""One fault of the vendor at each call of a way: a right end or a failure that is told, and nothing doubled."""

import pytest

from onboarding.models import Failure, Source, SourceState
from tests.model import standing, wire
from tests.model.installation import Installation
from tests.model.vendor import FAULTS

from .conftest import Install

CALLS = 5
"""The calls of one bank from its redirection to the summary: open, status, start, command, aggregate."""
TOLD = {
    # Only staff can mend a key.
    "wrong_key": {1, 2, 3},
    # Fails closed.
    "other_owner": {2},
    # The start never arrived, and nobody can know: it is watched for until its deadline, and then told.
    "reset": {2},
}
"""At which calls a fault ends the import; at the first one, for which a person waits, every one does."""


def to_summary(here: Installation) -> None:
    here.world.run("connect", 0, 0)
    here.settle()
    here.world.run("finish", 0, 0)
    here.settle()


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_at_any_call_ends_right_and_doubles_nothing(install: Install, fault: str) -> None:
    for nth in range(CALLS):
        here = install()
        here.vendor.faults.extend([*[""] * nth, fault])
        to_summary(here)
        here.standing.check()
        source = Source.objects.select_related("onboarding").get()
        assert source.state in (SourceState.IMPORTED, SourceState.FAILED), (nth, source.state)
        assert sum(len(session.commands) for session in here.vendor.sessions.values()) <= 1
        if source.state == SourceState.FAILED:
            assert nth == 0 or nth in TOLD.get(fault, set()), (nth, source.failure)
            assert source.failure


@pytest.mark.parametrize("fault", ["unknown_state", "http_500", "no_connection", "lost", "http_429", "quota"])
def test_a_fault_that_lasts_for_many_calls_and_then_ends_costs_time_alone(install: Install, fault: str) -> None:
    here = install()
    here.vendor.faults.extend(["", "", "", *[fault] * 6])
    to_summary(here)
    source = Source.objects.select_related("onboarding").get()
    assert source.state == SourceState.IMPORTED
    shown = source.onboarding.snapshot_id
    assert shown is not None
    assert standing.rows_of(shown) == wire.expected(here.vendor.held(source.onboarding.owner_external_id))


def test_a_summary_without_the_bank_just_imported_is_made_once_more_when_it_has_come(install: Install) -> None:
    here = install()
    here.world.run("connect", 0, 2)
    here.settle()
    here.world.run("finish", 0, 0)
    here.world.deliver_all()
    assert Source.objects.get().onboarding.snapshot_id is None
    here.settle()
    source = Source.objects.get()
    assert (source.in_snapshot_id, source.missing_from_summary) == (source.onboarding.snapshot_id, False)


def test_the_data_of_another_owner_is_never_shown_and_staff_are_told(install: Install) -> None:
    here = install()
    here.world.run("connect", 0, 0)
    here.settle()
    here.vendor.faults.append("other_owner")
    here.world.run("finish", 0, 0)
    here.settle()
    onboarding = Source.objects.get().onboarding
    assert onboarding.snapshot_id is None
    assert onboarding.aggregation is not None
    assert onboarding.aggregation.failure == Failure.OWNER_MISMATCH
    assert onboarding.events.filter(name="staff_alert").exists()
