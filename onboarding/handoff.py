"""The read side of the hand-off page: where the person is about to go."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from onboarding.failures import Words, words_for
from onboarding.models import Source, SourceState


@dataclass(frozen=True, slots=True)
class Handoff:
    """One source on its way to the bank: its link, or the words for having none."""

    source_uuid: UUID
    link: str
    host: str
    failure: Words | None
    is_over: bool

    @classmethod
    def of(cls, source: Source) -> "Handoff":
        """Describe a source; ``is_over`` when the hub is the place for it (back already, replaced, removed)."""
        bank = source.bank
        never_opened = source.ended_in_failure and not bank.redirection_id
        gone = source.removed_at is not None or source.replaced_by_id is not None
        waiting = source.state == SourceState.SIGNING_IN and bank.returned_at is None
        return cls(
            source_uuid=source.uuid,
            link=bank.link,
            host=urlsplit(bank.link).hostname or "",
            failure=words_for(source.failure),
            is_over=gone or not (waiting or never_opened),
        )
