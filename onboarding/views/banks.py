"""Add a bank, the hand-off to it, and what can be done with one source."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onboarding import guards
from onboarding.limits import Route
from onboarding.models import Actor, Onboarding
from onboarding.pages.handoff import Handoff
from onboarding.services import banks
from onboarding.throttling import limited

from . import bank_list, widget
from .intents import intent_of
from .places import bank_source, card_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.SIGN_IN)
@guards.owned
@guards.live
def add(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Begin a bank sign-in and go to its hand-off page; a visit shows our list of banks, if there is one."""
    if request.method != "POST":
        return bank_list.page(request, onboarding)
    if bank_list.is_asked_for(request):
        return redirect("add_bank", onboarding.uuid)
    intent = bank_list.intent_of_choice(intent_of(request), request)
    try:
        source = banks.begin(onboarding=onboarding, intent=intent, choice=bank_list.choice_of(request))
    except banks.UnknownBank:
        return bank_list.again_after_unknown(request, onboarding)
    except banks.TooManyOpen:
        return _too_many_open(request, onboarding)
    except banks.NotPossible:
        return redirect("hub", onboarding.uuid)
    return redirect("handoff", onboarding.uuid, source.uuid)


@never_cache
@require_safe
@guards.owned
@guards.live
def handoff(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponseBase:
    """Name where the person goes next, or show the form to sign in; or say why there is no way there just now."""
    found = Handoff.of(bank_source(onboarding, source_uuid))
    if found.is_over:
        return redirect(card_of(onboarding, source_uuid))
    if found.form:
        return widget.page(request, onboarding, found.form)
    status = 503 if found.failure else 200
    return render(
        request, "banks/handoff.html", {"onboarding": onboarding, "handoff": found, "intent": uuid4()}, status=status
    )


@never_cache
@require_POST
@limited(Route.SIGN_IN)
@guards.owned
@guards.live
def again(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Try a source again: by our side where that is enough, else by a new sign-in that replaces it."""
    source = bank_source(onboarding, source_uuid)
    try:
        if source.is_repeatable:
            banks.repeat(source=source, actor=Actor.USER)
            return redirect("hub", onboarding.uuid)
        new = banks.begin(onboarding=onboarding, intent=intent_of(request), replaces=source)
    except banks.TooManyOpen:
        return _too_many_open(request, onboarding)
    except banks.NotPossible:
        messages.info(request, _("This bank has changed meanwhile. The list shows how it is now."))
        return redirect("hub", onboarding.uuid)
    return redirect("handoff", onboarding.uuid, new.uuid)


@never_cache
@require_POST
@guards.owned
@guards.live
def remove(request: HttpRequest, onboarding: Onboarding, source_uuid: UUID) -> HttpResponse:
    """Take a source off the list."""
    try:
        banks.remove(source=bank_source(onboarding, source_uuid))
    except banks.NotPossible:
        messages.info(request, _("This bank can't be removed as it is now. The list shows how it stands."))
    return redirect("hub", onboarding.uuid)


def _too_many_open(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    messages.info(request, _("You have several sign-ins open. Please finish or remove one of them first."))
    return redirect("hub", onboarding.uuid)
