"""Marking the stored rows that may be a payment which another source of the account brought too.

After all rows are stored and before anybody sees them. Only accounts that came from several sources are read, one at a
time in the order that ``likeness`` wants; nothing is written while they are read. Memory: the pairs of one account.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from django.db import connection
from django.db.models.functions import Collate

from onboarding.counting import likeness
from onboarding.models import Transaction

BYTEWISE = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation in which equal texts stand together at the least cost."""

ROWS_A_READ = 2000


def mark(
    account_pk: int,
    *,
    sources: Mapping[int, int],
    commit: Callable[[], AbstractContextManager[None]],
    rows_a_commit: int,
    breath: float,
) -> int:
    """Write to each row of an account that may be a payment told before the number of the earlier row; count them.

    ``sources`` says of each listing's number which source it belongs to. ``commit`` opens the transaction of one batch;
    what it raises is passed on. On SQLite its lock stays free for ``breath`` times as long as each batch took.
    """
    pairs = sorted(likeness.possible_duplicates(_rows(account_pk, sources)))
    for start in range(0, len(pairs), rows_a_commit):
        began = time.monotonic()
        with commit():
            _write(pairs[start : start + rows_a_commit])
        if connection.vendor == "sqlite":
            time.sleep(breath * (time.monotonic() - began))
    return len(pairs)


def _rows(account_pk: int, sources: Mapping[int, int]) -> Iterator[likeness.Row]:
    text = Collate("search_text", BYTEWISE[connection.vendor])
    found = Transaction.objects.filter(account_id=account_pk).order_by("amount_cents", "day", text, "id")
    columns = found.values_list("amount_cents", "day", "search_text", "listing", "id")
    for cents, day, words, listing, pk in columns.iterator(chunk_size=ROWS_A_READ):
        yield likeness.Row(cents, day.toordinal(), words, sources[listing], pk)


def _write(pairs: Sequence[likeness.Pair]) -> None:
    """Write some pairs by the engine's fastest way; on PostgreSQL a statement a row takes several times as long."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPDATE_ALL, [[pair.later for pair in pairs], [pair.earlier for pair in pairs]])
        else:
            cursor.executemany(_UPDATE_ONE, [(pair.earlier, pair.later) for pair in pairs])


# Names of our own table and columns, no text from outside.
_UPDATE_ONE = f"UPDATE {Transaction._meta.db_table} SET twin = %s WHERE id = %s"  # noqa: S608
_UPDATE_ALL = (
    f"UPDATE {Transaction._meta.db_table} AS told SET twin = pair.earlier "  # noqa: S608
    "FROM unnest(%s::bigint[], %s::bigint[]) AS pair (later, earlier) WHERE told.id = pair.later"
)
