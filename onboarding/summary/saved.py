"""The summary of a saved aggregated reply, counted straight from the file, without a database."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from onboarding.figures import FigureCounter
from onboarding.kontomatik.records import AggregateRecord, Owner
from onboarding.merging import BankListed, merged
from onboarding.models import SourceKind, SourceState

from .document import SourceEntry, document


def document_of_reply(records: Iterable[AggregateRecord], *, now: datetime) -> dict[str, Any]:
    """Build ``summary.json`` from the records of one aggregated reply.

    Each ``target`` element stands as one imported bank source. ``generatedAt`` is the reply's own instant, or ``now``
    for a reply without one. Raises ``AggregateRefused`` like the parser that the records come from.
    """
    owners: list[Owner] = []
    counter = FigureCounter()
    sources: list[SourceEntry] = []
    for record in merged(_noting_first_owner(records, owners)):
        counter.count(record)
        if isinstance(record, BankListed):
            sources.append(SourceEntry(SourceKind.BANK.value, SourceState.IMPORTED.value, record.bank.name or "", ""))
    counted = counter.figures()
    first = owners[0] if owners else Owner(None, None)
    return document(
        owner_external_id=first.external_id,
        generated_at=first.replied_at or now,
        sources=sources,
        totals=counted.totals,
        accounts=counted.accounts,
        months=counted.months,
        labels=counted.labels,
    )


def _noting_first_owner(records: Iterable[AggregateRecord], owners: list[Owner]) -> Iterator[AggregateRecord]:
    for record in records:
        if isinstance(record, Owner) and not owners:
            owners.append(record)
        yield record
