"""Staff's pages: everything read-only, the verbs of staff go to the services."""

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .accounts import GroupOfStaffAdmin, StaffAccountAdmin
from .events import EventAdmin
from .invitations import InvitationAdmin
from .onboardings import OnboardingAdmin
from .sources import SourceAdmin
from .staff_events import StaffEventAdmin

__all__ = [
    "EventAdmin",
    "GroupOfStaffAdmin",
    "InvitationAdmin",
    "OnboardingAdmin",
    "SourceAdmin",
    "StaffAccountAdmin",
    "StaffEventAdmin",
]

admin.site.site_header = admin.site.site_title = settings.BRAND["name"]
admin.site.index_title = _("Staff")
