"""The web process and the people: killed at the return, deployed under way, clicked twice, wandered about in."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.faults_live.checks import LEFT_OPEN
from tests.faults_live.conftest import EVERYBODY, Run, all_like
from tests.faults_live.installation import ROOT, Installation
from tests.faults_live.servers import wait_until
from tests.faults_live.test_workers import nothing

pytestmark = pytest.mark.faults

MIGRATIONS = "onboarding/migrations/"
CHANGES_TABLES = ("CreateModel", "AddField", "RemoveField", "AddIndex", "AddConstraint")
"""What a migration does to tables; one that only changes a field may be nothing to PostgreSQL."""


def test_a_web_process_killed_during_the_return_costs_nobody_anything(run: Run, installation: Installation) -> None:
    run.fault = "web process killed during the return, six times; all of web killed once"

    def hurt() -> None:
        for number in range(1, 7):
            installation.set_trap("before-commit" if number % 2 else "after-commit", "return", number)
            wait_until(lambda number=number: installation.sprung() >= number, "a return")  # type: ignore[misc]
        installation.kill("web")
        time.sleep(2)
        installation.start("web")

    report = run(hurt, early=True, pages_may_fail=True)
    assert report.whole == report.people


def test_a_deploy_with_a_migration_costs_nobody_anything(run: Run, installation: Installation) -> None:
    """Old code serves people, the new code's migrations run, old and new serve and work side by side, the old one goes.

    People come for a minute, so that somebody is under way at each of these times.
    """
    run.fault = "deploy with a migration, old and new code together"
    old = _code_before_the_tables_changed(installation.folder)
    served = ("web", "worker", "beat")
    for name in served:
        installation.stop(name)
        installation.parts[name].root = old
    database = installation.postgres.DATABASE
    installation.postgres.execute(f"DROP DATABASE {database} WITH (FORCE)", database="postgres")
    installation.postgres.execute(f"CREATE DATABASE {database}", database="postgres")

    def hurt() -> None:
        time.sleep(10)
        installation.prepare()
        installation.add_worker("worker2")
        installation.add_web("web2")
        installation.start("worker2", "web2")
        wait_until(lambda: _answered(installation, "web2") > 0, "an answer of the new web process")
        before = {name: _answered(installation, name) for name in ("web", "web2")}
        time.sleep(10)
        for name, answers in before.items():
            assert _answered(installation, name) > answers, f"{name} answered nobody while old and new served together"
        assert installation.postgres.rows(LEFT_OPEN), "nobody is under way beside old and new code"
        for name in ("web", "worker", "beat"):
            installation.stop(name)
            installation.parts[name].root = ROOT
            installation.start(name)
        assert installation.postgres.rows(LEFT_OPEN), "nobody is under way with the new code"

    try:
        installation.prepare(root=old)
        installation.start(*served)
        report = run(hurt, early=True, arrive_every=2.0, pages_may_fail=True)
    finally:
        for name in ("worker2", "web2"):
            if name in installation.parts:
                installation.remove(name)
        for name in served:
            installation.parts[name].root = ROOT
        installation.prepare()
    assert report.whole == report.people


def _answered(installation: Installation, name: str) -> int:
    """Return how many pages a web process has answered, but for those that only ask whether it is there."""
    lines = installation.log(name).splitlines()
    return sum("onboarding.requests" in line and "healthz" not in line and "readyz" not in line for line in lines)


def _code_before_the_tables_changed(folder: Path) -> Path:
    """Check the project's own history out, as it was before the last migration that did something to a table."""
    now = _migrations(_git("ls-tree", "--name-only", "HEAD", MIGRATIONS))
    changing = {name for name in now if any(what in (ROOT / MIGRATIONS / name).read_text() for what in CHANGES_TABLES)}
    for commit in _git("log", "--format=%H", "--", MIGRATIONS).split():
        then = _migrations(_git("ls-tree", "--name-only", f"{commit}^", MIGRATIONS))
        if then < now and changing - then and len({name[:4] for name in then}) == len(then):
            break
    else:
        raise AssertionError("the history of the migrations is not in this checkout: a whole clone is needed")
    old = folder / "old"
    if not old.exists():
        old.mkdir()
        archive = subprocess.run(["git", "archive", f"{commit}^"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", str(old)], input=archive.stdout, check=True)
    return old


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _migrations(listed: str) -> set[str]:
    return {Path(line).name for line in listed.split() if Path(line).name.startswith("0")}


def test_people_who_click_twice_and_wander_about_double_nothing(run: Run, installation: Installation) -> None:
    run.fault = "people: every button pressed three times at once, Back, reload, old addresses"
    report = run(nothing, all_like(clicks=3, wanders=True), early=True)
    assert report.whole == report.people
    wanted = sum(len(wish.logins) for wish in EVERYBODY)
    assert report.starts == wanted
    assert installation.postgres.rows("SELECT count(*) FROM onboarding_source") == [(wanted,)]
    assert installation.postgres.rows("SELECT count(*) FROM onboarding_onboarding") == [(report.people,)]


def test_people_who_come_back_in_another_browser_get_on_with_the_code(run: Run) -> None:
    run.fault = "people: the return opens in a second browser"
    report = run(nothing, all_like(comes_back_elsewhere=True), early=True)
    assert report.whole == report.people


def test_people_who_lose_their_cookies_begin_anew(run: Run) -> None:
    run.fault = "people: cookies cleared after the start"
    report = run(nothing, all_like(forgets=True), early=True)
    assert report.whole == report.people
