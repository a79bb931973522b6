"""The site's addresses and a view that asks the database one question."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from onboarding.models import Onboarding


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Onboarding.objects.values_list("pk", flat=True).first()))


urlpatterns = [path("bare/", bare), path("", include("wizard_site.urls"))]
