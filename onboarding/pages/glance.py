"""A glance at all that a list shows, without making the list: enough to answer that nothing is new.

Most polls of a page bring no news. Loading the rows into models and making the cards costs several times as much as
reading them, so what a poll compares is a digest of the rows as the database returns them, the browser's session among
them, in one statement whose text is made once. The list itself is read *after* its glance: what changes in between is
news at the next poll.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone, translation

from onboarding.models import Aggregation, BankSignIn, Onboarding, Source, SourceFile

FAR = 100
"""Sources ahead in the line up to which every one that leaves is news; further back the place is told now and then."""

FAR_TOLD_EVERY = timedelta(seconds=30)

_WORK = ("due_at", "attempts", "unreadable_replies", "give_up_at", "claim", "lost_claims", "claimed_until", "nudged_at")
UNSEEN: dict[type[models.Model], tuple[str, ...]] = {
    Source: (*_WORK, "intent", "file_fingerprint", "slot", "quota_refusals", "in_snapshot"),
    BankSignIn: ("session_id", "signature", "return_browser", "return_code_tries", "start_asked_at", "institution"),
    SourceFile: ("stored_as", "stored_until", "payload", "payload_size", "password", "sent_at", "answer_id"),
}
"""What no card shows: secrets, and what every step of work changes. Every other column counts, a new one too."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen: ``session`` as it is stored, ``browser`` the digest of whose list it is.

    ``at`` is when, in seconds since 1970 by the database's clock. ``is_far`` says that somebody in the line is so far
    back that not every move ahead counts.
    """

    session: str
    browser: str
    is_erased: bool
    at: float = field(compare=False)
    version: str
    is_far: bool


def of(uuid: UUID, *, session_key: str = "") -> Glance | None:
    """Look at the list of an onboarding, and at the session of this key, in one query; None when there is no such."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [session_key, now, _as_stored(uuid)])
        rows = cursor.fetchall()
    if not rows:
        return None
    session, browser, is_erased, at = rows[0][:4]
    places = [_place(row[4]) for row in rows]
    offered = (settings.STATEMENTS, settings.UPLOADS, settings.STATEMENT_COUNTRIES, translation.get_language())
    seen = repr((offered, places, [row[5:] for row in rows]))
    version = hashlib.sha256(seen.encode()).hexdigest()[:16]
    # SQLite lives on the machine that asks, and its clock is the one it has.
    seen_at = timezone.now().timestamp() if at is None else float(at)
    return Glance(session or "", browser, bool(is_erased), seen_at, version, "far" in places)


def stamp(version: str, until: datetime | None) -> str:
    """Write what a page says it has: the version, and until when time alone changes nothing of it."""
    return f"{version}-{until.timestamp():.3f}" if until else version


def is_current(stamp: str, seen: Glance) -> bool:
    """Tell whether a page with this stamp shows what was seen."""
    version, _, until = stamp.partition("-")
    return version == seen.version and (not until or _is_to_come(until, seen.at))


def _is_to_come(instant: str, now: float) -> bool:
    try:
        return now < float(instant)
    except ValueError:
        return False


def _place(ahead: str | None) -> str:
    """Return the place in the line as far as its changes count: the people ahead, ``far``, or nothing."""
    sources, _, people = (ahead or "").partition(" ")
    return "far" if sources and int(sources) >= FAR else people


def _as_stored(uuid: UUID) -> UUID | str:
    stored: UUID | str = Onboarding._meta.get_field("uuid").get_db_prep_value(uuid, connection)
    return stored


@cache
def _statement() -> str:
    shown = ", ".join(
        f'{name}."{field.column}"'
        for name, model in (("source", Source), ("bank", BankSignIn), ("file", SourceFile))
        for field in model._meta.concrete_fields
        if field.name not in UNSEEN[model]
    )
    shown = _AS_ONE.get(connection.vendor, "{}").format(shown)
    # Nothing but names of our own tables and columns is put into the text.
    return f"""
        SELECT session.session_data, onboarding.browser, onboarding.erased_at IS NOT NULL,
               {_CLOCK.get(connection.vendor, "NULL")},
               CASE WHEN source.state = 'queued' THEN ({_AHEAD}) END,
               onboarding.snapshot_id, aggregation.id, aggregation.state, {shown}
          FROM {Onboarding._meta.db_table} onboarding
          LEFT JOIN {Session._meta.db_table} session ON session.session_key = %s AND session.expire_date > %s
          LEFT JOIN {Aggregation._meta.db_table} aggregation ON aggregation.id = onboarding.aggregation_id
          LEFT JOIN {Source._meta.db_table} source ON source.onboarding_id = onboarding.id
                    AND source.removed_at IS NULL AND source.replaced_by_id IS NULL
          LEFT JOIN {BankSignIn._meta.db_table} bank ON bank.source_id = source.id
          LEFT JOIN {SourceFile._meta.db_table} file ON file.source_id = source.id
         WHERE onboarding.uuid = %s
         ORDER BY source.created_at, source.id
    """  # noqa: S608


_CLOCK = {"postgresql": "EXTRACT(EPOCH FROM clock_timestamp())"}

# To make dates and numbers of forty columns of every row, only to write them out again, took a fifth of a poll.
_AS_ONE = {"postgresql": "ROW({})::text"}

_AHEAD = f"""
    SELECT COUNT(*) || ' ' || COUNT(DISTINCT ahead.onboarding_id)
      FROM (SELECT line.onboarding_id
              FROM {Source._meta.db_table} line
             WHERE line.state = 'queued' AND line.queued_at < source.queued_at
               AND line.onboarding_id <> source.onboarding_id
             ORDER BY line.queued_at LIMIT {FAR}) ahead
"""  # noqa: S608
