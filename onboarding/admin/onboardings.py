"""The list of onboardings and the page of one, with all that belongs to it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import clock
from onboarding.models import Onboarding, Source, SourceState
from onboarding.staff import sessions

from . import filters, pages, verbs, wording
from .readonly import ReadOnlyAdmin


@admin.register(Onboarding)
class OnboardingAdmin(ReadOnlyAdmin[Onboarding]):
    """People's onboardings: where each is, what failed, and the two verbs of staff."""

    list_display = ("owner_id", "standing", "country", "banks", "failed", "created")
    list_filter = (
        filters.OnboardingStanding,
        filters.StuckOnboarding,
        filters.Age,
        filters.ErasureStanding,
        filters.OnboardingFailure,
    )
    search_fields = ("owner_external_id",)
    search_help_text = _("An owner id or its beginning, or a whole id of an onboarding")
    sortable_by = ()
    actions = ("try_again", "erase")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Onboarding]:
        """Read the rows with what the list says of their sources, without what binds them to a browser."""
        sources = Source.objects.listed().only("onboarding_id", "state", "failure")
        rows = super().get_queryset(request).select_related("aggregation", "erasure").defer("browser", "intent_digest")
        return rows.prefetch_related(Prefetch("sources", queryset=sources, to_attr="listed_sources"))

    def get_fieldsets(self, request: HttpRequest, obj: Onboarding | None = None) -> Any:
        return ()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        onboarding = context["original"]
        context["subtitle"] = None
        context |= pages.onboarding_page(onboarding, request.user, clock.now())
        context |= {
            "may_retry": self.has_retry_permission(request) and not onboarding.erased_at,
            "may_erase": self.has_erase_permission(request) and not onboarding.erased_at,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=_("Try again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse | None:
        """Repeat what failed and what our side can repeat without the person."""
        if not verbs.refuse_too_many(request, queryset):
            verbs.retry_onboardings(queryset, staff=pages.staff_of(request)).tell(request)
        return self.back_to_page(request)

    @admin.action(description=_("Erase"), permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse | None:
        """Ask first, then erase everything of the chosen people."""
        if verbs.refuse_too_many(request, queryset):
            return None
        refusal = ""
        if request.POST.get("confirmed") == "yes" and not (refusal := verbs.refuse_unproved(request)):
            verbs.erase_onboardings(queryset, staff=pages.staff_of(request)).tell(request)
            return self.back_to_page(request)
        chosen = list(queryset)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Erase onboardings"),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "onboardings": chosen,
            "to_erase": [one for one in chosen if not one.erased_at],
            "on_page": "on_page" in request.POST,
            "asks_password": not sessions.is_proved(request),
            "refusal": refusal,
        }
        return render(request, "admin/onboarding/onboarding/erase_confirmation.html", context)

    @admin.display(description=_("owner id"))
    def owner_id(self, onboarding: Onboarding) -> str:
        return wording.short(onboarding)

    @admin.display(description=_("state"))
    def standing(self, onboarding: Onboarding) -> str:
        said = str(wording.standing(onboarding).label)
        if hasattr(onboarding, "erasure"):
            return gettext("%(state)s, at the service: %(erasure)s") % {
                "state": said,
                "erasure": onboarding.erasure.get_state_display(),
            }
        return said

    @admin.display(description=_("banks"))
    def banks(self, onboarding: Onboarding) -> str:
        sources: list[Source] = getattr(onboarding, "listed_sources")  # noqa: B009 - put there by the prefetch
        imported = sum(source.state == SourceState.IMPORTED for source in sources)
        return f"{imported}/{len(sources)}"

    @admin.display(description=_("failures"))
    def failed(self, onboarding: Onboarding) -> str:
        sources: list[Source] = getattr(onboarding, "listed_sources")  # noqa: B009 - put there by the prefetch
        said = [source.get_failure_display() for source in sources if source.failure]
        if onboarding.aggregation and onboarding.aggregation.failure:
            said.append(onboarding.aggregation.get_failure_display())
        return ", ".join(dict.fromkeys(said))

    @admin.display(description=_("created"))
    def created(self, onboarding: Onboarding) -> SafeString:
        return wording.unbroken(onboarding.created_at)
