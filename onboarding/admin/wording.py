"""How staff read a row: masked numbers, instants, spans, where an onboarding stands, what can be done for a source."""

from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from onboarding.models import Aggregation, AggregationState, Erasure, ErasureState, Onboarding, Source, SourceKind
from onboarding.models.sources import OPEN_STATES
from onboarding.models.work import Work

NOTHING = "—"
SHORTEST_IBAN = 15
"""The shortest account number of any country in the IBAN registry (Norway)."""
SHORT_ID = 8
"""So many letters of an owner id are enough to say which, and to search by."""

OPEN: dict[type[Work], tuple[str, ...]] = {
    Source: tuple(OPEN_STATES),
    Aggregation: (AggregationState.FETCHING,),
    Erasure: (ErasureState.ASKED,),
}
"""The states in which work of each kind is still to be done."""


class Standing(models.TextChoices):
    """Where an onboarding is, for the list and its filter."""

    CONNECTING = "connecting", _("connecting banks")
    MAKING = "making", _("summary being made")
    READY = "ready", _("summary ready")
    FAILED = "failed", _("summary failed")
    ERASED = "erased", _("erased")


STANDING_OF = {
    AggregationState.FETCHING: Standing.MAKING,
    AggregationState.READY: Standing.READY,
    AggregationState.FAILED: Standing.FAILED,
}


def standing(onboarding: Onboarding) -> Standing:
    """Return where an onboarding is; expects ``aggregation`` to be loaded with it."""
    if onboarding.erased_at:
        return Standing.ERASED
    if onboarding.aggregation is None:
        return Standing.CONNECTING
    return STANDING_OF[AggregationState(onboarding.aggregation.state)]


def standing_is(wanted: Standing) -> Q:
    """Return the condition under which ``standing`` says ``wanted``."""
    if wanted == Standing.ERASED:
        return Q(erased_at__isnull=False)
    if wanted == Standing.CONNECTING:
        return Q(erased_at=None, aggregation=None)
    states = [state for state, said in STANDING_OF.items() if said == wanted]
    return Q(erased_at=None, aggregation__state__in=states)


class Prospect(Enum):
    """What "try again" would mean for a source."""

    REPEATABLE = _("our side can try again")
    NEEDS_SIGN_IN = _("it needs a new sign-in by the person")
    NEEDS_FILE = _("it needs another file from the person")
    UNDER_WAY = _("it is still under way")
    IMPORTED = _("it was imported")
    REPLACED = _("a later try took its place")
    REMOVED = _("the person took it off the list")
    ERASED = _("the onboarding is erased")

    @property
    def words(self) -> str:
        said: str | Promise = self.value
        return str(said)


def prospect(source: Source) -> Prospect:
    """Say what can be done for a source; expects it to be loaded with its details."""
    if source.onboarding.erased_at:
        return Prospect.ERASED
    if source.removed_at:
        return Prospect.REMOVED
    if source.replaced_by_id:
        return Prospect.REPLACED
    if source.is_open:
        return Prospect.UNDER_WAY
    if not source.ended_in_failure:
        return Prospect.IMPORTED
    if source.kind != SourceKind.BANK:
        return Prospect.NEEDS_FILE
    return Prospect.REPEATABLE if source.is_repeatable else Prospect.NEEDS_SIGN_IN


def past_deadline(row: Work, now: datetime) -> bool:
    """Tell whether open work should have ended by now."""
    return _is_open(row) and row.give_up_at is not None and row.give_up_at <= now


def claim_lost(row: Work, now: datetime) -> bool:
    """Tell whether a worker took the row and never gave it back."""
    return bool(row.claim) and row.claimed_until is not None and row.claimed_until <= now


def is_past_deadline(kind: type[Work], now: datetime) -> Q:
    """Return the condition under which ``past_deadline`` is true of a row of this kind."""
    return Q(state__in=OPEN[kind], give_up_at__lte=now)


def is_claim_lost(now: datetime) -> Q:
    """Return the condition under which ``claim_lost`` is true."""
    return Q(claim__gt="", claimed_until__lte=now)


def stuck(row: Work, now: datetime) -> str:
    """Return why a row is stuck, empty when it is not."""
    said = []
    if past_deadline(row, now):
        said.append(gettext("past its deadline"))
    if claim_lost(row, now):
        said.append(gettext("its worker was lost"))
    return ", ".join(said)


def claim(row: Work, now: datetime) -> str:
    """Return who has a row in hand."""
    if not row.claim:
        return gettext("nobody")
    if claim_lost(row, now):
        return gettext("a worker that was lost at %(time)s") % {"time": instant(row.claimed_until)}
    return gettext("a worker, until %(time)s") % {"time": instant(row.claimed_until)}


def _is_open(row: Work) -> bool:
    state: str = getattr(row, "state")  # noqa: B009 - each kind of work has its own choices
    return state in OPEN[type(row)]


def masked(number: str, last_digits: str = "") -> str:
    """Return enough of an account number to compare it with one that the person reads out.

    The first and last four letters of a whole IBAN; of anything shorter at most its last four, since two ends of a
    short number would be most of it.
    """
    plain = "".join(number.split())
    if len(plain) >= SHORTEST_IBAN:
        return f"{plain[:4]} … {plain[-4:]}"
    if len(plain) >= 2 * 4:
        return f"… {plain[-4:]}"
    if plain:
        return "…"
    return f"… {last_digits[-4:]}" if last_digits else NOTHING


def short(onboarding: Onboarding) -> str:
    """Return the beginning of the owner id, by which staff name an onboarding."""
    return onboarding.owner_external_id[:SHORT_ID]


def host_of(address: str) -> str:
    """Return only the host of an address of the host's: the rest of it may hold secrets of theirs."""
    return urlsplit(address).hostname or NOTHING


def instant(moment: datetime | None) -> str:
    """Return a moment in local time, to the second."""
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s") if moment else NOTHING


def unbroken(moment: datetime | None) -> SafeString:
    """Return a moment for a column of a list, on one line."""
    return format_html('<span class="nowrap">{}</span>', instant(moment))


def size(count: int) -> str:
    """Return a number of bytes in words; nothing for none."""
    return filesizeformat(count) if count else ""


def span(start: datetime | None, end: datetime | None) -> str:
    """Return how long something took; nothing while one end is unknown."""
    if start is None or end is None:
        return NOTHING
    seconds = max(0, round((end - start) / timedelta(seconds=1)))
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def link_to(onboarding: Onboarding, text: str) -> SafeString:
    """Return a link to the onboarding's page."""
    return format_html('<a href="{}">{}</a>', reverse("admin:onboarding_onboarding_change", args=[onboarding.pk]), text)
