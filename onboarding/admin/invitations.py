"""The list of invitations, and making one: its link is shown once and kept nowhere."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import clock
from onboarding.addresses import leads_safely
from onboarding.countries import COUNTRIES
from onboarding.models import Invitation

from . import filters, pages, wording
from .readonly import ReadOnlyAdmin

GOOD_FOR = timedelta(days=7)


def _in_a_week() -> datetime:
    return clock.now() + GOOD_FOR


def _countries() -> list[tuple[str, str | Promise]]:
    return [(code, COUNTRIES.get(code, code.upper())) for code in settings.KONTOMATIK_COUNTRIES]


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What staff say of an invitation."""

    country = forms.ChoiceField(label=_("Country"), choices=_countries)
    return_url = forms.URLField(
        label=_("Host return address"),
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Where the person is led back to at the end. May be empty."),
    )
    expires_at = forms.SplitDateTimeField(label=_("Expires"), initial=_in_a_week, widget=AdminSplitDateTime)

    class Meta:
        model = Invitation
        fields = ["country", "note", "return_url", "expires_at"]

    def clean_return_url(self) -> str:
        """Refuse an address that may lead elsewhere than it seems to, and plain http to the world."""
        address: str = self.cleaned_data["return_url"]
        if address and not leads_safely(address):
            message = _("Use an https address without a user in it; http is only for a private host.")
            raise ValidationError(message, code="unsafe")
        return address

    def clean_expires_at(self) -> datetime:
        """Refuse a moment that has passed: the link would never work."""
        expires: datetime = self.cleaned_data["expires_at"]
        if expires <= clock.now():
            raise ValidationError(_("Choose a moment in the future."), code="past")
        return expires


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    """Links with which staff let a person start."""

    form = InvitationForm
    list_display = ("number", "state", "country", "note", "created", "created_by", "expires", "begun")
    list_filter = (filters.InvitationState, filters.Age)
    list_select_related = ("created_by", "onboarding")
    search_fields = ("onboarding__owner_external_id",)
    search_help_text = _("An owner id or its beginning, or a whole id of an onboarding")
    sortable_by = ()
    owner_path = "onboarding__"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("onboarding.add_invitation")

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        """Ask for what can be said; show what may be shown, which is never the token's digest."""
        if obj is None:
            return ("country", "note", "return_url", "expires_at")
        return ("state", "country", "note", "host", "created", "created_by", "expires", "used", "begun")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Save the invitation with a fresh token and tell its link, this once."""
        obj.created_by_id = pages.staff_of(request).pk
        token = obj.renew_token()
        super().save_model(request, obj, form, change)
        link = settings.SITE_URL + reverse("start_invited", args=[token])
        said = gettext("The invitation's link is shown only now. Copy it and send it to the person: %(link)s")
        messages.warning(request, said % {"link": link})

    @admin.display(description=_("invitation"))
    def number(self, invitation: Invitation) -> str:
        return f"#{invitation.pk}"

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        if invitation.used_at:
            return gettext("used")
        # No more exact than the page is fresh; the database's clock decides when the link is followed.
        return gettext("expired") if invitation.expires_at <= timezone.now() else gettext("can be used")

    @admin.display(description=_("host"))
    def host(self, invitation: Invitation) -> str:
        return wording.host_of(invitation.return_url)

    @admin.display(description=_("created"))
    def created(self, invitation: Invitation) -> SafeString:
        return wording.unbroken(invitation.created_at)

    @admin.display(description=_("expires"))
    def expires(self, invitation: Invitation) -> SafeString:
        return wording.unbroken(invitation.expires_at)

    @admin.display(description=_("used"))
    def used(self, invitation: Invitation) -> str:
        return wording.instant(invitation.used_at)

    @admin.display(description=_("onboarding"))
    def begun(self, invitation: Invitation) -> str | SafeString:
        onboarding = invitation.onboarding
        return wording.link_to(onboarding, wording.short(onboarding)) if onboarding else ""
