"""Finish: say what is still running, let the person wait or go on without it, ask for the summary."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding import guards
from onboarding.limits import Route
from onboarding.models import Onboarding
from onboarding.pages import hub as hubs
from onboarding.services import finishing
from onboarding.throttling import limited

from .receiving import keep_minutes


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.FINISH)
@guards.owned
@guards.live
def finish(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Finish; with sources still open, only when the person has said to go on without them."""
    hub = hubs.for_onboarding(onboarding)
    if not hub.can_finish:
        messages.info(request, _("Connect a bank or use a file first. There is nothing to show yet."))
        return redirect("hub", onboarding.uuid)
    if request.method != "POST" or (hub.open_cards and "without_open" not in request.POST):
        context = {"hub": hub, "onboarding": onboarding, "keep_minutes": keep_minutes()}
        return render(request, "finish/confirm.html", context)
    try:
        finishing.finish(onboarding=onboarding)
    except finishing.NothingImported:
        # Erased in another tab between the look above and now.
        return redirect("hub", onboarding.uuid)
    return redirect("summary", onboarding.uuid)
