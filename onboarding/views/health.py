"""For hosts and load balancers: is the process alive, and are its parts in reach."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.observing import readiness


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Tell whether database, migrations, broker and sweep are well, 503 when not; and how the vendor fares."""
    found = readiness.look()
    return JsonResponse({**found.parts, "vendor": asdict(found.vendor)}, status=200 if found.is_ready else 503)
