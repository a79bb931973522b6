"""A backup made while people are under way, everything lost some seconds later, and the backup restored.

The vendor does not go back in time with us: imports that the backup has as waiting were started, some have ended, and
a person who had finished was not yet finished then. Everybody must reach a right end all the same.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import requests

from sandbox.samples import find
from tests.needs import postgres_tool
from tests.operations.installation import Installation, sandbox
from tests.operations.people import Walker

pytestmark = [pytest.mark.services, pytest.mark.postgres_tools]

PATIENCE_SECONDS = 120
REFUSED = "bank refuses"
STATEMENT = "statement-password-demo.pdf"


@contextmanager
def databases() -> Iterator[list[str]]:
    """Give two empty databases of the server that the tests run with."""
    server = os.environ["DATABASE_URL"]
    names = [f"wizard_drill_{uuid4().hex[:8]}" for _ in range(2)]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield [f"{server.rsplit('/', 1)[0]}/{name}" for name in names]
        finally:
            for name in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[str]:
    with sandbox(tmp_path, SANDBOX_IMPORT_SECONDS="4-6") as address:
        yield address


def run(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL's, as the runbook has it."""
    subprocess.run([postgres_tool(tool) or tool, *arguments], check=True, capture_output=True)


def until(right: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not right():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.5)


def under_way(site: str) -> dict[str, Walker]:
    """Let twelve people begin, each of whom stands somewhere else when the backup is made."""
    people = {name: Walker(site) for name in ("done", "summed up", "at the bank", "asked for a password")}
    people |= {f"importing {number}": Walker(site) for number in range(6)}
    people |= {"answer lost": Walker(site, login="lost"), REFUSED: Walker(site, login="blocked")}
    for one in people.values():
        one.begin()
    for name in ("done", "summed up"):
        people[name].sign_in(people[name].ask_for_bank())
    sample = find(STATEMENT)
    assert sample is not None
    people["asked for a password"].send_statement(STATEMENT, sample.content(datetime.now(UTC).date()))
    for name in ("done", "summed up"):
        until(lambda name=name: people[name].cards() == ["imported"], name)  # type: ignore[misc]
    people["summed up"].finish()
    until(lambda: has_summary(people["summed up"]), "summed up")
    return people


def truth(bank: str) -> dict[str, Any]:
    reply = requests.get(f"{bank}/_control/state", headers={"X-Api-Key": "sandbox-key"}, timeout=10)
    reply.raise_for_status()
    state: dict[str, Any] = reply.json()
    return state


def test_who_was_under_way_when_the_backup_was_made_reaches_a_right_end(tmp_path: Path, bank: str) -> None:
    with databases() as (first, second):
        site = Installation(tmp_path, first, os.environ["CELERY_BROKER_URL"], tmp_path / "uploads", bank)
        try:
            site.prepare()
            site.start("web", "worker", "beat")
            people = under_way(site.site)
            link = people["at the bank"].ask_for_bank()
            people["at the bank"].sign_in(link, until="login/")
            importing = [one for name, one in people.items() if name.startswith(("importing", "answer", "bank"))]
            for one in importing:
                one.sign_in(one.ask_for_bank())
            back_up(site, tmp_path / "backup")
            # What the backup does not know: imports start and end, somebody finishes, somebody else begins.
            people["done"].finish()
            time.sleep(8)
            site.stop("web", "worker", "beat", how=signal.SIGKILL)
            restore(site, tmp_path / "backup", into=second)
            site.start("web", "worker", "beat")
            finish_what_was_begun(people, link, second)
            check(people, truth(bank))
            assert requests.get(f"{site.site}/readyz", timeout=10).status_code == 200
        finally:
            site.stop(*list(site.running))


def back_up(site: Installation, folder: Path) -> None:
    """Dump the rows first, then copy the sealed files: what a row names is in the copy, or was sent since."""
    folder.mkdir()
    run("pg_dump", "--format=custom", f"--file={folder / 'rows'}", site.database)
    shutil.copytree(site.uploads, folder / "uploads")


def restore(site: Installation, folder: Path, *, into: str) -> None:
    """Restore into an empty database, put the files back, and point the installation there."""
    run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={into}", str(folder / "rows"))
    shutil.rmtree(site.uploads)
    shutil.copytree(folder / "uploads", site.uploads)
    site.database = into
    assert "No planned migration operations" in site.manage("migrate", "--plan")


def finish_what_was_begun(people: dict[str, Walker], link: str, database: str) -> None:
    """Let everybody go on from where the restored site has them, to the summary or to the end that they are told."""
    people["at the bank"].sign_in(link)
    people["asked for a password"].give_password("demo")
    for name, one in people.items():
        if name == REFUSED:
            continue
        until(lambda one=one: one.cards() == ["imported"], f"{name} is not imported")  # type: ignore[misc]
        if not has_summary(one):
            one.finish()
            until(lambda one=one: has_summary(one), f"{name} has no summary")  # type: ignore[misc]
    # Its command failed after the backup, and the vendor says only that it was started: the deadline ends it.
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE onboarding_source SET due_at = now(), give_up_at = now() WHERE state = 'importing'")
    until(lambda: people[REFUSED].cards() == ["failed"], f"{REFUSED} is not told")


def has_summary(one: Walker) -> bool:
    return '"totals"' in one.summary().text


def check(people: dict[str, Walker], known: dict[str, Any]) -> None:
    """Compare everybody's summary with what the bank knows: nothing started twice, nothing missing or doubled."""
    assert all(session["effectiveStarts"] <= 1 for session in known["sessions"])
    assert known["mostInFlight"] <= 8
    for name, one in people.items():
        if name == REFUSED:
            continue
        summary = one.summary().json()
        owner = known["owners"][summary["ownerExternalId"]]
        accounts = [*owner["accounts"], *owner["cards"], *(a for s in owner["statements"] for a in s["accounts"])]
        found = sorted((account["iban"], account["transactionCount"]) for account in summary["accounts"])
        assert found == sorted((account["iban"], account["transactions"]) for account in accounts), name
        assert len(owner["imports"]) + len(owner["statements"]) == 1, name
