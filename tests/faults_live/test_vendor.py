"""The vendor: errors, silence, nonsense, lost answers, states and ids that nobody expects."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from onboarding.kontomatik.breaker import FAILURES, LONGEST_REST_SECONDS
from tests.faults_live.conftest import EVERYBODY, Run, all_like
from tests.faults_live.installation import Installation
from tests.faults_live.person import Wish
from tests.faults_live.striking import REFUSALS, ROUTES
from tests.faults_live.test_workers import nothing

pytestmark = pytest.mark.faults

PERSISTENT = all_like(tries_again=4)
AT_ONCE = 16
"""Calls that one process can have under way: the threads of a worker."""
PROBES_UNTIL_THE_LONGEST_REST = 5


def _unmet(installation: Installation) -> list[dict[str, Any]]:
    """Return the faults that lay in wait and were never met: a run with one shows less than it says."""
    found: list[dict[str, Any]] = installation.bank_state()["faults"]
    return found


def _on_all_routes(installation: Installation, kind: str, seconds: float) -> Callable[[], None]:
    def hurt() -> None:
        for route in ROUTES:
            installation.switch_on(route, kind)
        time.sleep(seconds)
        installation.switch_off()

    return hurt


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_vendor_that_fails_for_a_while_costs_nobody_anything(run: Run, installation: Installation, kind: str) -> None:
    run.fault = f"vendor answers {kind} to everything for 15 s"
    report = run(_on_all_routes(installation, kind, 15), PERSISTENT)
    assert report.whole == report.people


def test_a_vendor_that_refuses_connections_costs_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "vendor refuses connections for 15 s"

    def hurt() -> None:
        installation.door.shut()
        time.sleep(15)
        installation.door.open()

    report = run(hurt, PERSISTENT)
    assert report.whole == report.people


def test_a_vendor_that_takes_calls_and_says_nothing_holds_up_nothing_of_ours(
    run: Run, installation: Installation
) -> None:
    run.fault = "vendor takes every call and says nothing for 75 s"
    ready: list[int] = []

    def hurt() -> None:
        installation.door.silence()
        for _ in range(15):
            time.sleep(5)
            ready.append(installation.readiness())
        installation.door.open()

    report = run(hurt, all_like(tries_again=30))
    assert set(ready) == {200}
    assert report.whole == report.people


def test_a_vendor_that_is_away_for_long_is_left_alone_and_asked_again(
    run: Run, installation: Installation, lasting: Callable[[float], float]
) -> None:
    """Everybody is told in words or goes on; meanwhile the breaker's failures and its probes are all that is sent."""
    seconds = lasting(1800)
    run.fault = f"vendor answers http503 to everything for {seconds / 60:.0f} minutes"
    wishes = all_like(patience=300 + seconds)
    wishes = (*all_like(of=wishes[:20], tries_again=0), *all_like(of=wishes[20:], tries_again=400))
    asked: list[int] = []

    def hurt() -> None:
        asked.append(_calls(installation))
        _on_all_routes(installation, "http503", seconds)()
        asked.append(_calls(installation))

    report = run(hurt, wishes)
    report.notes = {"calls while it was away": asked[1] - asked[0], "seconds": seconds}
    # Two web processes and a worker; each sends what is under way at the first failures, then its probes.
    each = FAILURES + AT_ONCE + PROBES_UNTIL_THE_LONGEST_REST + seconds / (LONGEST_REST_SECONDS * 0.8)
    assert asked[1] - asked[0] <= 3 * each
    assert report.summaries >= 10


def _calls(installation: Installation) -> int:
    """Return how often the vendor was called so far."""
    return sum(installation.bank_state()["calls"].values())


@pytest.mark.parametrize(
    ("kind", "seconds", "times"), [("slow", 35.0, 2), ("trickle", 0.5, 2), ("truncated", None, 2), ("cut", None, 2),
                                   ("empty", None, 2), ("html", None, 2), ("wrongroot", None, 2), ("lost", None, 2),
                                   ("redirect", None, 2)]
)  # fmt: skip
def test_answers_that_can_not_be_used_cost_nobody_anything(
    run: Run, installation: Installation, kind: str, seconds: float | None, times: int
) -> None:
    run.fault = f"vendor's answers: {kind}, {times} on each route" + (f" ({seconds:.1f} s)" if seconds else "")

    def hurt() -> None:
        for route in ROUTES:
            installation.switch_on(route, kind, times=times, seconds=seconds)

    report = run(hurt, PERSISTENT, early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_the_starts_lost_answers_cost_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "the answer of ten starts is lost after they took effect"
    report = run(lambda: installation.switch_on("import", "lost", times=10), early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_an_import_that_never_ends_is_told_and_holds_nobody_up(run: Run) -> None:
    run.fault = "five imports never end"
    report = run(nothing, (*[Wish(("endless",)) for _ in range(5)], *EVERYBODY[5:]), early=True)
    assert (report.summaries, report.told.total()) == (25, 5)


def test_a_command_that_the_vendor_does_not_know_any_more_costs_nobody_anything(
    run: Run, installation: Installation
) -> None:
    run.fault = "six commands are unknown when asked for"
    report = run(lambda: installation.switch_on("command", "unknowncommand", times=6), early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_states_never_seen_before_cost_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "states never seen before, six on each route"

    def hurt() -> None:
        for route in ("status", "import", "command"):
            installation.switch_on(route, "unknownstate", times=6)

    report = run(hurt, early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_an_aggregate_of_200_megabytes_costs_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "two aggregates of 200 MB"
    report = run(lambda: installation.switch_on("data", "padded", times=2), early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_an_aggregate_without_the_bank_just_imported_is_waited_for(run: Run, installation: Installation) -> None:
    run.fault = "ten aggregates without the bank just imported, then with it"
    report = run(lambda: installation.switch_on("data", "missing_target", times=10), early=True)
    assert not _unmet(installation)
    assert report.whole == report.people


def test_another_owners_id_fails_closed_and_is_told(run: Run, installation: Installation) -> None:
    run.fault = "another owner's id in three starts and three aggregates"

    def hurt() -> None:
        for route in ("import", "data"):
            installation.switch_on(route, "otherowner", times=3)

    report = run(hurt, all_like(tries_again=0), early=True)
    assert not _unmet(installation)
    assert report.told.total() >= 3
    assert installation.postgres.rows(
        "SELECT count(*) FROM onboarding_event WHERE name = 'staff_alert' AND detail LIKE 'owner_mismatch%'"
    ) == [(6,)]


def test_an_expired_session_is_told_and_holds_nobody_up(run: Run) -> None:
    run.fault = "ten sessions expire before the import"
    report = run(nothing, (*[Wish(("sessionover",)) for _ in range(10)], *EVERYBODY[10:]), early=True)
    assert (report.summaries, report.told.total()) == (20, 10)


def test_a_wrong_key_is_told_and_nobody_is_stuck(
    run: Run, installation: Installation, lasting: Callable[[float], float]
) -> None:
    run.fault = "wrong key for 10 minutes"
    wishes = (
        *all_like(of=EVERYBODY[:20], tries_again=0),
        *all_like(of=EVERYBODY[20:], tries_again=200, patience=300 + lasting(600)),
    )
    report = run(_on_all_routes(installation, "wrongkey", lasting(600)), wishes)
    assert report.summaries >= 10
