"""The read side of the hub: every source as a card, worked out from rows in one query."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.failures import Words, words_for
from onboarding.models import Aggregation, AggregationState, Failure, Onboarding, Source, SourceState

STAGES: tuple[tuple[SourceState, str | Promise], ...] = (
    (SourceState.SIGNING_IN, _("Sign-in")),
    (SourceState.QUEUED, _("Waiting")),
    (SourceState.IMPORTING, _("Import")),
    (SourceState.IMPORTED, _("Done")),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a card's track; ``status`` is ``done``, ``now`` or ``todo``."""

    name: str | Promise
    status: str


@dataclass(frozen=True, slots=True)
class Card:
    """One source as the person sees it."""

    uuid: UUID
    state: str
    title: str | Promise
    stages: tuple[Stage, ...]
    since: datetime
    elapsed: timedelta
    people_ahead: int
    is_slow: bool
    returned: bool
    can_continue: bool
    code: str
    failure: Words | None
    can_retry: bool
    can_sign_in_again: bool
    can_remove: bool
    repeats_earlier: bool
    account_count: int | None
    missing_from_summary: bool

    @property
    def is_open(self) -> bool:
        return self.state in (SourceState.SIGNING_IN, SourceState.QUEUED, SourceState.IMPORTING)


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub: the onboarding, its cards, and how often the page should ask again."""

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
    def is_making_summary(self) -> bool:
        return _making(self.onboarding) is not None


def for_browser(uuid: UUID, browser: str) -> Hub | None:
    """Load the hub of an onboarding of this browser in one query; None when there is no card (or no such hub)."""
    sources = Source.objects.filter(onboarding__uuid=uuid, onboarding__browser=browser).exclude(onboarding__browser="")
    rows = list(_with_place(sources.listed()))
    return _build(rows[0].onboarding, rows) if rows else None


def for_onboarding(onboarding: Onboarding) -> Hub:
    """Load the hub of an onboarding that is there already."""
    return _build(onboarding, list(_with_place(onboarding.sources.listed())))


def _with_place(sources: QuerySet[Source]) -> QuerySet[Source]:
    ahead = (
        Source.objects.filter(state=SourceState.QUEUED, queued_at__lt=OuterRef("queued_at"))
        .exclude(onboarding=OuterRef("onboarding"))
        .order_by()
        .values("state")
        .annotate(people=Count("onboarding", distinct=True))
        .values("people")
    )
    placed = sources.select_related("bank", "onboarding", "onboarding__aggregation")
    return placed.annotate(people_ahead=Coalesce(Subquery(ahead, output_field=IntegerField()), 0))


def _build(onboarding: Onboarding, rows: list[Source]) -> Hub:
    now = timezone.now()
    cards = tuple(_card(row, number, now) for number, row in enumerate(rows, start=1))
    running = [card.elapsed for card in cards if card.is_open]
    if making := _making(onboarding):
        running.append(now - making.created_at)
    interval = _interval(running)
    return Hub(onboarding, cards, interval, _version(onboarding, cards, interval))


def _card(source: Source, number: int, now: datetime) -> Card:
    bank = source.bank
    failed = source.ended_in_failure
    retry = failed and source.is_repeatable
    code_alive = bank.return_code_until is not None and bank.return_code_until > now
    return Card(
        uuid=source.uuid,
        state=source.state,
        title=bank.display_name or _("Bank %(number)d") % {"number": number},
        stages=() if failed else _stages(source),
        since=source.state_since,
        elapsed=max(timedelta(0), now - source.state_since),
        people_ahead=getattr(source, "people_ahead", 0) if source.state == SourceState.QUEUED else 0,
        is_slow=source.state == SourceState.IMPORTING and now - source.state_since > timedelta(seconds=60),
        returned=bank.returned_at is not None,
        can_continue=source.state == SourceState.SIGNING_IN and bool(bank.link) and bank.returned_at is None,
        code=f"{bank.return_code[:3]} {bank.return_code[3:]}" if bank.return_code and code_alive else "",
        failure=words_for(source.failure),
        can_retry=retry,
        can_sign_in_again=failed and not retry and source.failure != Failure.OWNER_MISMATCH,
        can_remove=failed or source.state == SourceState.SIGNING_IN,
        repeats_earlier=source.repeats_earlier,
        account_count=source.account_count,
        missing_from_summary=source.missing_from_summary,
    )


def _stages(source: Source) -> tuple[Stage, ...]:
    reached = [state for state, _name in STAGES].index(SourceState(source.state))
    if source.state == SourceState.IMPORTED:
        reached = len(STAGES)
    return tuple(
        Stage(name, "done" if index < reached else "now" if index == reached else "todo")
        for index, (_state, name) in enumerate(STAGES)
    )


def _making(onboarding: Onboarding) -> Aggregation | None:
    """Return the summary that is being made just now, if one is."""
    aggregation = onboarding.aggregation
    return aggregation if aggregation and aggregation.state == AggregationState.FETCHING else None


def _interval(running: list[timedelta]) -> int:
    """Seconds until the page should ask again: often at first, then less; 0 when nothing is running.

    ``running`` holds for how long each open source and the summary have been where they are.
    """
    if not running:
        return 0
    newest = min(running)
    if newest < timedelta(seconds=30):
        return 1
    return 2 if newest < timedelta(minutes=3) else 5


def _version(onboarding: Onboarding, cards: tuple[Card, ...], interval: int) -> str:
    """Digest what the fragment shows, so that an unchanged one is answered with 204."""
    shown = [
        (str(card.uuid), card.state, card.people_ahead, card.is_slow, card.returned, card.can_continue, card.code,
         str(card.title), card.can_remove, card.missing_from_summary)
        for card in cards
    ]  # fmt: skip
    made = onboarding.aggregation.state if onboarding.aggregation else ""
    text = repr((shown, interval, onboarding.aggregation_id, made, onboarding.snapshot_id))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
