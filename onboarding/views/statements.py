"""PDF statements: choose the bank, choose the files, send them."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding import guards
from onboarding.limits import Route
from onboarding.models import CatalogBank, Onboarding, Source, SourceKind
from onboarding.pages import hub
from onboarding.services import files
from onboarding.throttling import limited
from onboarding.uploading import sealed_uploads

from .receiving import FilesForm, has_changed, limits, received, replaced, to_hub

NOT_LISTED = "-"


class StatementForm(FilesForm):
    """The bank that the statements are of, and the files. Without a list of banks nothing is asked."""

    def __init__(self, *args: Any, banks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.banks = banks
        # The list may come or go between the page and its sending: a page that did not ask is not told to answer, and
        # an answer by a list that is gone can't be looked up. The bank is recognised from the statement then.
        if not banks:
            return
        unknown: str | Promise = _("My bank is not listed, or I don't know")
        self.fields["bank"] = forms.ChoiceField(
            label=_("Your bank"),
            choices=[("", _("Please choose")), *banks.items(), (NOT_LISTED, unknown)],
            required="bank" in self.data,
            error_messages={"required": _("Choose your bank."), "invalid_choice": _("Choose a bank of the list.")},
        )

    def target(self) -> str:
        """Return the service's name of the chosen bank, or nothing where the person knows none."""
        chosen = str(self.cleaned_data.get("bank", ""))
        return "" if chosen == NOT_LISTED else chosen


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.UPLOAD)
@guards.owned
@guards.live
@sealed_uploads(most_bytes=lambda: settings.STATEMENT_MAX_BYTES, most_files=lambda: settings.FILES_AT_ONCE)
def statements(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Ask for statements, and take them."""
    if not hub.offers_statements(onboarding):
        return redirect("hub", onboarding.uuid)
    old = replaced(request, onboarding, SourceKind.STATEMENT)
    form = StatementForm(request, banks=_banks(onboarding), initial=_initial(old))
    if request.method == "POST" and form.is_valid():
        return _receive(request, onboarding, form, old)
    context = {"onboarding": onboarding, "form": form, "replaces": old, **limits(settings.STATEMENT_MAX_BYTES)}
    return render(request, "statements/statements.html", context)


def _receive(request: HttpRequest, onboarding: Onboarding, form: StatementForm, old: Source | None) -> HttpResponse:
    target = form.target()
    try:
        taken = files.receive_statements(
            onboarding=onboarding,
            intent=form.intent(),
            files=received(request),
            target=target,
            bank_name=form.banks.get(target, ""),
            replaces=old,
        )
    except files.NotPossible:
        return has_changed(request, onboarding)
    return to_hub(request, onboarding, taken)


def _initial(old: Source | None) -> dict[str, Any]:
    return {"intent": uuid4(), "bank": (old.file.target or NOT_LISTED) if old else ""}


def _banks(onboarding: Onboarding) -> dict[str, str]:
    """Return the banks whose statements can be read, by the service's names."""
    listed = CatalogBank.objects.statements(onboarding.country)
    return dict(listed.order_by("official_name", "name").values_list("name", "official_name"))
