"""Staff's own accounts, kept by superusers alone: Django's pages, and ending an account's sign-ins everywhere."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_totp.models import TOTPDevice

from onboarding.models import StaffEventName
from onboarding.staff import record, sessions

from .readonly import PermissionFirst

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[User]
else:
    _UserAdmin = UserAdmin

# Second factors are renewed by manage.py staff_device alone: their pages would show the secrets.
admin.site.unregister(TOTPDevice)
admin.site.unregister([User, Group])


class _KeptBySuperusers(PermissionFirst):
    """Django lets whoever may change accounts give every permission, also to themselves."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(Group)
class GroupOfStaffAdmin(_KeptBySuperusers, GroupAdmin):
    """Groups of permissions."""


@admin.register(User)
class StaffAccountAdmin(_KeptBySuperusers, _UserAdmin):
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
