"""What this is, who asks, and the consent with which everything begins."""

import secrets

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onboarding import browsers, flow
from onboarding.countries import COUNTRIES, vendor_locale
from onboarding.limits import Route
from onboarding.services import returning, starting
from onboarding.throttling import limited

WISH = r"[A-Za-z0-9_-]{22,64}"
"""A start form's number: it opens the person's pages, so ours have 256 bits, and no UUID's 122 (ASVS 11.5.1)."""
ADDRESS_OF = {flow.Step.CONNECT: "hub", flow.Step.SUMMARY: "summary", flow.Step.ERASED: "erase"}


class ConsentForm(forms.Form):
    """The country to look for banks in, and the consent itself."""

    country = forms.ChoiceField(label=_("Country of your bank"))
    intent = forms.RegexField(rf"\A{WISH}\Z", widget=forms.HiddenInput, required=False)
    consent = forms.BooleanField(
        label=_("I agree that my bank data is read once and shown here as described above."),
        error_messages={"required": _("Tick the box if you agree. Without it nothing is read.")},
    )

    def __init__(self, *args: object, fixed_country: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        codes = [fixed_country] if fixed_country else settings.KONTOMATIK_COUNTRIES
        choices = [(code, COUNTRIES.get(code, code.upper())) for code in codes]
        self.fields["country"] = forms.ChoiceField(label=_("Country of your bank"), choices=choices)


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what this is; whoever began in this browser is led on to where they left."""
    onboarding = returning.open_onboarding_of(browsers.digest(request))
    context = {
        "onboarding": onboarding,
        "open": settings.ONBOARDING_OPEN,
        "continue_at": ADDRESS_OF[flow.position(onboarding)] if onboarding else "",
    }
    return render(request, "start/home.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.START)
def start(request: HttpRequest, token: str = "") -> HttpResponse:
    """Ask for consent; with it, begin an onboarding in this browser."""
    invitation = starting.invitation_for(token) if token else None
    if (token and invitation is None) or not (token or settings.ONBOARDING_OPEN):
        return render(request, "start/not_invited.html", status=404 if token else 403)
    form = ConsentForm(
        request.POST or None,
        initial={"intent": secrets.token_urlsafe(32)},
        fixed_country=invitation.country if invitation else "",
    )
    if request.method == "POST" and form.is_valid():
        return _begin(
            request, form.cleaned_data["intent"] or secrets.token_urlsafe(32), form.cleaned_data["country"], token
        )
    context = {
        "form": form,
        "invitation": invitation,
        "history_days": settings.KONTOMATIK_HISTORY_DAYS,
        "retention_hours": int(settings.RETENTION.total_seconds() // 3600),
    }
    return render(request, "start/consent.html", context)


@never_cache
@limited(Route.INVITATION)
def invited(request: HttpRequest, token: str) -> HttpResponseBase:
    """Do the same by an invitation's link; a token is anybody's to try, so trying is counted."""
    return start(request, token)


def _begin(request: HttpRequest, intent: str, country: str, token: str) -> HttpResponse:
    try:
        onboarding = starting.start(
            intent=intent,
            browser=browsers.digest_for(intent),
            browser_before=browsers.digest(request),
            country=country,
            locale=vendor_locale(get_language() or "en"),
            token=token,
        )
    except starting.NotInvited:
        return render(request, "start/not_invited.html", status=404)
    browsers.adopt(request, intent)
    return redirect("hub", onboarding.uuid)
