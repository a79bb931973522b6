"""The host's accent colour as a stylesheet: a strict policy allows no style in a page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@cache_control(max_age=3600, public=True)
@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """Set the accent colour that the site's stylesheet builds on."""
    return HttpResponse(f":root{{--accent:{settings.BRAND['accent']}}}\n", content_type="text/css")
