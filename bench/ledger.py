"""Measure reading, storing, showing and deleting a large aggregate, beside floors taken in the same run.

    .venv/bin/python -m bench.ledger                               # 10 accounts of 2,000 rows
    .venv/bin/python -m bench.ledger --rows 20000                  # 200,000 rows, 115 MB; 100000 for a million
    .venv/bin/python -m bench.generate_aggregate --accounts 10 --rows 10000 --told-again --out var/told.xml
    .venv/bin/python -m bench.ledger var/told.xml
    DATABASE_URL=postgres://… .venv/bin/python -m bench.ledger --rows 20000

Every step is a process of its own; its peak memory is what the system counted for it
(``ru_maxrss``), with a process that only imports as the base. Floors: the parser alone; the engine's fastest insert of
rows that are ready; one plain ``SUM … GROUP BY`` over the same rows. Read the ratios, not the seconds: they are of the
processor time of the step's own process, which a busy machine changes little (PostgreSQL's own work is not in it).
On SQLite a second process writes one row every 20 ms meanwhile and says how long it waited at most; the control is the
same load in one transaction.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from bench.generate_aggregate import written
from bench.installation import database

ROOT = Path(__file__).resolve().parent.parent
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def nothing(path: Path) -> dict[str, Any]:
    from onboarding import ledger  # noqa: F401
    from onboarding.kontomatik import parser  # noqa: F401

    return {}


def records(stream: BinaryIO) -> Any:
    """Read as a worker does, with room for a million rows with every field."""
    from onboarding.kontomatik.parser import Limits, read_aggregate

    return read_aggregate(stream, limits=Limits(bytes=768 * 1024 * 1024))


def parse(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"records": sum(1 for _ in records(stream))}


def summarise(path: Path) -> dict[str, Any]:
    from django.utils import timezone

    from onboarding.summary.saved import document_of_reply

    with path.open("rb") as stream:
        return {"accounts": len(document_of_reply(records(stream), now=timezone.now())["accounts"])}


def new_snapshot() -> Any:
    from django.utils import timezone

    from onboarding.models import Aggregation, Onboarding, Snapshot

    now = timezone.now()
    onboarding = Onboarding.objects.create(country="pl", locale="pl", consented_at=now, expires_at=now)
    aggregation = Aggregation.objects.create(onboarding=onboarding, state="ready")
    return Snapshot.objects.create(onboarding=onboarding, aggregation=aggregation)


def store(path: Path) -> dict[str, Any]:
    from onboarding import ledger

    snapshot = new_snapshot()
    with path.open("rb") as stream:
        stored = ledger.store_aggregate(records(stream), snapshot=snapshot, renew=lambda rows: None)
    return {"rows": stored.transaction_count}


def match(path: Path) -> dict[str, Any]:
    """Look for rows told twice in the last stored snapshot once more, and mark them, as storing did at its end."""
    from django.db import connection, transaction
    from django.db.models import Count

    from onboarding import ledger, twins
    from onboarding.models import Account, Snapshot, Transaction

    snapshot = Snapshot.objects.exclude(transaction_count=0).order_by("-pk").first()
    several = Account.objects.filter(snapshot=snapshot).annotate(seen=Count("listings")).filter(seen__gt=1)
    Transaction.objects.filter(snapshot=snapshot).update(twin=None)
    began, idle = time.perf_counter(), time.process_time()
    pairs = 0
    for account in several:
        pairs += twins.mark(
            account.pk,
            sources={number: number for number in account.listings.values_list("number", flat=True)},
            commit=transaction.atomic,
            rows_a_commit=ledger.ROWS_A_COMMIT[connection.vendor],
            breath=ledger.BREATH,
        )
    return {"pairs": pairs, "seconds": time.perf_counter() - began, "cpu": time.process_time() - idle}


def store_at_once(path: Path) -> dict[str, Any]:
    from django.db import transaction

    with transaction.atomic():
        return store(path)


def insert(path: Path) -> dict[str, Any]:
    """Insert rows that are ready, the columns of the last stored snapshot, by the engine's fastest way."""
    from django.db import connection, transaction

    from onboarding import ledger
    from onboarding.models import Account, Snapshot, Transaction

    source = Snapshot.objects.order_by("-pk").first()
    target = new_snapshot()
    account = Account.objects.create(snapshot=target, position=1)
    columns = [Transaction._meta.get_field(name).attname for name in ledger._COLUMNS]
    ready = [
        (account.pk, target.pk, *(str(value) if hasattr(value, "isoformat") else value for value in values))
        for values in Transaction.objects.filter(snapshot=source).values_list(*columns[2:])
    ]
    limit = ledger.ROWS_A_COMMIT[connection.vendor]
    began, idle = time.perf_counter(), time.process_time()
    for start in range(0, len(ready), limit):
        with transaction.atomic():
            ledger._insert(ready[start : start + limit])
    return {"rows": len(ready), "seconds": time.perf_counter() - began, "cpu": time.process_time() - idle}


