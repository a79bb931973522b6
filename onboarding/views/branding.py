"""The host's accent colour as a stylesheet: a strict policy allows no style in a page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from onboarding.accent import DARK_GROUND, LIGHT_GROUND, tones


@cache_control(max_age=3600, public=True)
@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """Set the tones of the accent colour that the site's stylesheet builds on."""
    light, dark = _declared(LIGHT_GROUND), _declared(DARK_GROUND)
    text = f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return HttpResponse(text, content_type="text/css")


def _declared(ground: str) -> str:
    found = tones(settings.BRAND["accent"], ground=ground)
    return f"--accent-ink:{found.ink};--accent-fill:{found.fill};--on-accent:{found.on_fill};--accent-edge:{found.edge}"
