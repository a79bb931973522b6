"""People at their browsers: forms with and without their token, HTMX's headers."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

HTMX = {"HX-Request": "true"}
HISTORY_RESTORE = {"HX-Request": "true", "HX-History-Restore-Request": "true"}


def strict(client: Client) -> Client:
    """Let the site check the tokens of this browser's forms."""
    client.handler.enforce_csrf_checks = True
    return client


def post_form(client: Client, address: str, **fields: Any) -> HttpResponseBase:
    """Send a form as a page of ours has it, with its token."""
    if "csrf" not in client.cookies:
        client.get(reverse("start"))
    return client.post(address, {"csrfmiddlewaretoken": client.cookies["csrf"].value, **fields})


def consent(**fields: Any) -> dict[str, Any]:
    """Return the fields of the start form, agreed to."""
    return {"country": "pl", "consent": "on", "intent": str(uuid4()), **fields}
