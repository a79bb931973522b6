"""A ledger of 200,000 rows on SQLite: a small constant of memory, and room for other writers all the while."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import memory
from tests.browser.stack import ROOT

ROWS = 200_000
ROWS_A_COMMIT = 1000
OTHER_WRITERS_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Load:
    """What came of the load: what its own process told, and how many rows each other write found stored."""

    told: dict[str, Any]
    rows_found: list[int]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Store a large aggregate in a process of its own while this one writes a small row every 20 ms."""
    folder = tmp_path_factory.mktemp("large")
    database = folder / "large.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(folder),
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    storing = memory.command("tests.ledger.store_many")
    with subprocess.Popen(storing, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        found = write_until_the_end_of(child, database)
        told = child.stdout.read()
    assert child.returncode == 0
    return Load(json.loads(told), found)


def write_until_the_end_of(child: "subprocess.Popen[str]", database: Path) -> list[int]:
    """Write as another worker does; return how many rows each write found stored. One that is locked out raises."""
    found = []
    with closing(sqlite3.connect(database, timeout=OTHER_WRITERS_PATIENCE, isolation_level=None)) as other:
        while child.poll() is None:
            other.execute("BEGIN IMMEDIATE")
            other.execute("INSERT OR REPLACE INTO onboarding_tick (name, at) VALUES ('other', CURRENT_TIMESTAMP)")
            found.append(other.execute("SELECT COALESCE(MAX(id), 0) FROM onboarding_transaction").fetchone()[0])
            other.execute("COMMIT")
            time.sleep(0.02)
    return found


def test_200_000_rows_are_stored_in_a_small_constant_of_memory(load: Load) -> None:
    assert load.told["stored"] == load.told["rows"] == ROWS
    assert load.told["growth"] < 60 * memory.MEBIBYTE < load.told["control"]


def test_no_commit_on_sqlite_holds_more_than_a_thousand_rows(load: Load) -> None:
    assert 0 < load.told["largest_commit"] <= ROWS_A_COMMIT


def test_another_writer_gets_its_turn_between_the_batches_all_the_while(load: Load) -> None:
    # How long it waits is measured in bench/ledger.py: that it is let in between two commits is what bounds it.
    between = {rows for rows in load.rows_found if 0 < rows < ROWS}
    assert len(between) >= 20
    assert min(between) < ROWS / 2 < max(between)
