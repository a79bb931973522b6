"""Every reply of every address carries the strict policies, whatever it is; cookies are bound to this host."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from onboarding.limits import TABLE, Limit, Limits, Route
from onboarding.models import Onboarding, SourceState
from tests import rows
from tests.admin import staff
from tests.attacks import over_https
from tests.attacks.addresses import filled, patterns
from tests.attacks.closing import close
from tests.attacks.test_limits import MINUTE

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
)
ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MAY_BE_KEPT = {"brand_stylesheet"}
"""Addresses whose replies hold nothing of a person."""
WHO = pytest.mark.parametrize("who", ["owner", "nobody", "root"])
METHODS = pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])


def assert_strict(response: HttpResponseBase) -> None:
    """Assert that a reply carries every policy, and nothing that weakens one."""
    policy = response.headers["Content-Security-Policy"]
    assert [rule for rule in POLICY if rule not in policy] == []
    assert "unsafe" not in policy
    assert "*" not in policy
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert response.headers["Cross-Origin-Opener-Policy"] in ("same-origin", "same-origin-allow-popups")
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.fixture
def whole(owner: Client, db: None) -> Onboarding:
    """An onboarding of the owner's with a source."""
    onboarding = rows.onboarding(owner)
    rows.source(onboarding, SourceState.FAILED)
    return onboarding


@pytest.fixture
def root(db: None) -> Client:
    return staff.account(name="root", superuser=True)


@METHODS
@WHO
@pytest.mark.django_db
def test_every_address_answers_everybody_with_the_policies(
    request: pytest.FixtureRequest, whole: Onboarding, who: str, method: str, settings: Any
) -> None:
    settings.HOST_API_KEYS = {"lender": "planted-host-secret-0123456789abcdef"}
    client: Client = request.getfixturevalue(who)
    client.raise_request_exception = False
    source = whole.sources.get().uuid
    kept = []
    for name, route in patterns():
        response = getattr(client, method)(filled(route, whole, source))
        assert_strict(response)
        if "no-store" not in response.headers["Cache-Control"]:
            kept.append(name)
        close(response)
    assert set(kept) <= MAY_BE_KEPT


def test_every_address_is_asked() -> None:
    names = {name for name, _route in patterns()}
    assert {"home", "hub", "summary_xlsx", "api_push", "readyz", "set_language", "admin:login"} <= names
    assert len(names) > 60


