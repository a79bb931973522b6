"""The one place that writes events."""

import uuid

from django.contrib.auth.models import AbstractBaseUser

from onboarding.models import Actor, Event, EventName
from onboarding.observing import history

Staff = AbstractBaseUser | None
"""The signed-in staff account that acts, if one does."""


def record(
    name: EventName,
    *,
    onboarding_id: int,
    actor: Actor,
    source_uuid: uuid.UUID | None = None,
    staff: Staff = None,
    detail: str = "",
) -> None:
    """Write what happened, in the transaction of what happened.

    ``detail`` is a failure kind or the vendor's error word, never a text of a person or a bank.
    """
    Event.objects.create(
        name=name,
        onboarding_id=onboarding_id,
        actor=actor,
        source_uuid=source_uuid,
        staff_id=staff.pk if staff else None,
        detail=detail[:100],
    )
    history.tell_after_commit(name, onboarding_id=onboarding_id, source_uuid=source_uuid, detail=detail[:100])
