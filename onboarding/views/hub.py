"""The hub: the list of sources that works as a receipt, live."""

from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding import browsers, guards
from onboarding.models import Onboarding
from onboarding.pages import glance, making
from onboarding.pages import hub as hubs


@never_cache
@require_safe
@guards.owned
@guards.live
def hub(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    """Show every source, and what can be done next."""
    return _page(request, hubs.for_onboarding(onboarding))


@never_cache
@require_safe
def progress(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Answer a page that asks what is new: 204 when nothing is, the fragment when something is.

    Reads rows only: one query when nothing is new, one more for the list, whatever goes on.
    """
    if request.GET.get("of") == "summary":
        return making_progress(request, uuid)
    seen = glance.of(uuid, session_key=request.session.session_key or "")
    if seen is None or not browsers.is_of_session(request, seen.session, seen.browser):
        return guards.not_yours(request)
    if seen.is_erased:
        return guards.go(request, reverse("erase", args=[uuid]))
    if guards.wants_fragment(request) and glance.is_current(request.GET.get("v", ""), seen):
        return HttpResponse(status=204)
    found = hubs.for_browser(uuid, seen.browser, seen)
    if found is None:
        return _progress_without_cards(request, uuid)
    if not guards.wants_fragment(request):
        return _page(request, found)
    return render(request, "hub/_sources.html", {"hub": found, "intent": uuid4()})


@guards.owned
def making_progress(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    """Answer the page that waits for its summary: where it stands, or off to the summary."""
    made = making.of(onboarding)
    if not made.is_running or onboarding.erased_at or not guards.wants_fragment(request):
        return guards.go(request, reverse("erase" if onboarding.erased_at else "summary", args=[onboarding.uuid]))
    if request.GET.get("v") == made.version:
        return HttpResponse(status=204)
    return render(request, "summary/_making.html", {"onboarding": onboarding, "making": made})


@guards.owned
@guards.live
def _progress_without_cards(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    found = hubs.for_onboarding(onboarding)
    if not guards.wants_fragment(request):
        return _page(request, found)
    return render(request, "hub/_sources.html", {"hub": found, "intent": uuid4()})


def _page(request: HttpRequest, found: hubs.Hub) -> HttpResponseBase:
    context = {
        "hub": found,
        "onboarding": found.onboarding,
        "intent": uuid4(),
        "refresh_seconds": 5 if found.is_live else 0,
        "signin_minutes": int(settings.SIGNIN_DEADLINE.total_seconds() // 60),
    }
    return render(request, "hub/hub.html", context)
