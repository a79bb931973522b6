"""Guards as decorators: load and authorise in one line, send everybody else somewhere sensible."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from onboarding import browsers
from onboarding.models import Onboarding

View = Callable[..., HttpResponseBase]


def owned(view: View) -> View:
    """Hand the view the onboarding of this address if it is this browser's; answer everybody else alike.

    A stranger can't tell an address that exists from one that does not.
    """

    @wraps(view)
    def guarded(request: HttpRequest, uuid: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        onboarding = (
            Onboarding.objects.of_browser(browsers.digest(request))
            .filter(uuid=uuid)
            .select_related("aggregation")
            .first()
        )
        if onboarding is None:
            return not_yours(request)
        return view(request, onboarding, *args, **kwargs)

    return guarded


def live(view: View) -> View:
    """Let through while the onboarding is not erased; afterwards show the proof instead. Stands under ``owned``."""

    @wraps(view)
    def guarded(request: HttpRequest, onboarding: Onboarding, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if onboarding.erased_at:
            return go(request, reverse("erase", args=[onboarding.uuid]))
        return view(request, onboarding, *args, **kwargs)

    return guarded


def not_yours(request: HttpRequest) -> HttpResponse:
    """Say that this page can't be shown in this browser; a fragment's page is sent to the start."""
    if wants_fragment(request):
        return HttpResponseClientRedirect(reverse("home"))
    return render(request, "faults/not_yours.html", status=404)


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect a page, or the page around a fragment."""
    return HttpResponseClientRedirect(address) if wants_fragment(request) else redirect(address)


def wants_fragment(request: HttpRequest) -> bool:
    """Tell whether HTMX asks for a part of a page; a history restore asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and (request.headers.get("HX-History-Restore-Request") != "true")
