"""Pages for what went wrong before a view could answer."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

TRY_AGAIN_SECONDS = 5


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old or came from elsewhere; nothing was done."""
    return render(request, "faults/form_too_old.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; 503 while the database is away or another one's transaction was in the way.

    Both are over soon and nothing was half done, so a load balancer or a browser may ask again.
    """
    is_passing = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    content = loader.get_template("500.html").render()
    if is_passing:
        return HttpResponse(content, status=503, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})
    return HttpResponse(content, status=500)
