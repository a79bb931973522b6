"""Every address of the site, found in the resolver, and whom each is for. A new one fails until it is written down."""

from collections.abc import Iterator
from enum import Enum, auto
from uuid import UUID, uuid4

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class For(Enum):
    """Whom an address is for."""

    PERSON = auto()
    """The browser that began the onboarding in the address, alone."""
    HOST = auto()
    """A host with its key."""
    MACHINE = auto()
    """Whoever watches over the processes, with the token of ``METRICS_TOKEN``."""
    ANYBODY = auto()
    STAFF = auto()
    """Every account of staff: its own account and the index."""
    READERS = auto()
    """Staff with the permission to view this kind of row."""
    ADDERS = auto()
    """Staff with the permission to add this kind of row."""
    KEEPERS = auto()
    """Staff who keep accounts and groups: superusers, and whoever was given Django's own permissions for it."""
    NOBODY = auto()
    """Not even a superuser: rows are never written by hand, and this only says so."""


PERSONS = {
    f"o/<uuid:uuid>/{rest}"
    for rest in (
        "",
        "progress/",
        "banks/",
        "banks/<uuid:source_uuid>/",
        "banks/<uuid:source_uuid>/again/",
        "banks/<uuid:source_uuid>/remove/",
        "banks/<uuid:source_uuid>/widget/",
        "banks/<uuid:source_uuid>/elsewhere/",
        "statements/",
        "uploads/",
        "files/<uuid:source_uuid>/",
        "files/<uuid:source_uuid>/password/",
        "files/<uuid:source_uuid>/columns/",
        "files/<uuid:source_uuid>/confirm/",
        "files/<uuid:source_uuid>/remove/",
        "finish/",
        "summary/",
        "summary/duplicates/",
        "summary.json",
        "summary.csv",
        "summary.xlsx",
        "erase/",
    )
}
HOSTS = {"api/onboardings/<uuid:uuid>/data", "api/onboardings/<uuid:uuid>/data/<uuid:source_uuid>"}
ANYBODYS = {
    "",
    "start/",
    "start/<str:token>/",
    "return/",
    "return/code/",
    "return/<str:state>/",
    "brand.css",
    "healthz",
    "readyz",
    "i18n/setlang/",
    "admin/login/",
}
STAFFS = {
    "admin/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/jsi18n/",
    "admin/autocomplete/",
    "admin/^(?P<app_label>auth|onboarding)/$",
    "admin/(?P<url>.*)$",
}
NOBODYS = {"admin/r/<path:content_type_id>/<path:object_id>/", "^admin/r/"}
KINDS = ("event", "invitation", "onboarding", "source", "staffevent")
_ROW = "admin/onboarding/{}/<path:object_id>/"
_ACCOUNT = "admin/auth/{}/"

CLASSES: dict[str, For] = {
    **dict.fromkeys(PERSONS, For.PERSON),
    **dict.fromkeys(HOSTS, For.HOST),
    "metrics": For.MACHINE,
    **dict.fromkeys(ANYBODYS, For.ANYBODY),
    **dict.fromkeys(STAFFS, For.STAFF),
    **dict.fromkeys(NOBODYS, For.NOBODY),
    **{f"admin/onboarding/{kind}/": For.READERS for kind in KINDS},
    **{_ROW.format(kind) + verb: For.READERS for kind in KINDS for verb in ("", "change/", "history/")},
    **{_ROW.format(kind) + "delete/": For.NOBODY for kind in KINDS},
    **{f"admin/onboarding/{kind}/add/": For.NOBODY for kind in KINDS},
    "admin/onboarding/invitation/add/": For.ADDERS,
    **{
        _ACCOUNT.format(kind) + rest: For.KEEPERS
        for kind in ("user", "group")
        for rest in (
            "",
            "add/",
            *(f"<path:object_id>/{verb}" for verb in ("", "change/", "history/", "delete/")),
        )
    },
    "admin/auth/user/<id>/password/": For.KEEPERS,
}


def all_routes() -> list[str]:
    """Return every route of the site as the resolver has it."""
    return list(_routes(get_resolver(), ""))


def _routes(resolver: URLResolver, before: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _routes(one, before + str(one.pattern))
        else:
            assert isinstance(one, URLPattern)
            yield before + str(one.pattern)


def of(*kinds: For) -> list[str]:
    """Return the routes that are for these."""
    return sorted(route for route, kind in CLASSES.items() if kind in kinds)


def address(route: str, *, uuid: UUID | None = None, source: UUID | None = None, row: object = 0, kind: int = 1) -> str:
    """Fill a route in; what is not given is an id that does not exist."""
    values = {
        "<uuid:uuid>": str(uuid or uuid4()),
        "<uuid:source_uuid>": str(source or uuid4()),
        "<path:object_id>": str(row),
        "<path:content_type_id>": str(kind),
        "<id>": str(row),
        "<str:token>": "no-such-token",
        "<str:state>": "no-such-state",
        "^admin/r/": f"admin/r/{kind}/{row}/",
        "^(?P<app_label>auth|onboarding)/$": "onboarding/",
        "(?P<url>.*)$": "nothing/",
    }
    for name, value in values.items():
        route = route.replace(name, value)
    return f"/{route}"
