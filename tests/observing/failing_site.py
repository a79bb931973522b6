"""Fail in a page and in a task of a process of its own that reports crashes, and print all that would have been sent.

Run by test_reports; what is planted here must not be in it.
"""

import json
import logging
import sys
from typing import Any
from uuid import uuid4

import sentry_sdk
from celery.app import trace
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from onboarding.kontomatik.errors import Unavailable
from onboarding.observing import reports
from wizard_site.celery import app

DSN = "https://planted-dsn-key@reports.example/1"
SENT: list[dict[str, Any]] = []


class Kept(Transport):
    """Keeps what would have gone over the network."""

    def capture_envelope(self, envelope: Envelope) -> None:
        SENT.extend(
            {"headers": envelope.headers, "item": item.headers, "body": item.get_bytes().decode()}
            for item in envelope.items
        )


def fail(request: HttpRequest, token: str = "") -> HttpResponse:
    """Break while a person's things are in every place that a report could take them from."""
    account = "planted-local-PL61109010140000071219812874"
    logging.getLogger("somebody.elses").info("planted-crumb of %s", account, extra={"whole": account})
    logging.getLogger("onboarding.journal").info("source failed", extra={"planted": account})
    try:
        raise KeyError(f"planted-cause {account}")
    except KeyError as error:
        raise ValueError(f"planted-value {account} {request.POST.get('code')}") from error


def tell(request: HttpRequest) -> HttpResponse:
    """Write an error with the planted arguments of somebody else, and one of our own."""
    logging.getLogger("somebody.elses").error(f"planted-template {request.GET}")  # noqa: G004 - as others do
    logging.getLogger("onboarding.jobs").error("source %s", "planted-argument")
    return HttpResponse()


urlpatterns = [path("start/<str:token>/", fail), path("tell/", tell), path("", include("wizard_site.urls"))]


def break_a_task() -> None:
    @app.task(name="tests.breaks", shared=False)
    def breaks(text: str) -> None:
        secret = f"planted-task-local {text}"
        try:
            raise Unavailable("ReadTimeout", status=503)
        except Unavailable as error:
            raise ValueError(secret) from error

    identity = uuid4().hex
    message = {
        "id": identity,
        "request_id": "id-of-the-message",
        "args": ["planted-argument"],
        "argsrepr": "planted-repr",
    }
    # Looked up here, as a worker does it: reporting has put its own in that place.
    trace.build_tracer(breaks.name, breaks, app=app)(identity, ("planted-argument",), {}, request=message)


def main() -> None:
    reports.begin(DSN, transport=Kept)
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"]):
        client = Client(raise_request_exception=False)
        client.cookies["session"] = "planted-cookie"
        client.post(
            "/start/planted-token/?redirectionId=planted-id&ownerExternalId=planted-owner",
            {"code": "planted-code", "password": "planted-password"},
            headers={
                "Authorization": "Bearer planted-bearer",
                "X-Forwarded-For": "203.0.113.77",
                "Referer": "https://planted-referer",
            },
        )
        client.get("/tell/?redirectionId=planted-id")
    break_a_task()
    sentry_sdk.flush()
    sys.stdout.write(json.dumps(SENT))
