"""The host's interface: push own data for a person, ask what became of it. Keys, no cookies, JSON both ways."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from onboarding import hosts, limits, networks, pushed, vault
from onboarding.limits import Route
from onboarding.models import Onboarding, Source
from onboarding.services import pushing, sources
from onboarding.throttling import too_many

log = logging.getLogger(__name__)

LONGEST_KEY = 200
ROOM_AGAIN_SECONDS = 60


def _for_hosts(view: Callable[..., JsonResponse]) -> Callable[..., HttpResponse]:
    """Let a host through with its name; the address is not there at all where no key is set."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, uuid: UUID, **kwargs: Any) -> HttpResponse:
        if not settings.HOST_API_KEYS:
            raise Http404
        host = hosts.name_of(request)
        if not host:
            return _wrong_key(request)
        if wait := limits.take(Route.API, one=host, address=networks.of(request)):
            return too_many(request, wait)
        onboarding = Onboarding.objects.live().filter(uuid=uuid).first()
        if onboarding is None:
            return _problem(404, "not_found", "There is no onboarding with this id, or it was erased.")
        return view(request, onboarding, host, **kwargs)

    return guarded


def _wrong_key(request: HttpRequest) -> HttpResponse:
    """Refuse, and count it apart: wrong keys from an address never keep a right one out."""
    if wait := limits.take(Route.API_WRONG_KEY, address=networks.of(request)):
        return too_many(request, wait)
    log.warning("a host's request with a wrong key or none")
    answer = _problem(401, "unauthorized", "Send a key of HOST_API_KEYS as 'Authorization: Bearer …'.")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@_for_hosts
@require_POST
def push(request: HttpRequest, onboarding: Onboarding, host: str) -> JsonResponse:
    """Take own data of a person (docs/api.md); the same idempotency key twice is one source."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        return _problem(400, "no_idempotency_key", f"Send an Idempotency-Key of 1 to {LONGEST_KEY} characters.")
    if request.content_type != "application/json":
        return _problem(415, "not_json", "Send the data as application/json.")
    body = request.read(settings.API_MAX_BYTES + 1)
    if len(body) > settings.API_MAX_BYTES:
        return _problem(413, "too_large", f"Send at most {settings.API_MAX_BYTES} bytes at a time.")
    if not vault.has_room(len(body)):
        return _no_room()
    try:
        found = pushed.read(body, most_rows=settings.UPLOAD_MAX_ROWS)
        source = pushing.push_document(onboarding=onboarding, key_name=host, idempotency_key=key, pushed=found)
    except vault.NoRoom:
        log.error("pushed data was refused: the disk of the upload folder is full")
        return _no_room()
    except pushed.PushRefused as error:
        return _problem(422, "wrong_data", "Some places are not as expected; nothing was taken.", error.problems)
    except pushing.KeyReused:
        return _problem(409, "key_reused", "This Idempotency-Key came with other data before.")
    except sources.NotPossible:
        return _problem(409, "not_possible", "This data can't be taken for the person as things stand.")
    return JsonResponse(_said(source), status=202)


@_for_hosts
@require_safe
def pushed_source(request: HttpRequest, onboarding: Onboarding, host: str, source_uuid: UUID) -> JsonResponse:
    """Say what became of data that this host pushed."""
    source = onboarding.sources.filter(uuid=source_uuid, file__pushed_by=host).first()
    if source is None:
        return _problem(404, "not_found", "This host pushed no data with this id.")
    return JsonResponse(_said(source))


def _no_room() -> JsonResponse:
    answer = _problem(503, "no_room", "There is no room for more data just now. Send the same request again later.")
    answer["Retry-After"] = str(ROOM_AGAIN_SECONDS)
    return answer


def _said(source: Source) -> dict[str, Any]:
    return {"source": str(source.uuid), "state": source.state, "failure": source.failure or None}


def _problem(status: int, code: str, message: str, places: list[tuple[str, str]] | None = None) -> JsonResponse:
    details = [{"path": path, "expected": expected} for path, expected in places or []]
    return JsonResponse({"error": code, "message": message, "details": details}, status=status)
