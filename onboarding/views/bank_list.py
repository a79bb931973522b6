"""Choose a bank from our own list."""

from urllib.parse import parse_qsl
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from onboarding import bank_list, guards
from onboarding.models import Onboarding
from onboarding.services.banks import Choice

LONGEST_CHOICE = 4000
"""Two names of 200 letters each, percent-encoded."""


def page(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Show the banks to choose from, all of them or those that a search found; a search as one types gets the list."""
    if not settings.BANK_LIST:
        return redirect("hub", onboarding.uuid)
    found = bank_list.for_onboarding(
        onboarding, country=request.GET.get("country", onboarding.country), query=request.GET.get("q", "")
    )
    template = "banks/_bank_list.html" if guards.wants_fragment(request) else "banks/bank_list.html"
    return render(request, template, {"onboarding": onboarding, "banks": found, "intent": uuid4()})


def is_asked_for(request: HttpRequest) -> bool:
    """Tell whether the list comes first: it is on, and the form neither names a bank nor asks to go on without."""
    return settings.BANK_LIST and not (request.POST.get("bank") or request.POST.get("elsewhere"))


def choice_of(request: HttpRequest) -> Choice | None:
    """Return the bank that a button of the list stands for; None when the person chooses at the service."""
    said = request.POST.get("bank", "")
    if not settings.BANK_LIST or not said:
        return None
    fields = dict(parse_qsl(said[:LONGEST_CHOICE]))
    country, institution, name = (fields.get(key, "") for key in ("country", "institution", "name"))
    # PostgreSQL takes no zero character, not even to look for one.
    return Choice(country, institution, name) if f"{country}{institution}{name}".isprintable() else Choice("", "", "")


def intent_of_choice(intent: UUID, request: HttpRequest) -> UUID:
    """Return the number of a wish: two banks chosen on one page, after a step back, are two wishes."""
    said = request.POST.get("bank", "")
    return uuid5(intent, said) if said else intent


def again_after_unknown(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Lead back to the list when the bank that was chosen is not in it any more."""
    messages.info(request, _("This bank is not in the list any more. Please choose again."))
    return redirect("add_bank", onboarding.uuid)
