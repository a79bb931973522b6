"""Response headers for every reply of the site: pages, faults, redirects, files, whatever answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers


class PoliciesMiddleware:
    """Set what no library in use sets, and see to it that no reply is without the rest.

    Stands outermost. Django's own middleware sets most of these, but not on what is answered before it (a request for
    another host, say), and Django's views keep replies out of caches one by one: here all are kept out but those that
    say how long they may be kept.
    """

    POLICIES = {
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policies = {**self.POLICIES, "Referrer-Policy": settings.SECURE_REFERRER_POLICY}
        if settings.SECURE_HSTS_SECONDS:
            self.policies["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
            )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.policies.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response
