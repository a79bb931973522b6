"""Everything expires: people's rows, audit rows, half-written snapshots, invitations, sessions, used limits."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from onboarding import clock, ledger, limits
from onboarding.models import AggregationState, Invitation, Onboarding, Snapshot, StaffEvent

SNAPSHOT_GRACE = timedelta(minutes=10)


def expired_onboardings() -> list[int]:
    """Return the onboardings whose time is over and who are not erased yet."""
    return list(Onboarding.objects.expired(clock.now()).values_list("pk", flat=True)[:500])


def tidy() -> None:
    """Delete what nobody needs any more: leftovers of snapshots, old audit rows, dead invitations and sessions."""
    now = clock.now()
    for pk in _leftover_snapshots(now):
        ledger.discard(pk)
    Onboarding.objects.filter(erased_at__lte=now - settings.AUDIT).delete()
    Invitation.objects.filter(expires_at__lte=now - settings.AUDIT).delete()
    Session.objects.filter(expire_date__lte=now).delete()
    StaffEvent.objects.filter(at__lte=now - settings.AUDIT).delete()
    limits.forget_unused()


def _leftover_snapshots(now: datetime) -> list[int]:
    """Snapshots that no onboarding shows and no running aggregation is writing."""
    writing = Q(aggregation__state=AggregationState.FETCHING) & Q(aggregation__claimed_until__gt=now)
    leftovers = Snapshot.objects.filter(shown_by=None, created_at__lte=now - SNAPSHOT_GRACE).exclude(writing)
    return list(leftovers.values_list("pk", flat=True)[:100])
