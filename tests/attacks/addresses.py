"""Every address of the site, as its resolver knows them: a new one is in the tests without being written down."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from onboarding.models import Onboarding

NUMBER = "1"
WORDS = {
    "token": "guess",
    "state": "guess",
    "app_label": "onboarding",
    "url": "nothing/",
    "content_type_id": NUMBER,
    "object_id": NUMBER,
}


def patterns() -> list[tuple[str, str]]:
    """Return the name and the route of every address."""
    return sorted(set(_walk(get_resolver().url_patterns, "", "")))


def _walk(entries: list[URLPattern | URLResolver], before: str, names: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            space = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from _walk(entry.url_patterns, route, space)
        else:
            yield f"{names}{entry.name}", route


def filled(route: str, onboarding: Onboarding, source: UUID) -> str:
    """Return an address of a route, with this onboarding and source where it names one."""
    path = route.replace("<uuid:uuid>", str(onboarding.uuid)).replace("<uuid:source_uuid>", str(source))
    for kind in ("path:", "str:", "int:", ""):
        for name, word in WORDS.items():
            path = path.replace(f"<{kind}{name}>", word)
    path = path.replace("<id>", NUMBER).removeprefix("^")
    if "(" in path or "^" in path:
        # Django's admin has one address by regular expression for its list of apps, and one for what is not there.
        path = "admin/onboarding/" if "app_label" in route else "admin/nothing"
    assert "<" not in path, route
    return "/" + path
