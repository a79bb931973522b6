"""SignIn Widget: the script, and the frame that it puts into a client's page.

The frame shows the pages of a sign-in and ends at a page that posts the result to the embedding page, whose origin
it was told at the start: the browser hands the message to that origin alone. No page needs a cookie, which a browser
would keep from a frame of another site: as everywhere here, the unguessable id in the address stands for the person.
"""

import uuid
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from sandbox import clock, endpoint, wire
from sandbox.environment import ENVIRONMENT
from sandbox.middleware import content_security_policy
from sandbox.records import Redirection, Step
from sandbox.refusals import Refusal, invalid_client
from sandbox.state import STATE

SCRIPT = (Path(__file__).resolve().parent.parent / "static" / "sandbox" / "signin-widget.js").read_text()


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """Give the script that a client's page includes."""
    response = HttpResponse(SCRIPT, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Begin a sign-in in the frame of the page at `origin`, which is told if the options are wrong."""
    asked = request.GET
    try:
        origin = endpoint.origin(asked)
    except Refusal as error:
        return HttpResponseBadRequest(error.message, content_type="text/plain")
    try:
        if asked.get("client") != ENVIRONMENT.client_id:
            raise invalid_client()
        opened = STATE.open_redirection(
            embedded_in=origin,
            owner=endpoint.owner_id(asked),
            country=endpoint.country(asked),
            locale=endpoint.locale(asked),
            access_mode=endpoint.access_mode(asked.get("accessMode", "SINGLE")),
            bank=endpoint.target(asked),
        )
    except Refusal as error:
        return _told(request, origin, wire.widget_failure(error.name, error.message))
    return redirect(f"signin-{opened.step}", opened.id)


@require_safe
def window(request: HttpRequest, redirection_id: uuid.UUID) -> HttpResponse:
    """Offer the bank's own window, and wait in the frame for what comes out of it."""
    redirection = _load(redirection_id)
    if redirection.step in {Step.BANK, Step.CONSENT}:
        return redirect(f"signin-{redirection.step}", redirection.id)
    return _waiting(request, redirection, "widget_window")


@require_safe
def state(request: HttpRequest, redirection_id: uuid.UUID) -> HttpResponse:
    """Tell the waiting frame whether the sign-in is over."""
    return JsonResponse({"settled": _load(redirection_id).settled(clock.now())})


@require_safe
def end(request: HttpRequest, redirection_id: uuid.UUID) -> HttpResponse:
    """Post the result to the embedding page; before there is one, wait for it."""
    redirection = _load(redirection_id)
    if not redirection.settled(clock.now()):
        return _waiting(request, redirection, "widget_wait")
    return _told(request, redirection.embedded_in, wire.widget_message(redirection))


def _load(redirection_id: uuid.UUID) -> Redirection:
    """Return a sign-in of the widget; the session pair of any other never goes to a browser."""
    try:
        found = STATE.redirection(str(redirection_id))
    except Refusal as error:
        raise Http404 from error
    if not found.embedded_in:
        raise Http404
    return found


def _waiting(request: HttpRequest, redirection: Redirection, page: str) -> HttpResponse:
    addresses = {name: reverse(f"widget-{name}", args=[redirection.id]) for name in ("state", "end")}
    context: dict[str, object] = {"redirection": redirection, "bank": redirection.bank, "addresses": addresses}
    return _framed(request, redirection.embedded_in, page, context)


def _told(request: HttpRequest, origin: str, message: dict[str, object]) -> HttpResponse:
    times = 2 if ENVIRONMENT.widget_double else 1
    return _framed(request, origin, "widget_end", {"origin": origin, "message": message, "times": times})


def _framed(request: HttpRequest, origin: str, page: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, f"sandbox/{page}.html", context)
    response["Content-Security-Policy"] = content_security_policy(frame_ancestors=origin, scripted=True)
    return response
