"""Headers that every reply of the sandbox carries."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


def content_security_policy(
    *, form_action: str = "'self'", frame_ancestors: str = "'none'", scripted: bool = False
) -> str:
    """Return the policy of a page: our own style sheet, our own forms, and no script unless it is `scripted`.

    `form_action` and `frame_ancestors` name whom a form may lead to and who may put the page into a frame.
    """
    scripts = "script-src 'self'; connect-src 'self'; " if scripted else ""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'; {scripts}form-action {form_action}; base-uri 'none'; "
        f"frame-ancestors {frame_ancestors}"
    )


class SecurityHeaders:
    """Add the security headers; a view may have set its own content security policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request with the headers added."""
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", content_security_policy())
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Referrer-Policy", "no-referrer")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response