def show(path: Path) -> dict[str, Any]:
    """Build the page, a searched page of transactions and both exports; beside them one plain SQL aggregate."""
    from django.db import connection

    from onboarding.models import Onboarding, Snapshot
    from onboarding.summary import exports, page, transactions

    snapshot = Snapshot.objects.exclude(transaction_count=0).order_by("-pk").first()
    assert snapshot is not None
    onboarding = snapshot.onboarding
    Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=snapshot)
    sql = (
        "SELECT a.currency, SUM(CASE WHEN t.amount_cents > 0 THEN t.amount_cents ELSE 0 END) "
        "FROM onboarding_transaction t JOIN onboarding_account a ON a.id = t.account_id "
        "WHERE t.snapshot_id = %s GROUP BY a.currency"
    )

    hiding = Onboarding.objects.get(pk=onboarding.pk)
    hiding.hides_duplicates = True

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, [snapshot.pk])
            cursor.fetchall()

    steps: dict[str, Callable[[], Any]] = {
        "plain SQL sum": plain,
        "summary page": lambda: page.build(onboarding, locale="pl"),
        "without duplicates": lambda: page.build(hiding, locale="pl"),
        "first transactions": lambda: transactions.build(onboarding, locale="pl"),
        "last transactions": lambda: transactions.build(onboarding, number="999999", locale="pl"),
        "searched transactions": lambda: transactions.build(onboarding, query="zlobek dluga 7", locale="pl"),
        "possible duplicates": lambda: transactions.build(onboarding, only_duplicates=True, locale="pl"),
        "CSV": lambda: sum(map(len, exports.csv_chunks(onboarding))),
        "XLSX": lambda: sum(map(len, exports.xlsx_chunks(onboarding))),
    }
    taken = {}
    for name, step in steps.items():
        began, idle = time.perf_counter(), time.process_time()
        step()
        taken[name] = time.perf_counter() - began, time.process_time() - idle
    Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=None)
    return {"steps": taken}


def erase(path: Path) -> dict[str, Any]:
    """Erase the newest person as far as that person waits for it: hidden at once, deleted by ``discard`` afterwards."""
    from onboarding.jobs import erasure
    from onboarding.models import Actor, Onboarding, Snapshot

    snapshot = Snapshot.objects.exclude(transaction_count=0).order_by("-pk").first()
    assert snapshot is not None
    Onboarding.objects.filter(pk=snapshot.onboarding_id).update(snapshot=snapshot)
    began, idle = time.perf_counter(), time.process_time()
    erasure.begin(snapshot.onboarding_id, actor=Actor.USER)
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - idle}


def discard(path: Path) -> dict[str, Any]:
    from onboarding import ledger
    from onboarding.models import Snapshot

    snapshots = list(Snapshot.objects.values_list("pk", flat=True))
    for snapshot_pk in snapshots:
        ledger.discard(snapshot_pk)
    return {"snapshots": len(snapshots)}


STEPS = {
    step.__name__: step
    for step in (nothing, parse, summarise, store, match, store_at_once, insert, show, erase, discard)
}


def run_here(name: str, path: Path) -> None:
    """Do one step in this process and print what it took."""
    import django

    django.setup()
    began = time.perf_counter()
    idle = time.process_time()
    told = STEPS[name](path)
    told.setdefault("seconds", time.perf_counter() - began)
    told.setdefault("cpu", time.process_time() - idle)
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))


