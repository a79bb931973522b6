"""The summary: its page, the making of it, and the exports."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding import flow, guards, making
from onboarding.models import Onboarding
from onboarding.summary import document


@never_cache
@require_safe
@guards.owned
@guards.live
def summary(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    if not flow.may_see_summary(onboarding):
        return redirect("hub", onboarding.uuid)
    made = making.of(onboarding)
    if onboarding.snapshot_id is None:
        context = {"onboarding": onboarding, "making": made, "refresh_seconds": 5 if made.is_running else 0}
        return render(request, "summary/making.html", context)
    return JsonResponse(document.build(onboarding))


export_json = export_csv = export_xlsx = summary
