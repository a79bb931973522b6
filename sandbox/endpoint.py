"""What every address of the wire contract has in common: method, key, count, faults, and refusals as replies."""

import hmac
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase

from sandbox import banks, faults, wire
from sandbox.banks import Bank
from sandbox.environment import ENVIRONMENT
from sandbox.faults import FAULTS
from sandbox.refusals import Refusal, invalid_owner, invalid_parameter, too_large
from sandbox.state import STATE

XML = "application/xml; charset=utf-8"
ACCESS_MODES = frozenset({"SINGLE", "MULTIPLE", "MIXED"})
# An opaque id: it ends up in addresses and logs, so it must not be an e-mail address or hold blanks.
OWNER_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def endpoint(
    route: str, method: str, *, in_json: Mapping[str, object] | None = None
) -> Callable[[View[Rest]], View[Rest]]:
    """Make a view an address of the contract, known to the control surface as `route`.

    Refusals are XML; with `in_json` they are JSON and hold these members besides code and message.
    """

    def decorate(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            STATE.count_call(route)
            fault = FAULTS.take(route)
            try:
                if fault and fault.kind in faults.INSTEAD:
                    return faults.instead(fault, request)
                response = view(request, *args, **kwargs) if has_key(request) else unauthorized(request)
            except Refusal as error:
                response = faults.refused_as(error, in_json)
            except RequestDataTooBig:
                response = faults.refused_as(too_large("The body"), in_json)
            except MultiPartParserError:
                response = faults.refused_as(invalid_parameter("body", "multipart/form-data"), in_json)
            return faults.afterwards(fault, request, response)

        return guarded

    return decorate


def has_key(request: HttpRequest) -> bool:
    """Tell whether the caller sent the right key."""
    sent = request.headers.get("X-Api-Key", "")
    return hmac.compare_digest(sent.encode(), ENVIRONMENT.api_key.encode())


def unauthorized(request: HttpRequest) -> HttpResponse:
    """Return the 401 reply, with the key masked."""
    address = request.META.get("REMOTE_ADDR", "")
    text = wire.unauthorized(address, request.headers.get("X-Api-Key", ""))
    return HttpResponse(text, status=401, content_type=XML)


def field(values: object, name: str) -> str:
    """Return a text field of a mapping. Raises Refusal InvalidParameter if it is missing, empty or no text."""
    value = values.get(name) if hasattr(values, "get") else None
    if not isinstance(value, str) or not value:
        raise invalid_parameter(name, "given")
    return value


def owner_id(values: object) -> str:
    """Return the owner id of a mapping. Raises Refusal InvalidOwnerExternalId if it is not opaque."""
    value = field(values, "ownerExternalId")
    if "@" in value:
        raise invalid_owner("The owner id must not be an e-mail address.")
    if not OWNER_ID.fullmatch(value):
        raise invalid_owner("The owner id must be letters, digits and . _ : - only.")
    return value


def country(values: object) -> str:
    """Return the country of a mapping. Raises Refusal InvalidParameter for one without banks."""
    value = field(values, "country")
    if value not in banks.COUNTRIES:
        raise invalid_parameter("country", f"one of {', '.join(banks.COUNTRIES)}")
    return value


def return_address(values: object) -> str:
    """Return the redirect URI of a mapping. Raises Refusal InvalidParameter unless it is absolute http or https."""
    return _web_address(values, "redirectUri")


def origin(values: object) -> str:
    """Return the origin of a mapping: scheme, host and port. Raises Refusal InvalidParameter for anything else."""
    value = _web_address(values, "origin")
    address = urlsplit(value)
    if value != f"{address.scheme}://{address.netloc}":
        raise invalid_parameter("origin", "a scheme, a host and a port alone")
    return value


def _web_address(values: object, name: str) -> str:
    value = field(values, name)
    expected = invalid_parameter(name, "an absolute http or https address")
    if not value.isprintable() or any(character in value for character in " ;,'\"\\*"):
        raise expected
    try:
        address = urlsplit(value)
        # Reading the port is what checks it.
        usable = address.scheme in {"http", "https"} and address.hostname and address.port != 0
    except ValueError as error:
        raise expected from error
    if not usable or address.fragment or address.username is not None:
        raise expected
    return value


def locale(values: object) -> str:
    """Return the locale of a mapping. Raises Refusal InvalidParameter for one that is not known."""
    value = field(values, "locale")
    if value not in banks.LOCALES:
        raise invalid_parameter("locale", f"one of {', '.join(sorted(banks.LOCALES))}")
    return value


def target(values: object) -> Bank | None:
    """Return the bank that a mapping names, or nothing. Raises Refusal InvalidTarget for one that is not known."""
    value = values.get("target") if hasattr(values, "get") else None
    if value is None:
        return None
    bank = banks.by_target(field(values, "target"))
    if bank is None:
        raise Refusal("InvalidTarget", "There is no target of this name.")
    return bank


def access_mode(value: object) -> str:
    """Return an access mode. Raises Refusal InvalidParameter for one that is not known."""
    if value not in ACCESS_MODES:
        raise invalid_parameter("psd2.accessMode", "SINGLE, MULTIPLE or MIXED")
    return str(value)


def require_form(request: HttpRequest) -> None:
    """Refuse a body that is not form-encoded."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise invalid_parameter("Content-Type", "application/x-www-form-urlencoded")
