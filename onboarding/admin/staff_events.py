"""The list of what happened at staff's door."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from onboarding.models import StaffEvent

from . import filters, wording
from .readonly import ReadOnlyAdmin


@admin.register(StaffEvent)
class StaffEventAdmin(ReadOnlyAdmin[StaffEvent]):
    """Sign-ins, refusals and what was done to accounts, newest first."""

    list_display = ("when", "name", "staff", "origin", "detail")
    list_filter = (filters.Age, "name")
    list_select_related = ("staff",)
    sortable_by = ()
    fields = ("when", "name", "staff", "origin", "detail")
    readonly_fields = fields
    age_column = "at"

    @admin.display(description=_("when"))
    def when(self, event: StaffEvent) -> SafeString:
        return wording.unbroken(event.at)
