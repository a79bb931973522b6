"""A file's own page: the question it leaves open, the answers to it, and taking it off the list."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from onboarding import guards
from onboarding.limits import Route
from onboarding.models import ColumnChoice, Onboarding, Question, Source, SourceKind
from onboarding.pages import file_page
from onboarding.pages.file_page import FilePage
from onboarding.services import files, sources
from onboarding.throttling import limited

from .column_form import ColumnForm
from .places import card_of
from .receiving import has_changed, shortly


class PasswordForm(forms.Form):
    """The password of a protected file, as it is: blanks count."""

    password = forms.CharField(
        max_length=200,
        strip=False,
        error_messages={
            "required": _("Type the password of the file."),
            "max_length": _("This is longer than any file's password. Please check it."),
        },
    )


@never_cache
@require_safe
@guards.owned
@guards.live
def file(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Show the question of a file; a file that asks nothing has its place in the list."""
    source = _source(onboarding, source_uuid)
    page = FilePage.of(source, wanted=request.GET.get("question", ""))
    if page.is_over:
        return redirect(card_of(onboarding, source_uuid))
    if page.question == Question.PASSWORD:
        return _ask_password(request, onboarding, page, PasswordForm())
    if page.question == Question.COLUMNS:
        return _ask_columns(request, onboarding, source)
    context = {
        "onboarding": onboarding,
        "page": page,
        "accounts": file_page.preview_of(source.file),
        "can_map": file_page.can_map(source.file),
    }
    return render(request, "files/preview.html", context)


@never_cache
@require_POST
@limited(Route.UNLOCK)
@guards.owned
@guards.live
def password(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Take the password of a protected file."""
    source = _source(onboarding, source_uuid)
    form = PasswordForm(request.POST)
    page = FilePage.of(source)
    if not form.is_valid() and not page.is_over:
        return _ask_password(request, onboarding, page, form)
    try:
        files.give_password(source=source, password=form.cleaned_data.get("password", ""))
    except files.NotPossible:
        return has_changed(request, onboarding)
    return redirect(card_of(onboarding, source_uuid))


@never_cache
@require_POST
@guards.owned
@guards.live
def columns(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Take what the columns of a table hold."""
    source = _source(onboarding, source_uuid)
    guess = ColumnChoice.objects.filter(file=source.file).first()
    if guess is None:
        return has_changed(request, onboarding)
    form = ColumnForm(request.POST, table=file_page.table_of(source.file), guess=guess)
    if not form.is_valid():
        return _ask_columns(request, onboarding, source, form)
    try:
        files.choose_columns(source=source, columns=form.columns())
    except files.NotPossible:
        return has_changed(request, onboarding)
    return redirect(card_of(onboarding, source_uuid))


@never_cache
@require_POST
@guards.owned
@guards.live
def confirm(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Send a file off as its preview showed it."""
    try:
        files.confirm(source=_source(onboarding, source_uuid))
    except files.NotPossible:
        return has_changed(request, onboarding)
    return redirect(card_of(onboarding, source_uuid))


@never_cache
@require_POST
@guards.owned
@guards.live
def remove(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Take a file off the list."""
    source = _source(onboarding, source_uuid)
    name = shortly(source.file.display_name)
    try:
        sources.remove(source=source)
    except sources.NotPossible:
        return has_changed(request, onboarding)
    messages.info(request, gettext("Removed: %(name)s.") % {"name": name})
    return redirect("hub", onboarding.uuid)


def _ask_password(request: HttpRequest, onboarding: Onboarding, page: FilePage, form: PasswordForm) -> HttpResponse:
    return render(request, "files/password.html", {"onboarding": onboarding, "page": page, "form": form})


def _ask_columns(
    request: HttpRequest, onboarding: Onboarding, source: Source, form: ColumnForm | None = None
) -> HttpResponse:
    page = FilePage.of(source, wanted=Question.COLUMNS)
    guess = ColumnChoice.objects.filter(file=source.file).first()
    if page.is_over or guess is None:
        return redirect(card_of(onboarding, source.uuid))
    table = file_page.table_of(source.file)
    form = form or ColumnForm(table=table, guess=guess)
    context = {"onboarding": onboarding, "page": page, "table": table, "form": form, "guess": guess}
    return render(request, "files/columns.html", context)


def _source(onboarding: Onboarding, source_uuid: UUID) -> Source:
    kinds = (SourceKind.STATEMENT, SourceKind.UPLOAD)
    source = onboarding.sources.with_details().filter(uuid=source_uuid, kind__in=kinds).first()
    if source is None:
        raise Http404
    return source
