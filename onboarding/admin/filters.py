"""The filters of staff's lists: age, standing, failure, stuck, invitation."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onboarding import clock
from onboarding.models import Aggregation, Erasure, ErasureState, Failure, Invitation, Onboarding, Source
from onboarding.models.work import Work

from . import wording

Lookups = Iterable[tuple[str, Any]]
"""A value and its words, now or when shown."""


class Age(admin.SimpleListFilter):
    """Made within an hour, a day, a week, or before."""

    title = _("age")
    parameter_name = "age"
    WITHIN = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        self._column: str = model_admin.age_column
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("hour", _("within an hour")),
            ("day", _("within a day")),
            ("week", _("within a week")),
            ("older", _("older than a week")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted in self.WITHIN:
            return queryset.filter(**{f"{self._column}__gt": clock.now() - self.WITHIN[wanted]})
        if wanted == "older":
            return queryset.filter(**{f"{self._column}__lte": clock.now() - self.WITHIN["week"]})
        return queryset


class OnboardingStanding(admin.SimpleListFilter):
    """Where the onboarding is."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return wording.Standing.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> QuerySet[Onboarding]:
        wanted = self.value() or ""
        if wanted not in wording.Standing.values:
            return queryset
        return queryset.filter(wording.standing_is(wording.Standing(wanted)))


class OnboardingFailure(admin.SimpleListFilter):
    """What failed: one of the sources that the person still sees, or the newest summary."""

    title = _("failure")
    parameter_name = "failure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("any", _("any failure")), *Failure.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> QuerySet[Onboarding]:
        wanted = self.value()
        sources = Source.objects.listed().filter(onboarding=OuterRef("pk"))
        if wanted == "any":
            return queryset.filter(Exists(sources.ended_badly()) | Q(aggregation__failure__gt=""))
        if wanted in Failure.values:
            return queryset.filter(Exists(sources.filter(failure=wanted)) | Q(aggregation__failure=wanted))
        return queryset


class _Stuck(admin.SimpleListFilter):
    title = _("stuck")
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("any", _("for any reason")),
            ("deadline", _("past its deadline")),
            ("claim", _("its worker was lost")),
        ]

    def reasons(self, kind: type[Work]) -> Q | None:
        """Return the condition for rows of a kind of work, None when the filter is not set."""
        now = clock.now()
        deadline, lost = wording.is_past_deadline(kind, now), wording.is_claim_lost(now)
        return {"any": deadline | lost, "deadline": deadline, "claim": lost}.get(self.value() or "")


class StuckSource(_Stuck):
    """Open past its deadline, or in the hands of a worker that was lost."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> QuerySet[Source]:
        reasons = self.reasons(Source)
        return queryset if reasons is None else queryset.filter(reasons)


class StuckOnboarding(_Stuck):
    """Any of its work is stuck, or it should have been erased by now."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> QuerySet[Onboarding]:
        if self.reasons(Source) is None:
            return queryset
        stuck = Q()
        kinds: tuple[type[Source] | type[Aggregation] | type[Erasure], ...] = (Source, Aggregation, Erasure)
        for kind in kinds:
            stuck |= Q(Exists(kind.objects.filter(self.reasons(kind) or Q(), onboarding=OuterRef("pk"))))
        if self.value() != "claim":
            stuck |= Q(erased_at=None, expires_at__lte=clock.now())
        return queryset.filter(stuck)


class ErasureStanding(admin.SimpleListFilter):
    """How far the vendor's half of an erasure is."""

    title = _("erasure at the service")
    parameter_name = "erasure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return ErasureState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> QuerySet[Onboarding]:
        wanted = self.value()
        return queryset.filter(erasure__state=wanted) if wanted in ErasureState.values else queryset


class InvitationState(admin.SimpleListFilter):
    """Still good, used, or over."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("open", _("can be used")), ("used", _("used")), ("over", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        now = clock.now()
        conditions = {
            "open": Q(used_at=None, expires_at__gt=now),
            "used": Q(used_at__isnull=False),
            "over": Q(used_at=None, expires_at__lte=now),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))
