"""Staff's own accounts: Django's pages, and ending an account's sign-ins everywhere."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_totp.models import TOTPDevice

from onboarding.models import StaffEventName
from onboarding.staff import record, sessions

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]
else:
    _UserAdmin = UserAdmin

# Second factors are renewed by manage.py staff_device alone: their pages would show the secrets.
admin.site.unregister(TOTPDevice)
admin.site.unregister(User)


@admin.register(User)
class StaffAccountAdmin(_UserAdmin):
    """Accounts of staff."""

    actions = ("end_sessions",)

    @admin.action(description=_("End all sign-ins"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End the sign-ins of the chosen accounts in every browser."""
        ended = 0
        for user in queryset:
            ended += sessions.end_all(user)
            record.write(
                StaffEventName.SESSIONS_ENDED, request=request, staff=request.user, detail=f"account row {user.pk}"
            )
        words = ngettext("%(count)d sign-in was ended.", "%(count)d sign-ins were ended.", ended)
        self.message_user(request, words % {"count": ended}, messages.SUCCESS)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Set another account's password, which ends its sign-ins, and write it down."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            record.write(
                StaffEventName.PASSWORD_CHANGED, request=request, staff=request.user, detail=f"account row {id}"
            )
        return response
