"""Erase everything of a person, here and at the vendor."""

from onboarding import journal, tasks
from onboarding.jobs import erasure
from onboarding.models import Actor, Erasure, Onboarding


def erase(*, onboarding: Onboarding, actor: Actor, staff: journal.Staff = None) -> bool:
    """Erase an onboarding; asked twice, the second time does nothing and returns False."""
    if not erasure.begin(onboarding.pk, actor=actor, staff=staff):
        return False
    asked = Erasure.objects.get(onboarding_id=onboarding.pk)
    tasks.nudge_after_commit(tasks.advance_erasure, asked.pk)
    return True
