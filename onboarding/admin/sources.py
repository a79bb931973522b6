"""The list of sources and the page of one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from onboarding import clock
from onboarding.models import Source

from . import filters, pages, source_facts, verbs, wording
from .readonly import ReadOnlyAdmin


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin[Source]):
    """Bank sign-ins, statements and uploads: where each is, and why one is stuck."""

    list_display = ("number", "owner", "kind", "bank_name", "standing", "failure_kind", "began")
    list_filter = ("kind", "state", filters.StuckSource, filters.Age, "failure")
    search_fields = ("onboarding__owner_external_id",)
    search_help_text = _("An owner id or its beginning, or a whole id of an onboarding or a source")
    sortable_by = ()
    owner_path = "onboarding__"
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """Read the rows with their details, and of these nothing that must not be shown."""
        rows = source_facts.loaded(super().get_queryset(request)).defer(*pages.UNREAD)
        # The database's clock, asked once for the whole list.
        return rows.annotate(read_at=Now())

    def own_ids(self) -> tuple[str, ...]:
        return ("uuid",)

    def get_fieldsets(self, request: HttpRequest, obj: Source | None = None) -> Any:
        return ()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        source = context["original"]
        context |= {
            "subtitle": None,
            "title": pages.source_heading(source),
            "sections": [pages.source_section(source, clock.now(), with_owner=True)],
            "may_retry": self.has_retry_permission(request) and wording.prospect(source) is wording.Prospect.REPEATABLE,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=_("Try again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Source]) -> HttpResponse | None:
        """Repeat what our side can repeat without the person."""
        if not verbs.refuse_too_many(request, queryset):
            verbs.retry_sources(queryset, staff=pages.staff_of(request)).tell(request)
        return self.back_to_page(request)

    @admin.display(description=_("source"))
    def number(self, source: Source) -> str:
        return f"#{source.pk}"

    @admin.display(description=_("owner id"))
    def owner(self, source: Source) -> SafeString:
        return wording.link_to(source.onboarding, wording.short(source.onboarding))

    @admin.display(description=_("bank"))
    def bank_name(self, source: Source) -> str:
        return source.bank_name

    @admin.display(description=_("failure"))
    def failure_kind(self, source: Source) -> str:
        word = f"({source.failure_code})" if source.failure_code else ""
        return " ".join(filter(None, [source.get_failure_display(), word]))

    @admin.display(description=_("began"))
    def began(self, source: Source) -> SafeString:
        return wording.unbroken(source.created_at)

    @admin.display(description=_("state"))
    def standing(self, source: Source) -> str:
        stuck = wording.stuck(source, getattr(source, "read_at"))  # noqa: B009 - annotated above
        return ", ".join(filter(None, [source.get_state_display(), stuck]))
