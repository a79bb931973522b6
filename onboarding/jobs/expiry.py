"""Files have their time: what was not sent by its end is deleted, and its source ends."""

from django.conf import settings

from onboarding import clock
from onboarding.models import Failure, Source, SourceFile, SourceState

from . import files, moves
from .moves import Held

WAITING = (SourceState.CHECKING, SourceState.ASKING, SourceState.QUEUED)


def step(held: Held) -> bool:
    """End a source whose person did not answer in time; always return False, for it has no slot."""
    if held.is_overdue:
        moves.fail(held, Failure.FILE_EXPIRED)
    else:
        # Due too early: nothing is done before its time.
        moves.put_back(held, after=settings.FILE_RETENTION)
    return False


def expire() -> None:
    """Delete every file whose time is over; a source that is being imported goes on without it."""
    now = clock.now()
    over = SourceFile.objects.filter(stored_until__lte=now).values_list("pk", flat=True)
    for pk in list(over[:500]):
        _expire(pk)


def _expire(pk: int) -> None:
    """End one source, or only forget its file; a worker that holds it at this moment is left to finish."""
    now = clock.now()
    waiting = Source.objects.filter(pk=pk, state__in=WAITING)
    if waiting.unclaimed(now).update(due_at=now, give_up_at=now):
        token = Source.objects.claim(pk, now=clock.now())
        source = waiting.with_details().first() if token else None
        if token and source:
            _fail(Held(source, token, now))
        elif token:
            # It got its slot between our two looks: its next step finds the file, or finds it gone.
            Source.objects.held(pk, token).update(**moves.RELEASED)
    elif not waiting.exists():
        files.forget_alone(pk)


def _fail(held: Held) -> None:
    try:
        moves.fail(held, Failure.FILE_EXPIRED)
    except moves.ClaimLost:
        return
