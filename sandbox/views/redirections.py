"""SignIn Redirection: begin one, and ask how it went."""

import json

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from sandbox import wire
from sandbox.endpoint import access_mode, country, endpoint, field, locale, owner_id, return_address, target
from sandbox.environment import ENVIRONMENT
from sandbox.refusals import invalid_parameter
from sandbox.state import STATE


@endpoint("redirection", "POST")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Open a redirection (contract, "SignIn Redirection", 1 and 2)."""
    asked = _json_object(request)
    psd2 = asked.get("psd2")
    redirection = STATE.open_redirection(
        redirect_uri=return_address(asked),
        owner=owner_id(asked),
        country=country(asked),
        locale=locale(asked),
        access_mode=access_mode(psd2.get("accessMode") if isinstance(psd2, dict) else None),
        bank=target(asked),
    )
    path = reverse(f"signin-{redirection.step}", args=[redirection.id])
    base = ENVIRONMENT.signin_base or f"{request.scheme}://{request.get_host()}"
    return JsonResponse({"redirectionId": redirection.id, "redirectionLink": f"{base}{path}"})


@endpoint("status", "GET")
def status(request: HttpRequest) -> HttpResponseBase:
    """Say how a redirection stands (contract, "SignIn Redirection", 5)."""
    redirection = STATE.status(field(request.GET, "redirectionId"))
    return JsonResponse(wire.redirection_status(redirection))


def _json_object(request: HttpRequest) -> dict[str, object]:
    if request.content_type != "application/json":
        raise invalid_parameter("Content-Type", "application/json")
    try:
        asked = json.loads(request.body)
    except ValueError as error:
        raise invalid_parameter("body", "JSON") from error
    if not isinstance(asked, dict):
        raise invalid_parameter("body", "a JSON object")
    return asked
