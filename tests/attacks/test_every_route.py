"""Every route by every method for everybody it is not for: nothing is shown, nothing is done, nothing can be told."""

from collections.abc import Callable, Iterator
from itertools import product
from uuid import UUID

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from pytest_django import Settings

from onboarding.models import Onboarding, Source, SourceKind, SourceState
from tests import file_rows, rows
from tests.admin import staff
from tests.attacks import routes
from tests.attacks.answers import ask, difference, everything
from tests.attacks.conftest import HOST_KEY
from tests.attacks.routes import METHODS, For

pytestmark = pytest.mark.django_db
Who = Callable[[str], Client]

MISSING_ROW = 987_654
OTHERS = [
    "nobody",
    "stranger",
    "account that is no staff",
    "staff without a permission",
    "staff with every permission",
    "superuser",
    "host with its key",
]
NOT_STAFF = ["nobody", "stranger", "account that is no staff", "host with its key"]
LOOKERS = ["viewer", "staff with every permission"]
DJANGOS_OWN = ("i18n/setlang/", "admin/login/")
"""Views that take an unknown method for a visit and do nothing but answer."""


@pytest.fixture(autouse=True)
def _a_host(settings: Settings) -> None:
    settings.HOST_API_KEYS = {"lender": HOST_KEY}


def every(*kinds: For) -> Iterator[tuple[str, str]]:
    """Return every route that is for these, with every method."""
    return product(routes.of(*kinds), METHODS)


def bank_or_file(route: str, onboarding: Onboarding) -> Source:
    """Return a source of the kind that a route is about."""
    kind = SourceKind.UPLOAD if "/files/" in route else SourceKind.BANK
    found = onboarding.sources.filter(kind=kind).first()
    assert found is not None
    return found


def row_of(route: str, planted: staff.Everything) -> int:
    """Return the key of a row that is there, of the kind that a route is about."""
    kinds = {
        "event": planted.event.pk,
        "invitation": planted.invitation.pk,
        "onboarding": planted.onboarding.pk,
        "source": planted.sources[0].pk,
    }
    return next((key for kind, key in kinds.items() if f"/onboarding/{kind}/" in route), planted.onboarding.pk)


def test_every_route_is_written_down_for_somebody() -> None:
    assert set(routes.all_routes()) == set(routes.CLASSES)


@pytest.mark.parametrize("other", OTHERS)
def test_a_persons_address_is_for_nobody_else_by_any_method(who: Who, whole: Onboarding, other: str) -> None:
    browser, before = who(other), everything()
    for route, method in every(For.PERSON):
        real = routes.address(route, uuid=whole.uuid, source=bank_or_file(route, whole).uuid)
        one, two = ask(browser, method, real), ask(browser, method, routes.address(route))
        assert not difference(one, two), (route, method)
        assert one.status in (404, 405), (route, method)
        assert str(whole.uuid) not in one.body
        assert whole.owner_external_id not in one.body
    assert everything() == before


def test_a_method_that_an_address_does_not_know_does_nothing_for_its_owner_either(
    owner: Client, whole: Onboarding
) -> None:
    before = everything()
    for route, method in every(For.PERSON):
        if method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            target = routes.address(route, uuid=whole.uuid, source=bank_or_file(route, whole).uuid)
            assert ask(owner, method, target).status == 405, (route, method)
    assert everything() == before


def test_another_persons_source_under_the_own_address_looks_like_one_that_does_not_exist(
    owner: Client, whole: Onboarding
) -> None:
    foreign = rows.source(rows.onboarding(), SourceState.FAILED)
    before = everything()
    for route, method in every(For.PERSON):
        if "source_uuid" in route:
            target = routes.address(route, uuid=whole.uuid, source=foreign.uuid)
            one, two = ask(owner, method, target), ask(owner, method, routes.address(route, uuid=whole.uuid))
            assert not difference(one, two), (route, method)
            assert one.status in (404, 405), (route, method)
    assert everything() == before


def test_a_session_with_another_secret_opens_nothing_though_it_knows_every_id(owner: Client, whole: Onboarding) -> None:
    forger = Client()
    session = forger.session
    secret = owner.session["browser"]
    session["browser"] = ("0" if secret[0] != "0" else "1") + secret[1:]
    session["onboarding"] = session["uuid"] = str(whole.uuid)
    session.save()
    forger.cookies["session"] = session.session_key
    for route, method in every(For.PERSON):
        target = routes.address(route, uuid=whole.uuid, source=bank_or_file(route, whole).uuid)
        assert ask(forger, method, target).status in (404, 405), (route, method)


def test_the_digest_in_the_rows_is_no_key(whole: Onboarding) -> None:
    forger = Client()
    session = forger.session
    session["browser"] = whole.browser
    session.save()
    forger.cookies["session"] = session.session_key
    assert ask(forger, "GET", f"/o/{whole.uuid}/").status == 404


