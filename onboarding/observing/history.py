"""What happened to onboardings, as figures and as log lines; the rows of it are the journal's."""

import logging
import uuid

from django.db import transaction

from onboarding.models import EventName, Failure
from onboarding.observing import meters, tracing

log = logging.getLogger(__name__)

ALERTED = frozenset({EventName.STAFF_ALERT, EventName.ERASURE_UNPROVED})
"""What needs the eyes of staff."""


def tell_after_commit(name: EventName, *, onboarding_id: int, source_uuid: uuid.UUID | None, detail: str) -> None:
    """Count what happened and write its line, once it has happened for good."""

    def tell() -> None:
        failure = failure_in(detail)
        meters.EVENTS.labels(name.value, failure).inc()
        with tracing.about(source=source_uuid):
            level = logging.ERROR if name in ALERTED else logging.INFO
            facts = {"event": name.value, "failure": failure or None, "row": onboarding_id}
            log.log(level, "%s", f"{name.value} {detail}".rstrip(), extra=facts)

    transaction.on_commit(tell, robust=True)


def failure_in(detail: str) -> str:
    """Return the kind of failure with which an event's detail begins; empty where it tells of none."""
    first = detail.partition(" ")[0]
    return first if first in Failure.values else ""
