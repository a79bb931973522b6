"""What staff can do: try again and erase. Each calls the services in the name of the staff account."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from onboarding.models import Actor, AggregationState, Onboarding, Source, StaffEventName
from onboarding.services import banks, erasing, finishing
from onboarding.staff import record, sessions, sign_in

from . import pages, wording
from .readonly import LISTED_AT_ONCE


class Report:
    """What was done and what not, grouped by outcome: one message each, with the rows it is true of.

    Grouped and short, because messages travel in a cookie of 2 kB and what is too much for it is dropped.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str], list[str]] = {}

    def done(self, what: str, row: str) -> None:
        self._rows.setdefault((messages.SUCCESS, what), []).append(row)

    def left(self, what: str, row: str) -> None:
        self._rows.setdefault((messages.WARNING, what), []).append(row)

    def tell(self, request: HttpRequest) -> None:
        for (level, what), rows in self._rows.items():
            messages.add_message(request, level, f"{what}: {', '.join(rows)}")


def refuse_too_many(request: HttpRequest, rows: QuerySet[Any]) -> bool:
    """Say so when more rows are chosen than one page shows; nothing is done then."""
    if rows.count() <= LISTED_AT_ONCE:
        return False
    words = ngettext(
        "Nothing was done: choose at most %(count)d row at a time.",
        "Nothing was done: choose at most %(count)d rows at a time.",
        LISTED_AT_ONCE,
    )
    messages.error(request, words % {"count": LISTED_AT_ONCE})
    return True


def refuse_unproved(request: HttpRequest) -> str:
    """Return why an erasure has to wait for the password, empty when it was typed of late or right now.

    What can't be undone is not done by somebody who finds a colleague's browser open (OWASP ASVS 7.5.1).
    """
    if sessions.is_proved(request):
        return ""
    user = pages.staff_of(request)
    if sign_in.wait_before_proof(user):
        record.write(StaffEventName.SIGN_IN_SLOWED, request=request, staff=user)
        return gettext("Too many wrong passwords. Wait some minutes.")
    if not user.check_password(request.POST.get("password", "")):
        record.write(StaffEventName.PROOF_FAILED, request=request, staff=user)
        return gettext("Type your password to erase.")
    sessions.prove(request)
    return ""


def retry_sources(sources: Iterable[Source], *, staff: AbstractBaseUser) -> Report:
    """Try sources again whose import our side can repeat; expects ``bank`` and ``onboarding`` to be loaded."""
    report = Report()
    for source in sources:
        _retry_source(source, row=f"#{source.pk}", staff=staff, report=report)
    return report


def retry_onboardings(onboardings: Iterable[Onboarding], *, staff: AbstractBaseUser) -> Report:
    """Try again what failed of each: its imports that our side can repeat, else its summary."""
    report = Report()
    for onboarding in onboardings:
        _retry_onboarding(onboarding, staff=staff, report=report)
    return report


def erase_onboardings(onboardings: Iterable[Onboarding], *, staff: AbstractBaseUser) -> Report:
    """Erase each, here at once and at the service by a worker."""
    report = Report()
    for onboarding in onboardings:
        if erasing.erase(onboarding=onboarding, actor=Actor.STAFF, staff=staff):
            report.done(gettext("Erased here, the service is asked to delete"), wording.short(onboarding))
        else:
            report.left(gettext("Nothing to do, it was erased before"), wording.short(onboarding))
    return report


def _retry_onboarding(onboarding: Onboarding, *, staff: AbstractBaseUser, report: Report) -> None:
    name = wording.short(onboarding)
    if onboarding.erased_at:
        report.left(_not_tried(wording.Prospect.ERASED.words), name)
        return
    failed = list(onboarding.sources.listed().ended_badly().with_details())
    repeated = [
        source for source in failed if _retry_source(source, row=f"{name} #{source.pk}", staff=staff, report=report)
    ]
    aggregation = onboarding.aggregation
    summary_failed = aggregation is not None and aggregation.state == AggregationState.FAILED
    if summary_failed and repeated:
        # Made now, the summary would be without the bank that is just being imported.
        report.left(gettext("No summary asked for yet, a bank is being imported again"), name)
    elif summary_failed:
        _retry_summary(onboarding, staff=staff, report=report)
    elif not failed:
        report.left(gettext("Nothing to try again, nothing has failed"), name)


def _retry_source(source: Source, *, row: str, staff: AbstractBaseUser, report: Report) -> bool:
    prospect = wording.prospect(source)
    if prospect is not wording.Prospect.REPEATABLE:
        report.left(_not_tried(prospect.words), row)
        return False
    try:
        banks.repeat(source=source, actor=Actor.STAFF, staff=staff)
    except banks.NotPossible:
        report.left(_not_tried(gettext("somebody else did it just now")), row)
        return False
    report.done(gettext("The import is looked at again"), row)
    return True


def _retry_summary(onboarding: Onboarding, *, staff: AbstractBaseUser, report: Report) -> None:
    name = wording.short(onboarding)
    try:
        finishing.finish(onboarding=onboarding, actor=Actor.STAFF, staff=staff)
    except finishing.NothingImported:
        report.left(_not_tried(gettext("no bank was imported, so there is nothing to make a summary of")), name)
    else:
        report.done(gettext("The summary is made again"), name)


def _not_tried(why: str) -> str:
    return gettext("Not tried again, %(why)s") % {"why": why}
