"""What stands on the page of an onboarding or a source: sections of facts, the accounts, the time line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext

from onboarding.models import Account, Aggregation, Erasure, Onboarding, Source
from onboarding.models.work import Work

from . import source_facts, wording

MOST_SOURCES = 100
MOST_ACCOUNTS = 200
MOST_EVENTS = 200

UNREAD = (
    "onboarding__browser",
    "onboarding__intent_digest",
    "intent",
    "bank__redirection_id",
    "bank__link",
    "bank__return_code",
    "bank__session_id",
    "bank__signature",
    "file__name",
    "file__password",
    "file__stored_as",
    "file__payload",
)
"""Columns of a source's query that no page of staff may hold; they don't even leave the database."""

Facts = source_facts.Facts


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and lines of facts that belong side by side, each a label and a text."""

    heading: str
    lines: list[Facts]

    @classmethod
    def of(cls, heading: str, *lines: Facts) -> "Section":
        """Make a section of what is known; a fact that is not, and a line without any, is left out."""
        known = ([(label, said) for label, said in line if said not in ("", wording.NOTHING)] for line in lines)
        return cls(heading, [line for line in known if line])


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account of the shown summary, its number masked, without its own name (people put theirs in it)."""

    bank: str
    kind: str
    number: str
    currency: str
    transaction_count: int
    booked: str
    partial: bool
    times_seen: int


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened, by whom, to which source."""

    when: str
    who: str
    what: str
    source: str
    detail: str


def staff_of(request: HttpRequest) -> AbstractBaseUser:
    """Return the account that acts; the admin lets nobody else come this far."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied
    return request.user


def onboarding_page(onboarding: Onboarding, user: AbstractBaseUser | AnonymousUser, now: datetime) -> dict[str, Any]:
    """Return the page's context: of each kind of row only what this staff account may view."""

    def may(kind: str) -> bool:
        return bool(user.has_perm(f"onboarding.view_{kind}"))  # type: ignore[union-attr]

    sections = [_onboarding_section(onboarding)]
    if may("source"):
        sections += _source_sections(onboarding, now)
    if may("aggregation") and onboarding.aggregation is not None:
        sections.append(_aggregation_section(onboarding.aggregation, now))
    if may("erasure") and hasattr(onboarding, "erasure"):
        sections.append(_erasure_section(onboarding.erasure, now))
    return {
        "title": gettext("Onboarding %(owner)s") % {"owner": wording.short(onboarding)},
        "sections": sections,
        "accounts": _account_lines(onboarding) if may("account") else None,
        "events": _event_lines(onboarding) if may("event") else None,
    }


def source_heading(source: Source) -> str:
    """Return a source's number and, once it is known, its bank; never a file's name, people put theirs in it."""
    return " ".join(filter(None, [f"#{source.pk}", source.bank_name]))


def source_section(source: Source, now: datetime, *, position: int = 0, with_owner: bool = False) -> Section:
    """Return everything staff may know of one source; expects it to be loaded with its details."""
    heading = gettext("Source %(name)s") % {"name": source_heading(source)}
    onboarding = source.onboarding
    owner = [(gettext("Owner id"), wording.link_to(onboarding, onboarding.owner_external_id))] if with_owner else []
    return Section.of(
        f"{position}. {heading}" if position else heading,
        owner,
        [
            (gettext("Kind"), source.get_kind_display()),
            (gettext("State"), f"{source.get_state_display()} ({wording.instant(source.state_since)})"),
            (gettext("Try again"), wording.prospect(source).words),
        ],
        _failure(source),
        _stuck(source, now),
        *source_facts.of(source),
        *_work(source, now),
        [(gettext("Id"), str(source.uuid))],
    )


def _onboarding_section(onboarding: Onboarding) -> Section:
    return Section.of(
        gettext("Onboarding"),
        [(gettext("State"), wording.standing(onboarding).label)],
        [(gettext("Owner id"), onboarding.owner_external_id), (gettext("Id"), str(onboarding.uuid))],
        [
            (gettext("Country"), onboarding.country.upper()),
            (gettext("Locale"), onboarding.locale),
            (gettext("Host"), wording.host_of(onboarding.return_url)),
        ],
        [
            (gettext("Created"), wording.instant(onboarding.created_at)),
            (gettext("Consented"), wording.instant(onboarding.consented_at)),
            (gettext("Finished"), wording.instant(onboarding.finished_at)),
        ],
        [
            (gettext("Expires"), wording.instant(onboarding.expires_at)),
            (gettext("Erased"), wording.instant(onboarding.erased_at)),
        ],
    )


