"""Default import, its command, the catalog and the mock session."""

import datetime as dt
import re

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from sandbox import banks, faults, wire
from sandbox.endpoint import XML, country, endpoint, field, owner_id, require_form
from sandbox.refusals import Refusal, invalid_parameter
from sandbox.state import STATE

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@endpoint("import", "POST")
def start_import(request: HttpRequest) -> HttpResponseBase:
    """Start a default import (contract, "Default import")."""
    require_form(request)
    session_id, signature = field(request.POST, "sessionId"), field(request.POST, "sessionIdSignature")
    started = STATE.start_import(session_id, signature, _since(field(request.POST, "since")))
    scenario = started.session.scenario
    if scenario.answer_lost:
        return faults.connection_dropped(request)
    owner = wire.FOREIGN_OWNER if scenario.foreign_owner else started.session.owner
    return HttpResponse(wire.import_started(started, owner), status=202, content_type=XML)


@endpoint("command", "GET")
def command(request: HttpRequest, command_id: str) -> HttpResponseBase:
    """Say how a command stands, with its result once there is one."""
    polled = STATE.polled(command_id)
    text = wire.command(polled)
    if polled.session.scenario.garbled:
        text = text.replace("</progress>", "</pro<<")[: len(text) * 2 // 3]
    return HttpResponse(text, content_type=XML)


@endpoint("catalog", "GET")
def catalog(request: HttpRequest) -> HttpResponseBase:
    """List the targets of one country, or of all of them."""
    found = banks.of_country(country(request.GET)) if "country" in request.GET else list(banks.BANKS)
    return HttpResponse(wire.catalog(found), content_type=XML)


@endpoint("mock-session", "POST")
def mock_session(request: HttpRequest) -> HttpResponseBase:
    """Open a session without any page (contract, "Test bank"); `target` is an addition of the sandbox."""
    require_form(request)
    login, owner, chosen = field(request.POST, "login"), owner_id(request.POST), country(request.POST)
    if field(request.POST, "multipleAccess") not in {"true", "false"}:
        raise invalid_parameter("multipleAccess", "true or false")
    usual = next(bank for bank in banks.of_country(chosen) if bank.is_test_bank)
    bank = banks.by_target(request.POST.get("target", usual.target))
    if bank is None:
        raise Refusal("InvalidTarget", "There is no target of this name.")
    session = STATE.mock_session(owner, bank, login)
    return HttpResponse(wire.mock_session(session.id, session.signature, owner), content_type=XML)


def _since(text: str) -> dt.date:
    try:
        if DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal("InvalidSince", "Parameter since must be a date like 2026-01-31.")
