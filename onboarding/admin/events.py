"""The list of events: who did what to which onboarding when."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from onboarding.models import Event

from . import filters, wording
from .readonly import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """What happened, newest first."""

    list_display = ("when", "name", "actor", "staff", "owner", "source", "detail")
    list_filter = ("actor", filters.Age, "name")
    list_select_related = ("onboarding", "staff")
    search_fields = ("onboarding__owner_external_id",)
    search_help_text = _("An owner id or its beginning, or a whole id of an onboarding or a source")
    sortable_by = ()
    fields = ("when", "name", "actor", "staff", "owner", "source_id", "detail")
    readonly_fields = fields
    age_column = "at"
    owner_path = "onboarding__"

    def own_ids(self) -> tuple[str, ...]:
        return ("source_uuid",)

    @admin.display(description=_("when"))
    def when(self, event: Event) -> SafeString:
        return wording.unbroken(event.at)

    @admin.display(description=_("owner id"))
    def owner(self, event: Event) -> SafeString:
        return wording.link_to(event.onboarding, wording.short(event.onboarding))

    @admin.display(description=_("source"))
    def source(self, event: Event) -> str:
        return str(event.source_uuid)[: wording.SHORT_ID] if event.source_uuid else ""

    @admin.display(description=_("source"))
    def source_id(self, event: Event) -> str:
        return str(event.source_uuid or "")
