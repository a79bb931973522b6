"""Around every request: its id, its figures, and one line that names no address."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from onboarding.observing import meters, tracing

log = logging.getLogger("onboarding.requests")

HEADER = "X-Request-ID"
QUIET_ROUTES = frozenset({"progress", "healthz", "readyz", "metrics", ""})
"""Asked again and again by machines and open pages, or files; their lines would bury the others."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TracingMiddleware:
    """Give each request its id, answer it in ``X-Request-ID``, and count what came of it. Stands first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proposed = request.headers.get(HEADER) if settings.TRUST_PROXY else None
        began = perf_counter()
        with tracing.work_of(tracing.sound(proposed)):
            response = self.get_response(request)
            seconds = perf_counter() - began
            response.headers[HEADER] = tracing.request_id()
            route, method = route_of(request), request.method if request.method in METHODS else "other"
            meters.REQUESTS.labels(route, method, response.status_code).inc()
            meters.REQUEST_SECONDS.labels(route).observe(seconds)
            log.log(
                logging.DEBUG if route in QUIET_ROUTES else logging.INFO,
                "answered",
                extra={
                    "route": route,
                    "method": method,
                    "status": response.status_code,
                    "ms": round(seconds * 1000),
                },
            )
        return response

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        """Name what the request is about, where its address does."""
        tracing.name(onboarding=parameters.get("uuid"), source=parameters.get("source_uuid"))


def route_of(request: HttpRequest) -> str:
    """Return the name of the route that a request took; empty for files and for addresses that there are not."""
    match = request.resolver_match
    return match.view_name if match is not None else ""
