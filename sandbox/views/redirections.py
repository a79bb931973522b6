"""SignIn Redirection: begin one, and ask how it went."""

import json

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from sandbox import banks, wire
from sandbox.banks import Bank
from sandbox.endpoint import country, endpoint, field, owner_id, return_address
from sandbox.environment import ENVIRONMENT
from sandbox.refusals import Refusal, invalid_parameter
from sandbox.state import STATE

ACCESS_MODES = {"SINGLE", "MULTIPLE", "MIXED"}


@endpoint("redirection", "POST")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Open a redirection (contract, "SignIn Redirection", 1 and 2)."""
    asked = _json_object(request)
    redirection = STATE.open_redirection(
        redirect_uri=return_address(asked),
        owner=owner_id(asked),
        country=country(asked),
        locale=_locale(asked),
        access_mode=_access_mode(asked),
        bank=_target(asked),
    )
    path = reverse("signin-bank", args=[redirection.id])
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


def _locale(asked: dict[str, object]) -> str:
    locale = field(asked, "locale")
    if locale not in banks.LOCALES:
        raise invalid_parameter("locale", f"one of {', '.join(sorted(banks.LOCALES))}")
    return locale


def _access_mode(asked: dict[str, object]) -> str:
    psd2 = asked.get("psd2")
    mode = psd2.get("accessMode") if isinstance(psd2, dict) else None
    if mode not in ACCESS_MODES:
        raise invalid_parameter("psd2.accessMode", "SINGLE, MULTIPLE or MIXED")
    return str(mode)


def _target(asked: dict[str, object]) -> Bank | None:
    if "target" not in asked:
        return None
    bank = banks.by_target(field(asked, "target"))
    if bank is None:
        raise Refusal("InvalidTarget", "There is no target of this name.")
    return bank
