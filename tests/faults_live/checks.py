"""The same check at the end of every run: everybody reached a right end, nothing lost, doubled, stuck or too many."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import quantiles
from typing import Any

from tests.faults_live.installation import Installation
from tests.faults_live.person import Outcome, Wish
from tests.faults_live.servers import wait_until

COMMANDS_AT_ONCE = 8
LEFT_OPEN = """
    SELECT 'source ' || state || coalesce(' claim ' || nullif(claim, ''), '') FROM onboarding_source
     WHERE state NOT IN ('imported', 'failed', 'abandoned') AND removed_at IS NULL
    UNION ALL SELECT 'aggregation ' || state FROM onboarding_aggregation WHERE state = 'fetching'
    UNION ALL SELECT 'slot ' || slot FROM onboarding_source WHERE slot IS NOT NULL
    UNION ALL SELECT 'signature kept' FROM onboarding_banksignin WHERE signature <> ''
"""
ROWS_SHOWN = """
    SELECT o.owner_external_id, count(t.id), coalesce(sum(t.amount_cents), 0)
      FROM onboarding_onboarding o JOIN onboarding_snapshot s ON s.id = o.snapshot_id
      LEFT JOIN onboarding_transaction t ON t.snapshot_id = s.id
     GROUP BY o.owner_external_id
"""


@dataclass
class Report:
    """What one run came to, for the table in docs/reliability.md."""

    fault: str
    round: int
    people: int = 0
    summaries: int = 0
    whole: int = 0
    told_on_the_way: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    faulty_pages: Counter[str] = field(default_factory=Counter)
    slowest_page: float = 0.0
    pages_p95: float = 0.0
    seconds: float = 0.0
    starts: int = 0
    starts_refused: int = 0
    most_in_flight: int = 0
    rows: int = 0
    processes_killed: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    failed: bool = True


def report_on(
    installation: Installation, outcomes: list[Outcome], wishes: Sequence[Wish], *, fault: str, round_number: int
) -> Report:
    """Compare what every person got with what they wished, what the bank knows and what the database holds."""
    _wait_until_closed(installation)
    truth = installation.bank_state()
    report = Report(fault, round_number, people=len(outcomes), processes_killed=installation.sprung())
    shown = {owner: (count, int(cents)) for owner, count, cents in installation.postgres.rows(ROWS_SHOWN)}
    for outcome, wish in zip(outcomes, wishes, strict=True):
        report.told_on_the_way.update(outcome.told)
        report.faulty_pages.update(outcome.faulty_pages)
        report.seconds = max(report.seconds, outcome.seconds)
        if outcome.stuck:
            report.stuck.append(outcome.stuck)
        elif outcome.document is not None:
            report.summaries += 1
            brought = sum(one["state"] == "imported" for one in outcome.document["sources"])
            report.whole += brought == len(wish.logins) + bool(wish.statement)
            report.wrong += wrong_in(outcome.document, truth, shown)
            report.rows += sum(account["transactionCount"] for account in outcome.document["accounts"])
        elif outcome.told:
            report.told[outcome.told[-1]] += 1
        else:
            report.stuck.append("neither a summary nor a word")
    pages = [seconds for outcome in outcomes for seconds in outcome.pages]
    report.slowest_page, report.pages_p95 = max(pages), quantiles(pages, n=20)[-1]
    sessions = truth["sessions"]
    report.starts = sum(one["effectiveStarts"] for one in sessions)
    report.starts_refused = sum(one["refusedStarts"] for one in sessions)
    report.wrong += [
        f"{one['effectiveStarts']} imports of one session" for one in sessions if one["effectiveStarts"] > 1
    ]
    report.most_in_flight = truth["mostInFlight"]
    if report.most_in_flight > COMMANDS_AT_ONCE:
        report.wrong.append(f"{report.most_in_flight} commands in flight")
    report.stuck += [what for (what,) in installation.postgres.rows(LEFT_OPEN)]
    return report


def _wait_until_closed(installation: Installation) -> None:
    """Give what nobody waits for any more its time: a source that was left alone ends by its deadline."""
    try:
        wait_until(lambda: not installation.postgres.rows(LEFT_OPEN), "all work has ended", seconds=150)
    except AssertionError:
        # The report lists what is still open, and the run fails by it.
        return


def wrong_in(document: dict[str, Any], truth: dict[str, Any], shown: dict[str, tuple[int, int]]) -> list[str]:
    """Return what differs between a summary, the bank's truth and the rows of the database; empty when nothing does."""
    owner = truth["owners"].get(document["ownerExternalId"], {"accounts": [], "statements": []})
    delivered = [account for one in owner["statements"] for account in one["accounts"]]
    known = {one["iban"]: one for one in (*delivered, *owner["accounts"])}
    summed = {one["iban"]: one for one in document["accounts"]}
    wrong = [f"account lost: {iban[-4:]}" for iban in known.keys() - summed.keys()]
    wrong += [f"account from nowhere: {iban[-4:]}" for iban in summed.keys() - known.keys()]
    if len(summed) != len(document["accounts"]):
        wrong.append("an account twice")
    if len(delivered) > 1:
        wrong.append(f"one statement arrived {len(delivered)} times")
    for iban in known.keys() & summed.keys():
        # Of a statement the bank's truth states no balance.
        if known[iban].get("balance", summed[iban]["balance"]) != summed[iban]["balance"]:
            wrong.append(f"balance {summed[iban]['balance']}, the bank says {known[iban]['balance']}")
        if known[iban]["transactions"] != summed[iban]["transactionCount"]:
            wrong.append(f"{summed[iban]['transactionCount']} rows, the bank says {known[iban]['transactions']}")
    cents = sum(one["sumInCents"] for one in known.values())
    totals = sum((Decimal(one["in"]) - Decimal(one["out"]) for one in document["totals"]), Decimal(0))
    if int(totals * 100) != cents:
        wrong.append(f"payments come to {totals}, the bank says {cents} cents")
    expected = (sum(one["transactions"] for one in known.values()), cents)
    if shown.get(document["ownerExternalId"]) != expected:
        wrong.append(f"the database shows {shown.get(document['ownerExternalId'])}, the bank says {expected}")
    return wrong
