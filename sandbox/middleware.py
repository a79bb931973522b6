"""Headers that every reply of the sandbox carries."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# No script at all, so none is allowed; only our own style sheet and our own forms.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {form_action}; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class SecurityHeaders:
    """Add the security headers; a view may have set its own content security policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request with the headers added."""
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(form_action="'self'"))
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Referrer-Policy", "no-referrer")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response
