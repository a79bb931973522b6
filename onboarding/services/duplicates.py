"""Leaving payments that may have come twice out of the totals, and counting them again."""

from django.db import transaction

from onboarding import journal
from onboarding.models import Actor, EventName, Onboarding


def hide(*, onboarding: Onboarding) -> bool:
    """Leave possible duplicates out of all totals; return whether that changed anything."""
    return _choose(onboarding, hides=True, event=EventName.DUPLICATES_HIDDEN)


def show(*, onboarding: Onboarding) -> bool:
    """Count possible duplicates again; return whether that changed anything."""
    return _choose(onboarding, hides=False, event=EventName.DUPLICATES_SHOWN)


def _choose(onboarding: Onboarding, *, hides: bool, event: EventName) -> bool:
    """Move the choice where it stands the other way; a second click or an erased onboarding changes nothing."""
    with transaction.atomic():
        live = Onboarding.objects.live().filter(pk=onboarding.pk, hides_duplicates=not hides)
        if live.update(hides_duplicates=hides) != 1:
            return False
        journal.record(event, onboarding_id=onboarding.pk, actor=Actor.USER)
    return True
