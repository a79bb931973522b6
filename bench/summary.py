"""Measure the summary page, its search and the exports at several sizes, beside a bare view of the same run.

    .venv/bin/python -m bench.summary                                # SQLite: 2,000 and 20,000 rows
    .venv/bin/python -m bench.summary --rows 200000 --explain        # one size, and how the engine finds the rows
    DATABASE_URL=postgres://… .venv/bin/python -m bench.summary      # PostgreSQL

Each size has ten accounts in a snapshot that is shown, beside ``--others`` people with as many rows each. Every request
goes through the whole site in this process (no network): queries, median and longest of ``ROUNDS``. Exports are taken
once, each in a process of its own, whose peak memory (``ru_maxrss``) is given above that of one which only asked for
the first page. The floor of an export: the rows read from the database and thrown away.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path
from typing import Any

from bench import installation

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
ROUNDS = 7
EXPORTS = ("summary.json", "summary.csv", "summary.xlsx")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the summary.")
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--others", type=int, default=1)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--take", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.take:
        set_up()
        take(*asked.take.split(" "))
        return
    with tempfile.TemporaryDirectory() as folder, installation.database(Path(folder)) as address:
        os.environ["DATABASE_URL"] = address
        set_up()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        for rows in asked.rows:
            measure(rows, asked.others, explain=asked.explain)
        connections.close_all()


def set_up() -> None:
    """Let Django in this process use the database, with one bare view beside the site."""
    from bench import poll_site

    assert poll_site.bare
    installation.hush()


def measure(rows: int, others: int, *, explain: bool) -> None:
    from django.db import connection
    from django.test import Client

    from onboarding import ledger
    from onboarding.models import Onboarding, Snapshot

    for _ in range(others):
        store(rows, Client())
    person = Client()
    onboarding = store(rows, person)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{connection.vendor}, {rows:,} rows of one person, {others} others with as many")
    page = f"/o/{onboarding.uuid}/summary/"
    bare = ask("bare one-query view", person, "/bare/")
    for name, query in questions(rows):
        times = ask(name, person, page + query)
        print(f"{'':34}{times / bare:8.1f} x the bare view")
    for query in (questions(rows)[0], *questions(rows)[2:]) if explain else ():
        explained(onboarding.snapshot_id, *query)
    beside_an_export(person, page, f"/o/{onboarding.uuid}/summary.xlsx")
    floor = run(person, f"/o/{onboarding.uuid}/", "rows")
    base = run(person, page, "page")["peak_mb"]
    print(f"floor: rows read and dropped      {floor['seconds']:8.2f} s  {floor['cpu']:6.2f} s cpu")
    print(f"peak memory with the page alone   {base:8.1f} MB")
    for name in EXPORTS:
        told = run(person, f"/o/{onboarding.uuid}/{name}", "page")
        print(
            f"{name:<34}{told['seconds']:8.2f} s  {told['cpu']:6.2f} s cpu  first byte {told['first'] * 1000:6.0f} ms  "
            f"{told['bytes'] / 1e6:6.1f} MB  memory {told['peak_mb'] - base:+6.1f} MB"
        )
    Onboarding.objects.update(snapshot=None)
    for pk in list(Snapshot.objects.values_list("pk", flat=True)):
        ledger.discard(pk)


def questions(rows: int) -> list[tuple[str, str]]:
    """Return what people ask for, as a name and the query of the address."""
    deep = rows // 50 - 1
    return [
        ("first page", ""),
        ("page in the middle", f"?page={deep // 2}"),
        ("last page but one", f"?page={deep}"),
        ("one account, last page but one", f"?account=3&page={deep // 10 - 1}"),
        ("search, in every fifth row", "?q=zlobek"),
        ("search, its last page", "?q=zlobek&page=99999"),
        ("search, one row of an account", f"?q=nr+{rows // 10 - 7}%2F"),
        ("search, found nowhere", "?q=xylophone"),
        ("search of 8 words, all common", "?q=a+e+i+o+u+ul+nr+dluga"),
        ("search in one account", "?q=zlobek+dluga&account=3"),
        ("possible duplicates", "?duplicates=1"),
    ]


def store(rows: int, person: Any) -> Any:
    """Store an aggregate of ten accounts for a new person and show it."""
    from bench.generate_aggregate import reply
    from onboarding import ledger
    from onboarding.kontomatik.parser import read_aggregate
    from onboarding.models import Aggregation, Snapshot
    from tests import rows as made

    onboarding = made.onboarding(person)
    aggregation = Aggregation.objects.create(onboarding=onboarding, state="ready")
    snapshot = Snapshot.objects.create(
        onboarding=onboarding, aggregation=aggregation, generated_at=aggregation.created_at
    )
    whole = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - closed below
    for piece in reply(10, rows // 10, form="full", repeat=False, told_again=False, iban_last=False):
        whole.write(piece.encode())
    whole.seek(0)
    ledger.store_aggregate(read_aggregate(whole), snapshot=snapshot, renew=lambda _: None)  # type: ignore[arg-type]
    whole.close()
    onboarding.snapshot, onboarding.aggregation, onboarding.finished_at = snapshot, aggregation, aggregation.created_at
    onboarding.save()
    made.source(onboarding, "imported", in_snapshot=snapshot)
    return onboarding


def ask(name: str, person: Any, address: str) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        answer = person.get(address)
    queries = len(captured)
    assert answer.status_code == 200, (address, answer.status_code)
    walls, idles = [], []
    for _ in range(ROUNDS):
        begun, idle = time.perf_counter(), time.process_time()
        person.get(address)
        walls.append((time.perf_counter() - begun) * 1000)
        idles.append((time.process_time() - idle) * 1000)
    median = statistics.median(walls)
    print(
        f"{name:<34}{median:8.1f} ms  longest {max(walls):8.1f} ms  {statistics.median(idles):8.1f} ms cpu  "
        f"{queries:3} queries  {len(answer.content):7} bytes"
    )
    return median


def beside_an_export(person: Any, page: str, export: str) -> None:
    """Ask for the page again and again while another thread of this process gives a spreadsheet away."""
    import threading

    from django.db import connection
    from django.test import Client

    def give_away() -> None:
        other = Client()
        other.cookies["session"] = person.cookies["session"].value
        for _piece in other.get(export):
            pass
        connection.close()

    giving = threading.Thread(target=give_away)
    giving.start()
    walls = []
    while giving.is_alive():
        begun = time.perf_counter()
        person.get(page)
        walls.append((time.perf_counter() - begun) * 1000)
    median, longest = statistics.median(walls), max(walls)
    print(f"{'first page beside an XLSX':<34}{median:8.1f} ms  longest {longest:8.1f} ms  ({len(walls)} times)")


def explained(snapshot_pk: int, name: str, query: str) -> None:
    """Print how the engine finds the rows and their number."""
    from django.db import connection
    from django.http import QueryDict

    from onboarding.models import Account
    from onboarding.summary import transactions

    said = QueryDict(query.removeprefix("?"))
    asked = transactions._Asked(
        query=said.get("q", ""),
        position=int(said["account"]) if "account" in said else None,
        number=int(said.get("page", 1)),
        only_duplicates="duplicates" in said,
        hides_duplicates=False,
        locale="pl",
    )
    chosen = Account.objects.filter(snapshot_id=snapshot_pk, position=asked.position).first()
    found = transactions._found(snapshot_pk, chosen, asked)
    options = {"analyze": True} if connection.vendor == "postgresql" else {}
    first = max(0, (min(asked.number, 10**4) - 1) * 50)
    out = StringIO()
    print(found.newest_first()[first : first + 50].explain(**options), file=out)
    lines = [line for line in out.getvalue().splitlines() if line.strip()]
    print(f"  how: {name}\n    " + "\n    ".join(line[:150] for line in lines))


def run(person: Any, address: str, what: str) -> dict[str, Any]:
    """Take one address in a process of its own."""
    cookie = person.cookies["session"].value
    child = [sys.executable, "-m", "bench.summary", "--take", f"{cookie} {address} {what}"]
    ended = subprocess.run(child, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stderr)
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


def take(cookie: str, address: str, what: str) -> None:
    """Ask for an address to its last byte, or read the rows that it would show; print what that took."""
    from django.test import Client

    from onboarding.models import Onboarding
    from onboarding.summary import exports

    person = Client()
    person.cookies["session"] = cookie
    begun, idle = time.perf_counter(), time.process_time()
    first, size = 0.0, 0
    if what == "rows":
        snapshot = Onboarding.objects.values_list("snapshot", flat=True).get(uuid=address.split("/")[2])
        rows = exports.Transaction.objects.filter(snapshot=snapshot).newest_first().values_list(*exports._FIELDS)
        size = sum(1 for _ in rows.iterator(chunk_size=exports.ROWS_AT_ONCE))
    else:
        answer = person.get(address)
        assert answer.status_code == 200, answer.status_code
        for piece in answer:
            first = first or time.perf_counter() - begun
            size += len(piece)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "cpu": time.process_time() - idle,
                "first": first,
                "bytes": size,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
