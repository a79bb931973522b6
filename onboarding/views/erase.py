"""Erase: the confirmation, and afterwards the proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding import guards
from onboarding.models import Actor, Erasure, ErasureState, Onboarding
from onboarding.services import erasing


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guards.owned
def erase(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Ask before erasing; once erased, show what was deleted where and when."""
    if request.method == "POST":
        erasing.erase(onboarding=onboarding, actor=Actor.USER)
        return redirect("erase", onboarding.uuid)
    if onboarding.erased_at is None:
        return render(request, "erase/confirm.html", {"onboarding": onboarding})
    erasure = Erasure.objects.filter(onboarding=onboarding).first()
    is_open = erasure is not None and erasure.state == ErasureState.ASKED
    context = {"onboarding": onboarding, "erasure": erasure, "refresh_seconds": 5 if is_open else 0}
    return render(request, "erase/proof.html", context)
