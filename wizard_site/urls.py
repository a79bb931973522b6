"""The addresses of the whole site."""

from django.contrib import admin
from django.http import Http404
from django.urls import include, path, re_path
from django.views.defaults import page_not_found

urlpatterns = [
    # Django's "view on site" tells every account of staff which keys exist, of any table; no row of ours has a page.
    re_path("^admin/r/", page_not_found, {"exception": Http404()}),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("onboarding.urls")),
]

handler500 = "onboarding.views.faults.server_error"
