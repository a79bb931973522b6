"""The site with two bare views beside it, to compare a progress poll with; served by ``bench.progress_poll`` alone."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = "bench.poll_site"
application = get_wsgi_application()

from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402

from onboarding import browsers  # noqa: E402
from onboarding.models import Onboarding  # noqa: E402


def bare(request: HttpRequest) -> HttpResponse:
    """Answer from one query, without a session."""
    return HttpResponse(str(first()))


def bare_with_session(request: HttpRequest) -> HttpResponse:
    """Answer from the session and one query."""
    return HttpResponse(f"{browsers.digest(request)} {first()}")


def first() -> int | None:
    """Ask what costs the same however many rows there are."""
    return Onboarding.objects.order_by("pk").values_list("pk", flat=True).first()


urlpatterns = [
    path("bare/", bare),
    path("bare-with-session/", bare_with_session),
    path("", include("wizard_site.urls")),
]
