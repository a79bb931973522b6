"""The limits as a decorator of views, and what those hear who come too often."""

import logging
import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import ngettext

from onboarding import browsers, guards, limits, networks
from onboarding.guards import View
from onboarding.limits import Route

log = logging.getLogger(__name__)

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def limited(route: Route) -> Callable[[View], View]:
    """Let a view be asked so often by one browser and from one address; answer 429 beyond.

    Stands outside of ``owned``: asking for what is somebody else's counts as well.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in READING and not limits.TABLE[route].reads:
                return view(request, *args, **kwargs)
            wait = limits.take(route, one=browsers.digest(request), address=networks.of(request))
            return view(request, *args, **kwargs) if wait is None else too_many(request, wait)

        return counted

    return decorate


def too_many(request: HttpRequest, wait: timedelta) -> HttpResponse:
    """Say when to try again: to a person as a page, to a script as JSON, to a part of a page in a line."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    page = request.resolver_match.view_name if request.resolver_match else ""
    if is_told(request):
        log.warning("too many requests: %s, origin %s, again in %d s", page, limits.origin_of(request), seconds)
    response: HttpResponse
    if _wants_json(request):
        response = JsonResponse(problem(seconds), status=429)
    elif guards.wants_fragment(request):
        # HTMX swaps nothing in for a refusal: the page stays as it is, and asks again by its next trigger.
        response = HttpResponse(in_words(seconds), status=429, content_type="text/plain; charset=utf-8")
    else:
        context = {"wait": in_words(seconds), "was_form": request.method == "POST"}
        response = render(request, "faults/too_many.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response


def is_told(request: HttpRequest) -> bool:
    """Tell whether a refusal is written down: not all of somebody's who does not stop."""
    return limits.take(Route.REFUSAL, address=networks.of(request)) is None


def problem(seconds: int) -> dict[str, Any]:
    """Return the refusal as the host's interface writes its problems."""
    return {
        "error": "too_many_requests",
        "message": f"Too many requests: try again in {seconds} s.",
        "details": [],
        "retryAfter": seconds,
    }


def in_words(seconds: int) -> str:
    """Say how long to wait, as people say it, rounded up; one sentence each, since the words around a number bend."""
    if seconds <= 90:
        text = ngettext("You can try again in %(count)d second.", "You can try again in %(count)d seconds.", seconds)
        return text % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    text = ngettext("You can try again in %(count)d minute.", "You can try again in %(count)d minutes.", minutes)
    return text % {"count": minutes}


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json")
