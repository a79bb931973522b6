"""The counterparts of rows that may be one payment told by two sources, for the rows of one page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from onboarding.models import AccountListing, Transaction

from . import origins


@dataclass(frozen=True, slots=True)
class ShownTwin:
    """The row of another source that may be the same payment: its day, and where it came from."""

    day: date
    came_from: str


def of_rows(snapshot_pk: int, rows: Sequence[Transaction]) -> dict[int, tuple[ShownTwin, ...]]:
    """Return the counterparts by row: the earlier one that it names, or the later ones that name it.

    Takes three queries, or one when no account came more than once.
    """
    names = _names(snapshot_pk)
    if not names:
        return {}
    twins = Transaction.objects.filter(snapshot_id=snapshot_pk)
    named = twins.in_bulk([row.twin for row in rows if row.twin is not None])
    naming: dict[int, list[Transaction]] = defaultdict(list)
    for later in twins.possible_duplicates().filter(twin__in=[row.pk for row in rows]).order_by("pk"):
        naming[later.twin or 0].append(later)
    found = {}
    for row in rows:
        earlier = named.get(row.twin or 0)
        counterparts = [*([earlier] if earlier else []), *naming.get(row.pk, ())]
        if counterparts:
            found[row.pk] = tuple(_shown(counterparts, names))
    return found


def _shown(rows: Iterable[Transaction], names: dict[tuple[int, int], str]) -> Iterable[ShownTwin]:
    for row in rows:
        yield ShownTwin(row.day, names.get((row.account_id, row.listing), ""))


def _names(snapshot_pk: int) -> dict[tuple[int, int], str]:
    """Name the sources of the accounts that came more than once, by account and the listing's number."""
    found = AccountListing.objects.filter(snapshot_id=snapshot_pk, account__times_seen__gt=1)
    return {(one.account_id, one.number): origins.name_of(one.origin, one.bank) for one in found}
