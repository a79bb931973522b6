"""The pages that belong to no sign-in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sandbox import scenarios
from sandbox.banks import BANKS


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what this site is, and list the logins."""
    context = {
        "groups": scenarios.by_group(scenarios.SCENARIOS),
        "test_bank_logins": scenarios.TEST_BANK_LOGINS,
        "bank_count": len(BANKS),
    }
    return render(request, "sandbox/about.html", context)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; with several processes the memory would fall apart, so say that it is wrong."""
    if request.META.get("wsgi.multiprocess"):
        return JsonResponse({"status": "run the sandbox in one process"}, status=503)
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for an address that is not there."""
    return render(request, "sandbox/not_found.html", status=404)