@pytest.mark.django_db
class TestFaults:
    """What goes wrong is answered with the policies too."""

    def test_a_wrong_host(self, nobody: Client) -> None:
        response = nobody.get("/", headers={"host": "evil.example"})
        assert response.status_code == 400
        assert_strict(response)
        assert "no-store" in response.headers["Cache-Control"]

    def test_a_form_without_its_token(self) -> None:
        response = Client(enforce_csrf_checks=True).post(reverse("start"))
        assert response.status_code == 403
        assert_strict(response)

    def test_a_body_that_is_too_large(self, owner: Client, whole: Onboarding) -> None:
        target = reverse("statements", args=[whole.uuid])
        response = owner.post(target, {"x": "y"}, headers={"content-length": str(10**12)})
        assert response.status_code == 413
        assert_strict(response)
        assert "no-store" in response.headers["Cache-Control"]

    def test_too_many_requests(self, nobody: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        monkeypatch.setitem(TABLE, Route.RETURN, Limits(None, Limit(1, MINUTE), reads=True))
        response = [nobody.get(reverse("return")) for _ in range(2)][1]
        assert response.status_code == 429
        assert_strict(response)

    def test_a_fault_of_ours(self, owner: Client, whole: Onboarding, settings: Any) -> None:
        settings.KONTOMATIK_COUNTRIES = None
        owner.raise_request_exception = False
        response = owner.get(reverse("start"))
        assert response.status_code == 500
        assert_strict(response)
        assert "no-store" in response.headers["Cache-Control"]

    @pytest.mark.parametrize("path", ["/nothing", "/admin/nothing/", f"/o/{UUID(int=0)}/", "/static/nothing.css", "/o"])
    def test_what_is_not_there(self, nobody: Client, path: str) -> None:
        response = nobody.get(path)
        assert response.status_code in (301, 302, 404)
        assert_strict(response)
        assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
class TestCaches:
    """Nothing of a person is kept, and what may be kept is the same for everybody."""

    def test_what_may_be_kept_sets_no_cookie(self, owner: Client, whole: Onboarding) -> None:
        response = owner.get(reverse("brand_stylesheet"))
        assert "public" in response.headers["Cache-Control"]
        assert not response.cookies

    @pytest.mark.parametrize(
        "header",
        [
            {"X-Forwarded-Host": "evil.example"},
            {"X-Forwarded-Proto": "https"},
            {"X-Forwarded-Port": "1"},
            {"X-Original-URL": "/admin/"},
            {"X-Rewrite-URL": "/admin/"},
            {"Accept-Language": "pl"},
        ],
    )
    def test_what_may_be_kept_does_not_depend_on_what_a_stranger_sends(
        self, nobody: Client, header: dict[str, str]
    ) -> None:
        plain, poisoned = (nobody.get(reverse("brand_stylesheet"), headers=sent) for sent in ({}, header))
        assert plain.content == poisoned.content

    def test_a_page_differs_by_language_and_cookie_and_says_so(self, nobody: Client) -> None:
        vary = nobody.get(reverse("start")).headers["Vary"]
        assert "Accept-Language" in vary
        assert "Cookie" in vary

    def test_a_fragment_and_its_page_are_told_apart(self, owner: Client, whole: Onboarding) -> None:
        assert "HX-Request" in owner.get(reverse("summary", args=[whole.uuid])).headers["Vary"]


@pytest.fixture(scope="module")
def replies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a site on https answers."""
    folder: Path = tmp_path_factory.mktemp("https")
    return {reply["name"]: reply for reply in over_https.ask(folder)}


class TestOverHttps:
    """A site that people reach over https."""

    def test_plain_http_is_led_to_https(self, replies: dict[str, dict[str, Any]]) -> None:
        assert replies["http"]["status"] == 301
        assert replies["http"]["headers"]["location"] == f"https://{over_https.HOST}/start/"

    def test_every_reply_keeps_browsers_on_https(self, replies: dict[str, dict[str, Any]]) -> None:
        said = {name: reply["headers"].get("strict-transport-security", "") for name, reply in replies.items()}
        assert [name for name, value in said.items() if "max-age=31536000; includeSubDomains" not in value] == []

    def test_every_reply_carries_the_policies(self, replies: dict[str, dict[str, Any]]) -> None:
        for reply in replies.values():
            headers = reply["headers"]
            assert "default-src 'none'" in headers["content-security-policy"], reply
            assert {name: headers.get(name.lower()) for name in ALWAYS} == ALWAYS, reply
            assert headers["cross-origin-opener-policy"] == "same-origin", reply
            assert "access-control-allow-origin" not in headers, reply

    def test_only_static_files_and_the_accent_may_be_kept(self, replies: dict[str, dict[str, Any]]) -> None:
        kept = [name for name, reply in replies.items() if "no-store" not in reply["headers"]["cache-control"]]
        assert kept == ["static", "accent"]
        assert not replies["static"]["cookies"]
        assert not replies["accent"]["cookies"]

    def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(
        self, replies: dict[str, dict[str, Any]]
    ) -> None:
        seen = {name: flags for reply in replies.values() for name, flags in reply["cookies"].items()}
        kinds = {"session", "csrf", "language", "messages", "staff-browser"}
        assert set(seen) == {f"__Host-{kind}" for kind in kinds}
        for flags in seen.values():
            assert flags["secure"] is True
            assert flags["httponly"] is True
            assert flags["path"] == "/"
            assert flags["domain"] == ""
            assert flags["samesite"] in ("Lax", "Strict")

    def test_the_replies_are_what_they_should_be(self, replies: dict[str, dict[str, Any]]) -> None:
        statuses = {name: reply["status"] for name, reply in replies.items()}
        assert statuses["wrong host"] == 400
        assert statuses["no token"] == 403
        assert statuses["host without a key"] == 401
        assert (statuses["staff sign-in"], statuses["staff page"], statuses["static"]) == (302, 200, 200)