@pytest.mark.parametrize("other", ["nobody", "stranger", "superuser", "host with a wrong key"])
def test_without_a_key_the_hosts_interface_tells_nothing(who: Who, whole: Onboarding, other: str) -> None:
    browser, before = who(other), everything()
    for route, method in every(For.HOST):
        real = routes.address(route, uuid=whole.uuid, source=bank_or_file(route, whole).uuid)
        one, two = ask(browser, method, real), ask(browser, method, routes.address(route))
        assert not difference(one, two), (route, method)
        assert one.status == 401, (route, method)
    assert everything() == before


def test_a_key_reads_nothing_that_its_host_did_not_push(who: Who, whole: Onboarding) -> None:
    host, before = who("host with its key"), everything()
    pushed = file_rows.upload(whole, SourceState.QUEUED, file__pushed_by="another")
    before = everything()
    for route, method in every(For.HOST):
        for source in (bank_or_file(route, whole), pushed):
            found = ask(host, method, routes.address(route, uuid=whole.uuid, source=source.uuid))
            assert found.status in (400, 404, 405), (route, method)
            assert whole.owner_external_id not in found.body
    assert everything() == before


@pytest.mark.parametrize("other", OTHERS)
def test_figures_are_for_machines_with_the_token_alone(who: Who, other: str, settings: Settings) -> None:
    browser = who(other)
    for token in ("", "planted-metrics-token-7301-0123456789abcdef"):
        settings.METRICS_TOKEN = token
        for route, method in every(For.MACHINE):
            assert ask(browser, method, routes.address(route)).status in (401, 403, 404, 405), (token, method)


def test_what_is_for_anybody_does_nothing_by_an_unknown_method(nobody: Client, whole: Onboarding) -> None:
    before = everything()
    for route, method in every(For.ANYBODY):
        found = ask(nobody, method, routes.address(route))
        assert found.status < 500 or route == "readyz", (route, method)
        if method in ("PUT", "PATCH", "DELETE", "TRACE") and route not in DJANGOS_OWN:
            assert found.status == 405, (route, method)
        assert str(whole.uuid) not in found.body
    assert everything() == before


@pytest.mark.parametrize("other", NOT_STAFF)
def test_staffs_addresses_lead_everybody_else_to_the_login(who: Who, other: str) -> None:
    planted, browser = staff.everything(), who(other)
    before = everything()
    for route, method in every(For.STAFF, For.READERS, For.ADDERS, For.KEEPERS, For.NOBODY):
        real = routes.address(route, row=row_of(route, planted))
        one, two = ask(browser, method, real), ask(browser, method, routes.address(route, row=MISSING_ROW))
        assert not difference(one, two), (route, method)
        assert one.status in (302, 404, 405), (route, method)
        assert not any(text in one.body for text in staff.PLANTED.values())
    assert everything() == before


def test_staff_without_a_permission_can_tell_no_row_that_exists_from_one_that_does_not(who: Who) -> None:
    planted, browser = staff.everything(), who("staff without a permission")
    kind, before = ContentType.objects.get_for_model(Onboarding).pk, everything()
    for route, method in every(For.READERS, For.ADDERS, For.KEEPERS, For.NOBODY):
        real = routes.address(route, row=row_of(route, planted), kind=kind)
        missing = routes.address(route, row=MISSING_ROW, kind=kind)
        one, two = (ask(browser, method, target) for target in (real, missing))
        assert not difference(one, two), (route, method)
        assert one.status in (302, 403, 404, 405), (route, method)
        assert not any(text in one.body for text in staff.PLANTED.values())
    assert everything() == before


@pytest.mark.parametrize("other", LOOKERS)
def test_staff_who_may_look_change_nothing_by_any_route(who: Who, other: str) -> None:
    planted, browser = staff.everything(), who(other)
    before = everything()
    for route, method in every(For.READERS, For.ADDERS, For.KEEPERS, For.NOBODY, For.STAFF):
        if route != "admin/logout/":
            ask(browser, method, routes.address(route, row=row_of(route, planted)))
    assert everything() == before


@pytest.mark.parametrize("other", LOOKERS)
def test_accounts_are_kept_by_superusers_alone(who: Who, other: str) -> None:
    browser = who(other)
    for route, method in every(For.KEEPERS):
        assert ask(browser, method, routes.address(route, row=1)).status in (302, 403, 404, 405), (route, method)


def test_what_is_for_nobody_is_refused_to_a_superuser(who: Who) -> None:
    planted, browser = staff.everything(), who("superuser")
    before = everything()
    for route, method in every(For.NOBODY):
        found = ask(browser, method, routes.address(route, row=row_of(route, planted)))
        assert found.status in (403, 404, 405), (route, method)
    assert everything() == before


def test_ids_that_follow_one_another_are_never_in_an_address_of_a_person() -> None:
    assert not [route for route in routes.of(For.PERSON, For.HOST, For.ANYBODY) if "int:" in route or "path:" in route]


def test_nobody_finds_an_onboarding_by_counting(stranger: Client, whole: Onboarding) -> None:
    counted = [UUID(int=whole.pk), *(UUID(int=whole.uuid.int + step) for step in (-1, 1))]
    for guess in (whole.pk, whole.uuid.hex, str(whole.uuid).upper(), *counted):
        assert ask(stranger, "GET", f"/o/{guess}/").status == 404
