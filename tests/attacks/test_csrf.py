"""A form of another site does nothing at any address: every unsafe route asks for its token or for a key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver, resolve, reverse

from onboarding.models import Event, Onboarding, Source, SourceState, StaffEvent
from tests import rows
from tests.admin import staff
from tests.attacks.addresses import filled, patterns
from tests.views.browsing import strict

pytestmark = pytest.mark.django_db

UNSAFE = pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
RETURNS = {"return", "return_with_state"}
WITHOUT_TOKEN = RETURNS | {"api_push", "api_pushed"}
"""A bank may come back by POST, and then nothing is done; hosts send a key and no cookie."""
SEALED = {"statements", "uploads"}
"""Exempt outside and protected inside, so that files are sealed before the form is read."""


@pytest.fixture
def whole(owner: Client) -> Onboarding:
    onboarding = rows.onboarding(owner)
    rows.source(onboarding, SourceState.FAILED)
    return onboarding


@pytest.fixture
def root(db: None) -> Client:
    return staff.account(name="root", superuser=True)


def everything() -> list[list[Any]]:
    """Return all rows that a request could have changed, but for the counting of requests itself."""
    kinds: tuple[Any, ...] = (Onboarding, Source, Event, User, Permission, Session, StaffEvent)
    return [list(kind._default_manager.order_by("pk").values()) for kind in kinds]


def ask_all(client: Client, method: str, onboarding: Onboarding) -> dict[str, int]:
    """Ask every address by a method as a foreign page would: with the cookies, without a token."""
    source = onboarding.sources.get().uuid
    found = {}
    for name, route in patterns():
        path = filled(route, onboarding, source)
        found[name] = getattr(client, method)(path, headers={"origin": "https://evil.example"}).status_code
    return found


@UNSAFE
@pytest.mark.parametrize("who", ["owner", "root"])
def test_every_address_refuses_a_foreign_pages_form(
    request: pytest.FixtureRequest, whole: Onboarding, who: str, method: str
) -> None:
    client = strict(request.getfixturevalue(who))
    before = everything()
    said = ask_all(client, method, whole)
    # 404 and 405 come from views that take nothing of the kind, or from a door that is shut anyway.
    others = {name: status for name, status in said.items() if status not in (403, 404, 405)}
    assert set(others) <= RETURNS | {name for name in others if name.startswith("admin:") and others[name] == 302}
    assert everything() == before


def test_only_these_views_are_exempt() -> None:
    exempt = set()
    for name, route in patterns():
        if name.startswith("admin:") or "<" in route or "^" in route:
            continue
        if getattr(resolve("/" + route).func, "csrf_exempt", False):
            exempt.add(name)
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    for name in named:
        parts = {"uuid": "7e57ab1e-1111-4111-8111-00000c0ffee1", "source_uuid": "7e57ab1e-1111-4111-8111-00000c0ffee2"}
        wanted = get_resolver().reverse_dict.getlist(name)[0][0][0][1]
        view = resolve(reverse(name, kwargs={part: parts.get(part, "x") for part in wanted})).func
        if getattr(view, "csrf_exempt", False):
            exempt.add(name)
    assert exempt == WITHOUT_TOKEN | SEALED


@pytest.mark.parametrize("name", ["statements", "uploads"])
def test_the_pages_that_take_files_are_protected_inside(owner: Client, whole: Onboarding, name: str) -> None:
    assert strict(owner).post(reverse(name, args=[whole.uuid]), {"x": "y"}).status_code == 403


def test_a_return_by_post_does_nothing(owner: Client, whole: Onboarding) -> None:
    source = rows.source(whole, SourceState.SIGNING_IN)
    before = everything()
    answer = strict(owner).post(reverse("return"), {"redirectionId": source.bank.redirection_id})
    assert answer.status_code == 200
    assert everything()[:3] == before[:3]


def test_a_host_is_known_by_its_key_and_never_by_a_cookie(root: Client, whole: Onboarding, settings: Any) -> None:
    settings.HOST_API_KEYS = {"lender": "planted-host-secret-0123456789abcdef"}
    answer = strict(root).post(reverse("api_push", args=[whole.uuid]), {}, content_type="application/json")
    assert answer.status_code == 401


class TestToken:
    """A token counts with its own cookie alone."""

    @pytest.fixture
    def page_of(self) -> Callable[[Client], str]:
        def token(client: Client) -> str:
            client.get(reverse("start"))
            return str(client.cookies["csrf"].value)

        return token

    def test_another_browsers_token_is_refused(
        self, owner: Client, whole: Onboarding, nobody: Client, page_of: Callable[[Client], str]
    ) -> None:
        page_of(owner)
        foreign = page_of(nobody)
        target = reverse("erase", args=[whole.uuid])
        assert strict(owner).post(target, {"csrfmiddlewaretoken": foreign}).status_code == 403
        whole.refresh_from_db()
        assert whole.erased_at is None

    @pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example", "null"])
    def test_a_foreign_origin_is_refused_even_with_the_right_token(
        self, owner: Client, whole: Onboarding, page_of: Callable[[Client], str], origin: str
    ) -> None:
        token = page_of(owner)
        target = reverse("erase", args=[whole.uuid])
        answer = strict(owner).post(target, {"csrfmiddlewaretoken": token}, headers={"origin": origin})
        assert answer.status_code == 403

    def test_reading_never_erases(self, owner: Client, whole: Onboarding) -> None:
        owner.get(reverse("erase", args=[whole.uuid]), {"confirmed": "yes"})
        whole.refresh_from_db()
        assert whole.erased_at is None
