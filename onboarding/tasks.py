"""Celery's shells: an id in, one call. What is to be done stands in the rows; a message is only a nudge."""

import logging
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from time import monotonic
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError
from kombu.pools import producers

from onboarding.alarm import Alarm
from onboarding.jobs import aggregation, catalog, erasure, expiry, files, lanes, line, retention, sources
from onboarding.jobs import sweep as sweeping
from onboarding.models import Actor
from onboarding.observing import meters, tracing

log = logging.getLogger(__name__)

PUBLISH_TIMEOUT_SECONDS = 0.8
QUIET_AFTER_FAILURE_SECONDS = 5.0
_quiet_until = 0.0
_alarm = Alarm()

# The names of tasks are part of messages that may wait in a broker over a deploy: they don't change.


@shared_task
def advance_source(pk: int) -> None:
    if sources.is_long(pk):
        _in_turn(lanes.READINGS, advance_source, _advance_source, pk, sources.next_long)
    else:
        _in_turn(lanes.CALLS, advance_source, _advance_source, pk, lanes.CALLS.next_turned_away)


def _advance_source(pk: int) -> None:
    if sources.advance(pk):
        _send_all(advance_source, line.promote(), in_hand=pk)
    elif (seconds := line.next_look_in(pk)) is not None:
        # The whole line waits for this slot: the sweep would come up to a second later.
        ring = partial(copy_context().run, _send_all, advance_source, [pk], in_hand=pk)
        _alarm.after(seconds, ring, about=pk)


@shared_task
def advance_aggregation(pk: int) -> None:
    with tracing.about(aggregation=pk):
        _in_turn(lanes.SUMMARIES, advance_aggregation, aggregation.advance, pk, aggregation.next_due)


@shared_task
def advance_erasure(pk: int) -> None:
    with tracing.about(erasure=pk):
        _in_turn(lanes.ERASURES, advance_erasure, erasure.advance, pk, erasure.next_due)


@shared_task
def sweep() -> None:
    due = sweeping.find_due()
    _send_all(advance_source, due.sources)
    _send_all(advance_aggregation, due.aggregations)
    _send_all(advance_erasure, due.erasures)


@shared_task
def retire() -> None:
    """End what has expired; the sweep takes the erasures from there."""
    for pk in retention.expired_onboardings():
        erasure.begin(pk, actor=Actor.SYSTEM)
    expiry.expire()
    files.delete_leftovers()
    # Deleting large leftovers takes minutes; what is promised to people by the hour does not wait for it.
    with lanes.TIDYING.place() as mine:
        if mine:
            retention.tidy()


@shared_task
def refresh_catalogs() -> None:
    with lanes.CATALOGS.place() as mine:
        if mine:
            catalog.refresh()


def nudge_line_after_commit() -> None:
    """Let the line move once the transaction is committed, without waiting for the next sweep."""
    transaction.on_commit(lambda: _send(sweep, [()]), robust=True)


def nudge_after_commit(task: Any, pk: int) -> None:
    """Send a message for a row once its transaction is committed.

    Never fails the caller and never holds it for more than two seconds: without the message the sweep finds the row.
    """
    transaction.on_commit(lambda: _send_all(task, [pk], in_hand=pk), robust=True)


def _in_turn(
    lane: lanes.Lane, task: Any, step: Callable[[int], None], pk: int, next_pks: Callable[[], list[int]]
) -> None:
    """Take a step if its lane has a place, then call who comes next; without a place the row stays due."""
    held = False
    try:
        with lane.place(pk) as held:
            if held:
                step(pk)
    finally:
        # Asked after the place is free: a row whose message comes later finds the place itself.
        if held:
            _send_all(task, next_pks())


def _send_all(task: Any, pks: list[int], *, in_hand: int | None = None) -> None:
    """Send a message for each row; the lines of all but the one in hand get an id of their own."""
    _send(task, [(pk,) for pk in pks], in_hand=(in_hand,))


def _send(task: Any, calls: list[tuple[int, ...]], *, in_hand: tuple[int | None, ...] = ()) -> None:
    global _quiet_until
    if not calls:
        return
    if monotonic() < _quiet_until:
        meters.NUDGES_LOST.inc(len(calls))
        return
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": PUBLISH_TIMEOUT_SECONDS,
        "socket_connect_timeout": PUBLISH_TIMEOUT_SECONDS,
        # kombu would go on trying to connect for four seconds, with pauses in between.
        "max_retries": 0,
    }
    left = len(calls)
    try:
        with producers[current_app.connection_for_write(transport_options=options)].acquire(block=True) as producer:
            for arguments in calls:
                headers = tracing.message_headers(goes_on=arguments == in_hand)
                task.apply_async(arguments, producer=producer, retry=False, headers=headers)
                left -= 1
    except (KombuError, OSError) as error:
        # Every page that followed would wait for the same broker again.
        _quiet_until = monotonic() + QUIET_AFTER_FAILURE_SECONDS
        meters.NUDGES_LOST.inc(left)
        log.warning("broker did not take %d messages (%s); the sweep will find their rows", left, type(error).__name__)
