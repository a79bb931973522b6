"""The aggregated data of one owner: read it, delete it."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase

from sandbox import wire
from sandbox.endpoint import XML, endpoint, owner_id
from sandbox.state import STATE


@endpoint("data", "GET")
def read(request: HttpRequest) -> HttpResponseBase:
    """Stream the aggregated data (contract, "Aggregated data")."""
    owner, imports, deliveries = STATE.aggregate(owner_id(request.GET))
    return StreamingHttpResponse(wire.aggregate(owner, imports, deliveries), content_type=XML)


@endpoint("delete", "DELETE")
def delete(request: HttpRequest) -> HttpResponseBase:
    """Delete the aggregated data."""
    owner = owner_id(request.GET)
    STATE.erase(owner)
    return HttpResponse(wire.erased(owner), content_type=XML)


def by_method(request: HttpRequest) -> HttpResponseBase:
    """Send GET and DELETE of the one address to their views."""
    views = {"GET": read, "DELETE": delete}
    if request.method not in views:
        return HttpResponseNotAllowed(list(views))
    return views[request.method](request)
