"""Staff's site: Django's admin behind a sign-in that is slowed down, has a second factor, ends in time, is recorded."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from onboarding.throttling import is_told, too_many

View = TypeVar("View", bound=Callable[..., Any])


class StaffSite(AdminSite):
    """Django's admin site with our own door.

    It is made while Django still loads its apps, so what knows of rows is imported where it is used.
    """

    login_template = "admin/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff, with their second factor where one is asked for."""
        from .sign_in import has_second_factor

        return super().has_permission(request) and has_second_factor(request.user)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Before each page end a sign-in that is over; after it write down what was refused."""
        from . import sessions

        guarded: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(guarded)
        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            sessions.end_if_over(request)
            if request.user.is_authenticated and not self.has_permission(request):
                self._note_denied(request)
            try:
                return guarded(request, *args, **kwargs)
            except PermissionDenied:
                self._note_denied(request)
                raise

        return cast("View", watched)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the form; count each try, and write down what became of it."""
        from onboarding.models import StaffEventName

        from . import record, sign_in

        self.login_form = sign_in.SignInForm
        context = {"asks_code": settings.STAFF_SECOND_FACTOR, **(extra_context or {})}
        if request.method != "POST":
            return super().login(request, context)
        if wait := sign_in.wait_before(request):
            if is_told(request):
                record.write(StaffEventName.SIGN_IN_SLOWED, request=request)
            return too_many(request, wait)
        response = super().login(request, context)
        if response.status_code != 302:
            record.write(StaffEventName.SIGN_IN_FAILED, request=request)
            return response
        record.write(StaffEventName.SIGNED_IN, request=request, staff=request.user)
        sign_in.know_browser(request, response)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Sign out, and write it down."""
        from onboarding.models import StaffEventName

        from . import record

        user = request.user
        response = super().logout(request, extra_context)
        if request.method == "POST" and user.is_authenticated:
            record.write(StaffEventName.SIGNED_OUT, request=request, staff=user)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Change one's own password, which ends one's other sign-ins, and write it down."""
        from onboarding.models import StaffEventName

        from . import record

        response = super().password_change(request, extra_context)
        if response.status_code == 302:
            record.write(StaffEventName.PASSWORD_CHANGED, request=request, staff=request.user)
        return response

    def _note_denied(self, request: HttpRequest) -> None:
        from onboarding.models import StaffEventName

        from . import record

        page = request.resolver_match.view_name if request.resolver_match else ""
        record.write(StaffEventName.DENIED, request=request, staff=request.user, detail=page)
