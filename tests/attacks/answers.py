"""What a browser was answered, without what differs from request to request anyway; and all that could have changed."""

import re
from dataclasses import dataclass
from difflib import unified_diff

from django.apps import apps
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tests.attacks.closing import close
from tests.views.browsing import strict

VARIES = {"Set-Cookie", "Content-Length", "Date", "Expires", "X-Request-ID"}


@dataclass(frozen=True)
class Answer:
    """One answer: two that are equal tell nothing apart, their lengths included."""

    status: int
    headers: frozenset[tuple[str, str]]
    body: str


def ask(client: Client, method: str, target: str) -> Answer:
    """Ask as an attacker would who knows the forms: with their token, by whatever method."""
    if "csrf" not in client.cookies:
        client.get(reverse("start"))
    token = {"X-CSRFToken": client.cookies["csrf"].value}
    return answer(strict(client).generic(method, target, headers=token), target)


def answer(response: HttpResponseBase, target: str) -> Answer:
    """Keep what could tell one answer from another."""
    body = b"".join(response).decode(errors="replace")  # type: ignore[arg-type]
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)
    headers = {
        (name, _in_order(value.replace(target, ""))) for name, value in response.headers.items() if name not in VARIES
    }
    close(response)
    return Answer(response.status_code, frozenset(headers), body.replace(target, ""))


def _in_order(value: str) -> str:
    """Return a header whose parts may come in any order in one order."""
    return ", ".join(sorted(part.strip() for part in re.split("[,;]", value)))


def difference(one: Answer, two: Answer) -> list[str]:
    """Return in which lines two answers differ; empty when nobody can tell them apart."""
    status = [] if one.status == two.status else [f"{one.status} and {two.status}"]
    headers = [f"{name}: {value}" for name, value in sorted(one.headers ^ two.headers)]
    lines = unified_diff(one.body.splitlines(), two.body.splitlines(), n=0, lineterm="")
    return status + headers + list(lines)


NOTES = {"Allowance", "StaffEvent", "Session"}
"""What every request may write: it is counted, and staff's denied ones are recorded."""


def everything() -> dict[str, list[object]]:
    """Return all rows but notes of the requests themselves: what a request could have changed."""
    kept = [model for model in apps.get_models() if model.__name__ not in NOTES]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in kept}
