"""The read side of the hub: every source as a card, worked out from rows in one query."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from onboarding import clock
from onboarding.models import Aggregation, AggregationState, Onboarding, Source, SourceKind, SourceState
from onboarding.models.sources import SourceQuerySet
from onboarding.pages import glance
from onboarding.pages.cards import Card, card
from onboarding.pages.glance import Glance

ASKED_EVERY = 5
"""Seconds between two questions of a page on which only the person's own answer is missing, or whose turn is far."""


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub: the onboarding, its cards, how often the page should ask again, and the stamp of what it then has."""

    onboarding: Onboarding
    cards: tuple[Card, ...] = ()
    interval: int = 0
    version: str = ""

    @property
    def open_cards(self) -> list[Card]:
        return [card for card in self.cards if card.is_open]

    @property
    def is_live(self) -> bool:
        return bool(self.open_cards) or self.is_making_summary

    @property
    def imported_count(self) -> int:
        return sum(card.state == SourceState.IMPORTED for card in self.cards)

    @property
    def can_finish(self) -> bool:
        return self.imported_count > 0

    @property
    def has_files(self) -> bool:
        return any(card.is_file for card in self.cards)

    @property
    def has_banks(self) -> bool:
        return any(not card.is_file for card in self.cards)

    @property
    def waiting_cards(self) -> list[Card]:
        return [card for card in self.open_cards if card.waits_for_person]

    @property
    def moving_cards(self) -> list[Card]:
        return [card for card in self.open_cards if not card.waits_for_person]

    @property
    def offers_statements(self) -> bool:
        return offers_statements(self.onboarding)

    @property
    def offers_uploads(self) -> bool:
        return offers_uploads()

    @property
    def is_making_summary(self) -> bool:
        return _making(self.onboarding) is not None


def offers_statements(onboarding: Onboarding) -> bool:
    """Tell whether PDF statements are taken here, and of the country of this onboarding."""
    return settings.STATEMENTS and onboarding.country in settings.STATEMENT_COUNTRIES


def offers_uploads() -> bool:
    """Tell whether own data is taken here."""
    return bool(settings.UPLOADS)


def for_browser(uuid: UUID, browser: str, seen: Glance) -> Hub | None:
    """Load the hub of an onboarding of this browser in one query; None when there is no card (or no such hub).

    ``seen`` is the glance that was taken before.
    """
    sources = Source.objects.filter(onboarding__uuid=uuid, onboarding__browser=browser).exclude(onboarding__browser="")
    rows = list(_with_place(sources.listed()))
    return _build(rows[0].onboarding, rows, seen) if rows else None


def for_onboarding(onboarding: Onboarding) -> Hub:
    """Load the hub of an onboarding that is there already."""
    seen = glance.of(onboarding.uuid)
    return _build(onboarding, list(_with_place(onboarding.sources.listed())), seen)


def _with_place(sources: SourceQuerySet) -> QuerySet[Source]:
    ahead = (
        Source.objects.filter(state=SourceState.QUEUED, queued_at__lt=OuterRef("queued_at"))
        .exclude(onboarding=OuterRef("onboarding"))
        .order_by()
        .values("state")
        .annotate(people=Count("onboarding", distinct=True))
        .values("people")
    )
    placed = sources.with_details().select_related("onboarding__aggregation")
    people_ahead = Coalesce(Subquery(ahead, output_field=IntegerField()), 0)
    return placed.annotate(people_ahead=people_ahead, seen_at=clock.Instant())


def _build(onboarding: Onboarding, rows: list[Source], seen: Glance | None) -> Hub:
    # Of the same query: the progress poll has none to spare, and a page whose clock is wrong would hide a code.
    now = vars(rows[0])["seen_at"] if rows else clock.now()
    anew = _chosen_anew(onboarding)
    cards = tuple(card(row, number, now, chosen_anew=anew) for number, row in _numbered(rows))
    running = [one.since for one in cards if one.is_open and not _is_at_rest(one)]
    if making := _making(onboarding):
        running.append(making.created_at)
    interval, until = _interval(running, now, is_resting=any(_is_at_rest(one) for one in cards))
    changes = [one.changes_at for one in cards] + [until]
    if seen is not None and seen.is_far:
        changes.append(now + glance.FAR_TOLD_EVERY)
    next_change = min((instant for instant in changes if instant), default=None)
    return Hub(onboarding, cards, interval, glance.stamp(seen.version, next_change) if seen else "")


def _is_at_rest(one: Card) -> bool:
    """Tell whether nothing can come of a source soon: it waits for the person's answer, or far back in the line."""
    return one.is_asking or one.people_ahead >= glance.FAR


def _numbered(rows: Iterable[Source]) -> Iterator[tuple[int, Source]]:
    """Number the banks and the files each by themselves: the first bank is the first one, however many files came."""
    banks, files = count(1), count(1)
    return ((next(banks if row.kind == SourceKind.BANK else files), row) for row in rows)


def _chosen_anew(onboarding: Onboarding) -> tuple[str, ...]:
    kinds = ((SourceKind.STATEMENT, offers_statements(onboarding)), (SourceKind.UPLOAD, offers_uploads()))
    return tuple(kind for kind, is_offered in kinds if is_offered)


def _making(onboarding: Onboarding) -> Aggregation | None:
    """Return the summary that is being made just now, if one is."""
    aggregation = onboarding.aggregation
    return aggregation if aggregation and aggregation.state == AggregationState.FETCHING else None


def _interval(running: list[datetime], now: datetime, *, is_resting: bool) -> tuple[int, datetime | None]:
    """Return the seconds until the page should ask again, and when that will change by itself.

    Often at first, then less; 0 when nothing is running. ``running`` holds since when each source that goes on by
    itself, and the summary, have been where they are.
    """
    if not running:
        return (ASKED_EVERY if is_resting else 0), None
    newest = max(running)
    for seconds, lasts in ((1, timedelta(seconds=30)), (2, timedelta(minutes=3))):
        if now - newest < lasts:
            return seconds, newest + lasts
    return 5, None
