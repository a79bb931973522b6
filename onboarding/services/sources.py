"""What people do to a source whatever its kind is: put another one in its place, take it off the list."""

from django.db import transaction

from onboarding import clock, journal
from onboarding.jobs import moves
from onboarding.models import Actor, EventName, Failure, Onboarding, Source, SourceKind, SourceState
from onboarding.models.sources import REMOVABLE_STATES


class NotPossible(Exception):
    """Say that this is not possible for a source as it is now; the page shown next says how it is."""


def replace(old: Source, new: Source) -> None:
    """Put a new source in the place of one that ended badly; raise ``NotPossible`` if another one has it already."""
    replaced = Source.objects.listed().ended_badly().filter(pk=old.pk, onboarding_id=new.onboarding_id)
    if replaced.update(replaced_by=new) != 1:
        raise NotPossible


def require_live(onboarding_id: int) -> None:
    """Hold off an erasure until this transaction ends, or raise ``NotPossible`` when it was first.

    Comes last in a transaction: whoever locks the onboarding before its sources would wait for a worker that waits.
    """
    live = Onboarding.objects.live().filter(pk=onboarding_id).select_for_update(no_key=True)
    if not list(live.values_list("pk")):
        raise NotPossible


def remove(*, source: Source) -> None:
    """Take a source off the list that ended badly or of which nothing was imported yet; it counts no more.

    A sign-in can be removed until it was finished, a file until it is being sent; what lies sealed of it goes at once.
    Raises ``NotPossible`` when it is being imported or was imported: then erasing everything is the way.
    """
    now = clock.now()
    removable = [*REMOVABLE_STATES, *([] if source.kind == SourceKind.BANK else [SourceState.QUEUED])]
    with transaction.atomic():
        rows = Source.objects.listed().filter(pk=source.pk)
        removed = rows.ended_badly().update(removed_at=now) or rows.filter(state__in=removable).update(
            removed_at=now,
            state=SourceState.ABANDONED,
            state_since=now,
            ended_at=now,
            failure=Failure.CANCELLED,
            due_at=None,
            give_up_at=None,
            claim="",
        )
        if not removed:
            raise NotPossible
        moves.wipe_secrets(source.pk)
        journal.record(EventName.REMOVED, onboarding_id=source.onboarding_id, actor=Actor.USER, source_uuid=source.uuid)
