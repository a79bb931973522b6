"""Taking steps as a worker does, and looking at what they left."""

from datetime import timedelta

from django.utils import timezone

from onboarding.jobs import sources
from onboarding.models import Source
from tests import rows


def advance(source: Source) -> Source:
    """Let a worker take the next step of a source that is due now."""
    rows.due_now(source)
    sources.advance(source.pk)
    return rows.again(source)


def seconds_until_due(source: Source) -> float:
    """Return in how many seconds a source is due again."""
    assert source.due_at is not None
    return (source.due_at - timezone.now()).total_seconds()


def is_over(source: Source) -> bool:
    """Tell whether nothing of a source is in the works or kept secret any more."""
    bank = source.bank
    nothing_due = (source.due_at, source.give_up_at, source.slot, source.claim) == (None, None, None, "")
    ended = source.ended_at is not None and timezone.now() - source.ended_at < timedelta(minutes=1)
    return nothing_due and ended and not (bank.session_id or bank.signature or bank.link or bank.return_code)
