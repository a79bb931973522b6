"""Writes down what happens at staff's door, in a row and in a line of the log."""

import logging

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from onboarding import limits
from onboarding.models import StaffEvent, StaffEventName

log = logging.getLogger(__name__)

TO_WATCH = frozenset(
    {
        StaffEventName.SIGN_IN_FAILED,
        StaffEventName.SIGN_IN_SLOWED,
        StaffEventName.DENIED,
        StaffEventName.PROOF_FAILED,
    }
)


def write(
    name: StaffEventName,
    *,
    request: HttpRequest | None = None,
    staff: AbstractBaseUser | AnonymousUser | None = None,
    detail: str = "",
) -> None:
    """Write an event; ``detail`` is the name of a page or the key of a row, never what somebody typed."""
    origin = limits.origin_of(request) if request else ""
    StaffEvent.objects.create(name=name, staff_id=staff.pk if staff else None, origin=origin, detail=detail[:100])
    level = logging.WARNING if name in TO_WATCH else logging.INFO
    log.log(level, "staff %s: account row %s, origin %s, %s", name.value, staff and staff.pk, origin, detail[:100])
