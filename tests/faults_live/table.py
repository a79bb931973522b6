"""Print what the runs of ``make test-faults`` came to, a row a fault: ``python -m tests.faults_live.table FILE``."""

import json
import sys
from pathlib import Path
from typing import Any

HEAD = (
    "| fault | runs | people | summary, exact | of all banks | told | lost or doubled | stuck | most in flight "
    "| starts refused | pages in error | slowest page | longest way |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(fault: str, runs: list[dict[str, Any]]) -> str:
    """Return the row of a fault: sums over its runs, and the worst of what has a worst."""
    told = sum(sum(run["told"].values()) for run in runs)
    failed = sum(run["failed"] for run in runs)
    return (
        f"| {fault} | {len(runs)}{f', {failed} failed' if failed else ''} | {sum(run['people'] for run in runs)} "
        f"| {sum(run['summaries'] for run in runs)} | {sum(run['whole'] for run in runs)} "
        f"| {told} | {sum(len(run['wrong']) for run in runs)} | {sum(len(run['stuck']) for run in runs)} "
        f"| {max(run['most_in_flight'] for run in runs)} | {sum(run['starts_refused'] for run in runs)} "
        f"| {sum(sum(run['faulty_pages'].values()) for run in runs)} "
        f"| {max(run['slowest_page'] for run in runs):.1f} s | {max(run['seconds'] for run in runs):.0f} s |"
    )


def main(paths: list[str]) -> None:
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for line in Path(path).read_text().splitlines():
            found = json.loads(line)
            runs.setdefault(found["fault"], []).append(found)
    sys.stdout.write("\n".join([HEAD, *(row(fault, of_fault) for fault, of_fault in runs.items())]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ["var/faults.jsonl"])