def _source_sections(onboarding: Onboarding, now: datetime) -> Iterable[Section]:
    rows = source_facts.loaded(Source.objects.filter(onboarding=onboarding)).defer(*UNREAD)
    for position, source in enumerate(rows.order_by("created_at", "pk")[:MOST_SOURCES], start=1):
        yield source_section(source, now, position=position)


def _aggregation_section(aggregation: Aggregation, now: datetime) -> Section:
    return Section.of(
        gettext("Newest summary"),
        [
            (gettext("State"), aggregation.get_state_display()),
            (gettext("Rows stored"), str(aggregation.rows_stored)),
        ],
        _failure(aggregation),
        _stuck(aggregation, now),
        [
            (gettext("Asked for"), wording.instant(aggregation.created_at)),
            (gettext("Ended"), wording.instant(aggregation.ended_at)),
            (gettext("Took"), wording.span(aggregation.created_at, aggregation.ended_at)),
        ],
        *_work(aggregation, now),
    )


def _erasure_section(erasure: Erasure, now: datetime) -> Section:
    return Section.of(
        gettext("Erasure at the service"),
        [(gettext("State"), erasure.get_state_display())],
        _failure(erasure),
        _stuck(erasure, now),
        [
            (gettext("Asked for"), wording.instant(erasure.asked_at)),
            (gettext("Service asked to delete"), wording.instant(erasure.vendor_asked_at)),
            (gettext("Proved by reading"), wording.instant(erasure.proved_at)),
        ],
        *_work(erasure, now),
    )


def _failure(row: Source | Aggregation | Erasure) -> Facts:
    return [(gettext("Failure"), row.get_failure_display()), (gettext("Vendor's word"), row.failure_code)]


def _stuck(row: Work, now: datetime) -> Facts:
    return [(gettext("Stuck"), wording.stuck(row, now))]


def _work(row: Work, now: datetime) -> list[Facts]:
    if row.due_at is None and not row.claim:
        return []
    return [
        [
            (gettext("Next step due"), wording.instant(row.due_at)),
            (gettext("Deadline"), wording.instant(row.give_up_at)),
        ],
        [
            (gettext("Tries without an answer"), str(row.attempts)),
            (gettext("In the hands of"), wording.claim(row, now)),
        ],
    ]


def _account_lines(onboarding: Onboarding) -> list[AccountLine]:
    # One query by the snapshot that is shown: a flip in between can't mix two.
    rows = Account.objects.filter(snapshot__shown_by=onboarding).order_by("position")
    return [
        AccountLine(
            bank=row.bank,
            kind=row.get_kind_display(),
            number=wording.masked(row.iban, row.last_digits),
            currency=row.currency,
            transaction_count=row.transaction_count,
            booked=_booked(row),
            partial=row.partial,
            times_seen=row.times_seen,
        )
        for row in rows.only(*_ACCOUNT_COLUMNS)[:MOST_ACCOUNTS]
    ]


def _booked(account: Account) -> str:
    if account.first_booked_on is None:
        return wording.NOTHING
    return gettext("%(first)s to %(last)s") % {"first": account.first_booked_on, "last": account.last_booked_on}


_ACCOUNT_COLUMNS = (
    "kind",
    "bank",
    "iban",
    "last_digits",
    "currency",
    "transaction_count",
    "first_booked_on",
    "last_booked_on",
    "partial",
    "times_seen",
)


def _event_lines(onboarding: Onboarding) -> list[EventLine]:
    rows = onboarding.events.select_related("staff").order_by("-at", "-pk")[:MOST_EVENTS]
    return [
        EventLine(
            when=wording.instant(event.at),
            who=str(event.staff or event.get_actor_display()),
            what=event.get_name_display(),
            source=str(event.source_uuid)[: wording.SHORT_ID] if event.source_uuid else "",
            detail=event.detail,
        )
        for event in rows
    ]
