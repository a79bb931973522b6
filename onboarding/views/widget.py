"""The page with the service's embedded sign-in form, and what its script tells us."""

from uuid import UUID

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from onboarding import browsers, guards
from onboarding.limits import Route
from onboarding.models import Onboarding, SourceKind
from onboarding.pages.handoff import SignInForm
from onboarding.services import widget
from onboarding.throttling import limited

from .places import bank_source, card_of


def page(request: HttpRequest, onboarding: Onboarding, form: SignInForm) -> HttpResponseBase:
    """Show the form: this answer alone lets the service's script and frame in, and lets a bank's window talk to it."""

    @csp_update({"script-src": [form.origin], "frame-src": [form.origin]})
    def show(request: HttpRequest) -> HttpResponse:
        return render(request, "banks/widget.html", {"onboarding": onboarding, "form": form})

    response = show(request)
    # Under "same-origin" a window that the frame opens would be cut off from it (HTML standard, "rules for choosing a
    # navigable"), and banks under PSD2 open one.
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response


@never_cache
@require_POST
@limited(Route.WIDGET)
def report(request: HttpRequest, uuid: UUID, source_uuid: UUID) -> JsonResponse:
    """Take what the form's script says became of the sign-in; answer where the page goes next, whatever it said."""
    onboarding = Onboarding.objects.of_browser(browsers.digest(request)).filter(uuid=uuid).first()
    if onboarding is None:
        return _go(reverse("home"), status=404)
    if onboarding.erased_at:
        return _go(reverse("erase", args=[uuid]), status=409)
    source = onboarding.sources.filter(uuid=source_uuid, kind=SourceKind.BANK).first()
    if source is None:
        return _go(reverse("hub", args=[uuid]), status=404)
    if source.removed_at or source.replaced_by_id:
        return _go(reverse("hub", args=[uuid]), status=409)
    said = {name: request.POST.get(name, "") for name in ("session_id", "signature", "target", "official_name")}
    if code := request.POST.get("error", ""):
        widget.went_wrong(source=source, code=code, target=said["target"])
    else:
        widget.signed_in(source=source, **said)
    return _go(card_of(onboarding, source_uuid))


@never_cache
@require_POST
@limited(Route.WIDGET)
@guards.owned
@guards.live
def elsewhere(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Sign in at the service's own pages instead of in the form."""
    source = bank_source(onboarding, source_uuid)
    widget.turn_to_redirection(source=source)
    return redirect("handoff", onboarding.uuid, source.uuid)


def _go(address: str, *, status: int = 200) -> JsonResponse:
    return JsonResponse({"next": address}, status=status)
