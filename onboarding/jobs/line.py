"""The line for the vendor's commands: who goes next, and never more in flight than the limit."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import clock
from onboarding.models import Failure, Source, SourceKind, SourceState

from . import moves
from .moves import Held

LOOK_AHEAD = 200


def promote() -> list[int]:
    """Give the free slots to those who waited longest; return the sources that may start now.

    Safe to run anywhere at any time: a slot's number is unique in the database, so two workers that choose the same
    one can't both have it.
    """
    now = clock.now()
    # Asked for as a range: SQLite reads every row for "not empty".
    taken = set(Source.objects.filter(slot__gte=1).order_by().values_list("slot", flat=True))
    limit = settings.KONTOMATIK_MAX_COMMANDS
    # Counted too, not only numbered: after the limit was lowered, higher numbers are still in flight.
    free = [number for number in range(1, limit + 1) if number not in taken][: max(0, limit - len(taken))]
    started: list[int] = []
    line = Source.objects.in_line().values_list("pk", "give_up_at", "due_at", "quota_refusals")
    for pk, give_up_at, due_at, quota_refusals in line[:LOOK_AHEAD]:
        if give_up_at and give_up_at <= now:
            _leave_line(pk)
        elif due_at and due_at > now:
            if quota_refusals:
                # The limit is the whole installation's: whoever stands behind would be refused as well.
                break
        elif not free:
            break
        elif _take_any_slot(pk, free):
            started.append(pk)
    return started


def _take_any_slot(pk: int, free: list[int]) -> bool:
    """Give a source the first of these slots that is still free; what turns out to be taken is taken off the list.

    When the source itself went to another worker the slot stays on the list, for whoever is behind: two imports that
    end at the same moment free two slots, and both workers look at the same line.
    """
    while free:
        number = free[0]
        try:
            if _take_slot(pk, number=number):
                free.remove(number)
                return True
        except IntegrityError:
            free.remove(number)
        else:
            return False
    return False


def _take_slot(pk: int, *, number: int) -> bool:
    """Let a source that still waits into a slot; raise ``IntegrityError`` when another worker gave the slot away."""
    now = clock.now()
    waiting = Source.objects.filter(pk=pk, state=SourceState.QUEUED, due_at__lte=now)
    with transaction.atomic():
        return bool(
            waiting.update(
                state=SourceState.IMPORTING,
                slot=number,
                state_since=now,
                due_at=now,
                give_up_at=now + settings.IMPORT_DEADLINE,
                **moves.RELEASED,
                nudged_at=None,
            )
        )


def next_look_in(pk: int) -> float | None:
    """Return in how many seconds a source that holds a slot is due again; None when it holds none."""
    holding = Source.objects.exclude(slot=None).filter(pk=pk, claim="")
    due = holding.values_list("due_at", flat=True).first()
    return max(0.0, (due - clock.now()).total_seconds()) if due else None


def joining(queued_at: datetime, *, stored_until: datetime | None = None) -> dict[str, Any]:
    """Return the columns of a source that joins the line; a file waits no longer than it may be stored."""
    deadline = queued_at + settings.QUEUE_DEADLINE
    return {
        "queued_at": queued_at,
        "due_at": queued_at,
        "give_up_at": min(deadline, stored_until) if stored_until else deadline,
    }


def _leave_line(pk: int) -> None:
    token = Source.objects.claim(pk, now=clock.now())
    source = Source.objects.with_details().filter(pk=pk).first() if token else None
    if token is None or source is None:
        return
    held = Held(source, token, clock.now())
    try:
        moves.fail(held, _why_too_long(held))
    except moves.ClaimLost:
        return


def _why_too_long(held: Held) -> Failure:
    source = held.source
    if source.attempts > 0 and source.quota_refusals == 0:
        return Failure.BANK_UNAVAILABLE
    stored_until = source.file.stored_until if source.kind != SourceKind.BANK else None
    if source.quota_refusals == 0 and stored_until is not None and stored_until <= held.now:
        return Failure.FILE_EXPIRED
    return Failure.SERVICE_BUSY


def step_aside(held: Held, *, after_refusal: bool, wait: timedelta) -> None:
    """Put a source whose start was refused without effect back to its place in the line, its slot free again."""
    refusals = held.source.quota_refusals + 1 if after_refusal else 0
    source = held.source
    stored_until = source.file.stored_until if source.kind != SourceKind.BANK else None
    place = joining(source.queued_at or held.now, stored_until=stored_until)
    changed = held.row().update(
        **moves.RELEASED,
        state=SourceState.QUEUED,
        state_since=held.now,
        slot=None,
        **{**place, "due_at": clock.now() + wait},
        quota_refusals=refusals,
        attempts=held.source.attempts + 1,
    )
    if not changed:
        raise moves.ClaimLost
