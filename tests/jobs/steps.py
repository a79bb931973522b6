"""Taking steps as a worker does, and looking at what they left."""

from datetime import timedelta

from django.utils import timezone

from onboarding import clock
from onboarding.jobs import sources
from onboarding.models import Source
from tests import rows


def advance(source: Source) -> Source:
    """Let a worker take the next step of a source that is due now; remember when it began."""
    rows.due_now(source)
    begun = clock.now()
    sources.advance(source.pk)
    after = rows.again(source)
    vars(after)["step_begun"] = begun
    return after


def is_due_in(source: Source, least: float, most: float) -> bool:
    """Tell whether a step put a source off by ``least`` to ``most`` seconds, however long the step itself took."""
    assert source.due_at is not None
    since_begin = (source.due_at - vars(source)["step_begun"]).total_seconds()
    from_now = (source.due_at - clock.now()).total_seconds()
    return since_begin >= least and from_now <= most


def seconds_put_off(source: Source) -> float:
    """Return for how many seconds, counted from its begin, a step put a source off."""
    assert source.due_at is not None
    waited: timedelta = source.due_at - vars(source)["step_begun"]
    return waited.total_seconds()


def is_over(source: Source) -> bool:
    """Tell whether nothing of a source is in the works or kept secret any more."""
    bank = source.bank
    nothing_due = (source.due_at, source.give_up_at, source.slot, source.claim) == (None, None, None, "")
    ended = source.ended_at is not None and timezone.now() - source.ended_at < timedelta(minutes=1)
    return nothing_due and ended and not (bank.session_id or bank.signature or bank.link or bank.return_code)