def run(name: str, path: Path) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "bench.ledger", str(path.resolve()), "--step", name],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if ended.returncode:
        sys.exit(f"{name} failed:\n{ended.stderr}")
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def run_beside_a_writer(name: str, path: Path, database: Path) -> tuple[dict[str, Any], list[float]]:
    """Do a step while another process's kind of write (one row, every 20 ms) goes on; return its waits in seconds."""
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.ledger", str(path.resolve()), "--step", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    other = sqlite3.connect(database, timeout=120, isolation_level=None)
    waits = []
    while child.poll() is None:
        began = time.perf_counter()
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT OR REPLACE INTO onboarding_tick (name, at) VALUES ('bench', CURRENT_TIMESTAMP)")
        other.execute("COMMIT")
        waits.append(time.perf_counter() - began)
        time.sleep(0.02)
    other.close()
    printed, faults = child.communicate()
    if child.returncode:
        sys.exit(f"{name} failed:\n{faults}")
    return json.loads(printed), sorted(waits)


def line(name: str, told: dict[str, Any], base: float | None = None, ratio: str = "") -> None:
    memory = "" if base is None else f"{told['peak_mb'] - base:+7.1f} MB"
    print(f"{name:<36}{told['seconds']:9.2f} s {told['cpu']:9.2f} s cpu  {memory:<12}{ratio}")


def measure(path: Path, engine: str, *, stored_alone: bool) -> None:
    print(f"{engine}, {path.stat().st_size / 1e6:.1f} MB (memory: peak above a process that only imports)")
    base = run("nothing", path)["peak_mb"]
    parsed = run("parse", path)
    line("floor: parser alone", parsed, base)
    if not stored_alone:
        counted = run("summarise", path)
        line("summarise, no database", counted, base, f"{counted['cpu'] / parsed['cpu']:.2f} x floor")
    stored = run("store", path)
    matched = {"pairs": 0} if stored_alone else run("match", path)
    inserted = run("insert", path)
    line("floor: fastest insert of ready rows", inserted)
    floors = parsed["cpu"] + inserted["cpu"]
    line(f"store {stored['rows']} rows", stored, base, f"{stored['cpu'] / floors:.2f} x both floors")
    if matched["pairs"]:
        line(
            f"  of it: {matched['pairs']} rows told twice", matched, base, f"{matched['cpu'] / stored['cpu']:.2f} of it"
        )
    if not stored_alone:
        shown = run("show", path)
        for name, (seconds, cpu) in shown["steps"].items():
            line(f"  {name}", {"seconds": seconds, "cpu": cpu})
        line("all of these in one process", shown, base)
    line("erase, as long as a person waits", run("erase", path))
    line("discard both snapshots", run("discard", path), base)


def measure_waits(path: Path, database: Path, *, stored_alone: bool) -> None:
    print("how long one other writer waited (one row every 20 ms)")
    for name, title in (
        ("parse", "nobody else writes"),
        ("store", "store in batches"),
        ("store_at_once", "control: store in one transaction"),
        ("discard", "discard both snapshots"),
    ):
        if stored_alone and name in ("parse", "store_at_once"):
            continue
        told, waits = run_beside_a_writer(name, path, database)
        p99 = waits[int(len(waits) * 0.99)]
        print(
            f"{title:<44}{told['seconds']:9.2f} s  p50 {waits[len(waits) // 2] * 1000:6.1f} ms  "
            f"p99 {p99 * 1000:7.1f} ms  max {waits[-1] * 1000:8.1f} ms  ({len(waits)} writes)"
        )


def migrate() -> None:
    subprocess.run([sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the ledger.")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=2_000, help="of each of ten accounts, without a file")
    parser.add_argument("--stored-alone", action="store_true", help="leave out what is shown, and the controls")
    parser.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        run_here(asked.step, asked.file)
        return
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as address:
        file = asked.file or written(Path(folder) / "aggregate.xml", asked.rows)
        os.environ["DATABASE_URL"] = address
        migrate()
        is_sqlite = address.startswith("sqlite")
        measure(file, "SQLite" if is_sqlite else "PostgreSQL", stored_alone=asked.stored_alone)
        if is_sqlite:
            measure_waits(file, Path(address.removeprefix("sqlite:///")), stored_alone=asked.stored_alone)


if __name__ == "__main__":
    main()
