"""What tests may see and change of the sandbox, if SANDBOX_CONTROL is on; no part of the vendor's contract."""

import json
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from sandbox import clock, faults, truth, wire
from sandbox.endpoint import has_key, unauthorized
from sandbox.environment import ENVIRONMENT
from sandbox.faults import FAULTS
from sandbox.refusals import Refusal, invalid_parameter
from sandbox.state import STATE

Verb = Callable[[HttpRequest], dict[str, object]]
MOST_SECONDS = 10 * 365 * 86_400


def _control(**verbs: Verb) -> Callable[[HttpRequest], HttpResponseBase]:
    """Make one address out of a verb for each method."""

    def view(request: HttpRequest) -> HttpResponseBase:
        if not ENVIRONMENT.control:
            raise Http404
        if not has_key(request):
            return unauthorized(request)
        verb = verbs.get(request.method or "")
        if verb is None:
            return HttpResponseNotAllowed(list(verbs))
        try:
            return JsonResponse(verb(request))
        except Refusal as error:
            return faults.refused_as(error)

    return view


def _asked(request: HttpRequest) -> dict[str, object]:
    try:
        asked = json.loads(request.body)
    except ValueError as error:
        raise invalid_parameter("body", "JSON") from error
    if not isinstance(asked, dict):
        raise invalid_parameter("body", "a JSON object")
    return asked


def _seconds(asked: dict[str, object], name: str, lowest: float) -> float | None:
    given = asked.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not lowest <= given <= MOST_SECONDS:
        raise invalid_parameter(name, "a number of seconds")
    return float(given)


def _show_state(request: HttpRequest) -> dict[str, object]:
    return truth.everything(STATE) | {"faults": FAULTS.listed()}


def _switch_fault_on(request: HttpRequest) -> dict[str, object]:
    asked = _asked(request)
    times = asked.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise invalid_parameter("times", "a whole number above 0, or null")
    route, kind = str(asked.get("route", "")), str(asked.get("kind", ""))
    FAULTS.switch_on(route, kind, times, _seconds(asked, "seconds", 0))
    return {"faults": FAULTS.listed()}


def _list_faults(request: HttpRequest) -> dict[str, object]:
    return {"faults": FAULTS.listed()}


def _switch_faults_off(request: HttpRequest) -> dict[str, object]:
    FAULTS.switch_off()
    return {"faults": []}


def _reset(request: HttpRequest) -> dict[str, object]:
    STATE.reset()
    FAULTS.switch_off()
    clock.reset()
    return {"now": wire.instant(clock.now())}


def _advance(request: HttpRequest) -> dict[str, object]:
    seconds = _seconds(_asked(request), "advance", -MOST_SECONDS)
    if seconds is None:
        raise invalid_parameter("advance", "a number of seconds")
    clock.advance(seconds)
    return {"now": wire.instant(clock.now())}


def _show_clock(request: HttpRequest) -> dict[str, object]:
    return {"now": wire.instant(clock.now())}


state = _control(GET=_show_state)
fault_switch = _control(GET=_list_faults, POST=_switch_fault_on, DELETE=_switch_faults_off)
reset = _control(POST=_reset)
moving_clock = _control(GET=_show_clock, POST=_advance)
