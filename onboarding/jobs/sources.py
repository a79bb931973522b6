"""The next step of a source, whichever it is."""

import logging

from django.db.models import Q

from onboarding import clock
from onboarding.models import Failure, Source, SourceKind, SourceState
from onboarding.observing import tracing

from . import expiry, files, imports, moves, signin, statements, uploads, verdicts

log = logging.getLogger(__name__)

STEPS = {
    (SourceKind.BANK, SourceState.SIGNING_IN): signin.step,
    (SourceKind.BANK, SourceState.IMPORTING): imports.step,
    (SourceKind.STATEMENT, SourceState.CHECKING): statements.check,
    (SourceKind.STATEMENT, SourceState.ASKING): expiry.step,
    (SourceKind.STATEMENT, SourceState.IMPORTING): statements.step,
    (SourceKind.UPLOAD, SourceState.CHECKING): uploads.check,
    (SourceKind.UPLOAD, SourceState.ASKING): expiry.step,
    (SourceKind.UPLOAD, SourceState.IMPORTING): uploads.step,
}
"""What is done next for a source that is due, by its kind and state."""


LONG = Q(state=SourceState.CHECKING) | Q(
    Q(bank__start_asked_at__isnull=False, bank__command_id="") | Q(file__sent_at__isnull=False),
    state=SourceState.IMPORTING,
)
"""Sources whose next step may take minutes: a file is looked at, or a whole aggregate is searched for a lost answer."""


def is_long(pk: int) -> bool:
    """Tell whether the next step of a source may take minutes."""
    return Source.objects.filter(LONG, pk=pk).exists()


def next_long() -> list[int]:
    """Return the source that has waited longest for a long step, or nothing."""
    # Whoever stands in the line never takes one. Said aloud, because the index of due rows holds all others.
    return Source.objects.exclude(state=SourceState.QUEUED).filter(LONG).next_due(clock.now())


def advance(pk: int) -> bool:
    """Take one step of a source that is due; return whether the line for imports may have moved.

    Run twice, or by two workers at once, it changes nothing more: only the holder of the claim moves the row.
    """
    held = moves.hold(pk)
    if held is None:
        return False
    with tracing.about(source=held.source.uuid):
        return _advance_held(held)


def _advance_held(held: moves.Held) -> bool:
    step = STEPS.get((SourceKind(held.source.kind), SourceState(held.source.state)))
    if step is None:
        return False
    try:
        with moves.back_when_the_database_fails(held.row()):
            if moves.lost_too_often(held.source):
                moves.fail(held, _failure_of_lost_workers(held.source), code=verdicts.WORKER_LOST)
                moved = True
            else:
                moved = step(held)
    except moves.ClaimLost:
        log.info("source %s went to another worker", held.source.uuid)
        return False
    forget_if_erased(held.source.pk)
    return moved


def _failure_of_lost_workers(source: Source) -> Failure:
    """Return how a source ends that took down worker after worker; a file that was sent may have arrived."""
    was_sent = source.kind != SourceKind.BANK and source.file.sent_at is not None
    return Failure.TIMED_OUT if was_sent else Failure.SERVICE_FAULT


def forget_if_erased(pk: int) -> None:
    """Delete a source whose onboarding was erased, perhaps during this step, once its command has ended."""
    erased = Source.objects.filter(pk=pk, onboarding__erased_at__isnull=False).exclude(state=SourceState.IMPORTING)
    files.forget_sources(erased.values_list("pk", flat=True))
