"""Erase everything of a person, here and at the vendor."""

from onboarding import journal, tasks
from onboarding.jobs import erasure
from onboarding.models import Actor, Erasure, Onboarding


def erase(*, onboarding: Onboarding, actor: Actor, staff: journal.Staff = None) -> None:
    """Erase an onboarding; asked twice, the second time does nothing."""
    if erasure.begin(onboarding.pk, actor=actor, staff=staff):
        asked = Erasure.objects.get(onboarding_id=onboarding.pk)
        tasks.nudge_after_commit(tasks.advance_erasure, asked.pk)
