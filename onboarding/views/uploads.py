"""Own data: choose the files that the bank lets one download, send them."""

from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding import guards
from onboarding.limits import Route
from onboarding.models import Onboarding, Source, SourceKind
from onboarding.pages import hub
from onboarding.services import files
from onboarding.throttling import limited
from onboarding.uploading import sealed_uploads

from .receiving import FilesForm, has_changed, limits, received, replaced, to_hub


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.UPLOAD)
@guards.owned
@guards.live
@sealed_uploads(most_bytes=lambda: settings.UPLOAD_MAX_BYTES, most_files=lambda: settings.FILES_AT_ONCE)
def uploads(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Ask for files of own data, and take them."""
    if not hub.offers_uploads():
        return redirect("hub", onboarding.uuid)
    old = replaced(request, onboarding, SourceKind.UPLOAD)
    form = FilesForm(request, initial={"intent": uuid4()})
    if request.method == "POST" and form.is_valid():
        return _receive(request, onboarding, form, old)
    context = {"onboarding": onboarding, "form": form, "replaces": old, **limits(settings.UPLOAD_MAX_BYTES)}
    return render(request, "uploads/uploads.html", context)


def _receive(request: HttpRequest, onboarding: Onboarding, form: FilesForm, old: Source | None) -> HttpResponse:
    try:
        taken = files.receive_exports(
            onboarding=onboarding, intent=form.intent(), files=received(request), replaces=old
        )
    except files.NotPossible:
        return has_changed(request, onboarding)
    return to_hub(request, onboarding, taken)
