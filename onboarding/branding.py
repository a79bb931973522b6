"""The host's name, logo, colour and contact for every page; and where a demonstration keeps its samples."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def brand(request: HttpRequest) -> dict[str, Any]:
    return {"brand": settings.BRAND, "samples_url": settings.SAMPLES_URL}
