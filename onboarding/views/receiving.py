"""What the pages that take files have in common: the form, the files in the request, and where they lead."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from onboarding.models import Onboarding, Source
from onboarding.services.files import Outcome, Received, Taken
from onboarding.uploading import take_files, were_too_many

from .intents import intent_of
from .places import card_of

MEGABYTE = 1024 * 1024
NAMES_IN_ONE_MESSAGE = 3
LONGEST_NAME_IN_A_MESSAGE = 60


class FilesForm(forms.Form):
    """The files of a request, at least one, and the form's one-use number."""

    chosen = forms.Field(label=_("Files"), required=False)

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        # Only now the body is read, and only of a POST.
        super().__init__(request.POST if request.method == "POST" else None, **kwargs)
        self._request = request

    def clean_chosen(self) -> None:
        if not self._request.FILES.getlist("files"):
            raise forms.ValidationError(_("Choose at least one file."))

    def intent(self) -> UUID:
        """Return the one-use number of the form that was sent."""
        return intent_of(self._request)

    def number(self) -> str:
        """Return the one-use number that the page carries: once written, it stays while the form is corrected."""
        return str(self.intent() if self.is_bound else self.initial["intent"])


def limits(most_bytes: int) -> dict[str, int]:
    """Return what a page says of files: how many, how large, how long they are kept."""
    return {
        "most_files": settings.FILES_AT_ONCE,
        "most_bytes": most_bytes,
        "most_megabytes": most_bytes // MEGABYTE,
        "keep_minutes": keep_minutes(),
    }


def keep_minutes() -> int:
    """Return for how many minutes a file is kept that its person does nothing with."""
    return int(settings.FILE_RETENTION.total_seconds() // 60)


def received(request: HttpRequest) -> list[Received]:
    """Hand over the files of a request; from here on they are the service's to keep or to delete."""
    return [
        Received(
            name=one.original_name,
            deposited=one.deposited,
            is_too_large=one.is_too_large,
            is_empty=one.is_empty,
        )
        for one in take_files(request, "files")
    ]


def replaced(request: HttpRequest, onboarding: Onboarding, kind: str) -> Source | None:
    """Return the file in whose place the next one comes, or None when none is named that ended badly."""
    named = request.POST if request.method == "POST" else request.GET
    try:
        uuid = UUID(named.get("replaces", ""))
    except ValueError:
        return None
    return onboarding.sources.listed().ended_badly().with_details().filter(uuid=uuid, kind=kind).first()


def to_hub(request: HttpRequest, onboarding: Onboarding, taken: Sequence[Taken]) -> HttpResponse:
    """Lead to the list, and say there what became of files that have no new card."""
    seen = [one.name for one in taken if one.outcome == Outcome.SEEN_BEFORE]
    for name in seen[:NAMES_IN_ONE_MESSAGE]:
        messages.info(request, gettext("%(name)s is on your list already.") % {"name": shortly(name)})
    if more := len(seen[NAMES_IN_ONE_MESSAGE:]):
        text = ngettext(
            "%(count)d more file is on your list already.", "%(count)d more files are on your list already.", more
        )
        messages.info(request, text % {"count": more})
    if any(one.outcome == Outcome.TOO_MANY for one in taken):
        messages.info(
            request, gettext("Not every file was taken: too many are open. Finish or remove some, then add the others.")
        )
    if were_too_many(request):
        most = settings.FILES_AT_ONCE
        text = ngettext(
            "Only the first file was taken.",
            "Only the first %(most)d files were taken. You can add the others now.",
            most,
        )
        messages.info(request, text % {"most": most})
    first = next((one.source for one in taken if one.source is not None), None)
    return redirect(card_of(onboarding, first.uuid)) if first else redirect("hub", onboarding.uuid)


def has_changed(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Lead to the list where a file is not any more as the page showed it."""
    messages.info(request, gettext("This file has changed meanwhile. The list shows how it is now."))
    return redirect("hub", onboarding.uuid)


def shortly(name: str) -> str:
    """Shorten the name of a file for a message, in the middle; a file without a name is called one."""
    if len(name) <= LONGEST_NAME_IN_A_MESSAGE:
        return name or gettext("A file")
    half = LONGEST_NAME_IN_A_MESSAGE // 2
    return f"{name[:half]}…{name[-half:]}"
