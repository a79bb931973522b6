"""Nobody is led elsewhere: not by an address' parameters, not by the host's name, not by a proxy's headers."""

from http.client import HTTPConnection
from pathlib import Path
from subprocess import run
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding, SourceState
from tests import rows
from tests.admin import staff
from tests.attacks.test_limits import ROOT, _site, _wait_for, free_port
from tests.views.browsing import consent

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%09/evil.example",
    "\t//evil.example",
    " https://evil.example",
    "https://127.0.0.1@evil.example/",
    "http://testserver.evil.example/",
]
TARGETS = pytest.mark.parametrize("target", ELSEWHERE)
FORGED = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Server": "evil.example"},
    {"X-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"X-Original-Host": "evil.example"},
]


def is_here(location: str) -> bool:
    """Tell whether a browser that follows stays on this site."""
    plain = location.replace("\\", "/").strip()
    return plain.startswith("/") and not plain.startswith("//") and "\t" not in location


@TARGETS
def test_a_change_of_language_leads_nowhere_else(nobody: Client, target: str) -> None:
    answer = nobody.post(reverse("set_language"), {"language": "pl", "next": target})
    assert is_here(answer.headers["Location"]), answer.headers["Location"]


@TARGETS
def test_a_change_of_language_follows_no_foreign_referrer(nobody: Client, target: str) -> None:
    answer = nobody.post(reverse("set_language"), {"language": "pl"}, headers={"referer": target.strip()})
    assert is_here(answer.headers["Location"]), answer.headers["Location"]


@TARGETS
def test_staffs_sign_in_leads_nowhere_else(nobody: Client, target: str) -> None:
    User.objects.create_superuser("root", password="a-long-planted-password-5521")
    fields = {"username": "root", "password": "a-long-planted-password-5521", "next": target}
    answer = nobody.post(f"/admin/login/?next={quote(target)}", fields)
    assert answer.status_code == 302
    assert is_here(answer.headers["Location"]), answer.headers["Location"]


@TARGETS
def test_staffs_sign_out_leads_nowhere_else(db: None, target: str) -> None:
    answer = staff.account(name="root", superuser=True).post("/admin/logout/", {"next": target})
    assert is_here(answer.headers.get("Location", "/"))


@TARGETS
@pytest.mark.parametrize("name", ["redirectionId", "next", "url", "return_url", "redirect"])
def test_the_return_leads_nowhere_else(owner: Client, onboarding: Onboarding, target: str, name: str) -> None:
    source = rows.source(onboarding, SourceState.SIGNING_IN)
    known = {"redirectionId": source.bank.redirection_id}
    for sent in ({**known, name: target}, {name: target}):
        assert is_here(owner.get(reverse("return"), sent).headers.get("Location", "/"))


@TARGETS
def test_a_start_leads_nowhere_else(nobody: Client, target: str) -> None:
    fields = consent(next=target, return_url=target)
    answer = nobody.post(f"{reverse('start')}?next={quote(target)}", fields)
    assert is_here(answer.headers["Location"])
    assert Onboarding.objects.get().return_url == ""


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/..", "/%2f/evil.example", "/\\evil.example", "/o"])
def test_a_missing_slash_is_added_on_this_site(nobody: Client, path: str) -> None:
    location = nobody.get(path).headers.get("Location", "/")
    assert is_here(location), location


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80@127.0.0.1",
        "127.0.0.1:evil",
        "127.0.0.1#evil.example",
        "127.0.0.1/evil",
        "127.0.0.1, evil.example",
        "[::1",
        "",
    ],
)
def test_a_strangers_host_is_refused(nobody: Client, host: str) -> None:
    answer = nobody.get("/", headers={"host": host}) if host else nobody.get("/", SERVER_NAME="evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("header", FORGED, ids=lambda header: next(iter(header)))
@pytest.mark.parametrize("name", ["home", "start"])
def test_a_proxys_header_from_a_stranger_changes_no_page(nobody: Client, header: dict[str, str], name: str) -> None:
    page = nobody.get(reverse(name), headers=header)
    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()
    assert "evil.example" not in str(page.headers)


@pytest.mark.parametrize("header", FORGED, ids=lambda header: next(iter(header)))
def test_an_invitations_link_is_the_sites_own(db: None, header: dict[str, str], settings: Any) -> None:
    root = staff.account(name="root", superuser=True)
    fields = {"country": "pl", "expires_at_0": "2099-01-01", "expires_at_1": "12:00:00"}
    answer = root.post(f"{staff.INVITATIONS}add/", fields, headers=header, follow=True)
    assert f"{settings.SITE_URL}/start/" in answer.content.decode()
    assert "evil.example" not in answer.content.decode()


def test_real_requests_with_two_hosts_or_a_foreign_one_are_refused(tmp_path: Path) -> None:
    import os
    import sys

    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/wizard.sqlite3",
        "DEBUG": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=120)
    port = free_port()
    site = _site(port, environment)
    try:
        _wait_for([port])
        here = f"127.0.0.1:{port}"
        asked = {
            "own": ("/healthz", [here]),
            "foreign": ("/healthz", ["evil.example"]),
            "none": ("/healthz", []),
            "absolute": ("http://evil.example/healthz", [here]),
            "absolute, foreign": (f"http://{here}/healthz", ["evil.example"]),
            "two": ("/healthz", [here, "evil.example"]),
        }
        said = {name: _raw(port, target, hosts) for name, (target, hosts) in asked.items()}
    finally:
        site.terminate()
        site.wait(30)
    assert said["own"] == 200
    assert {name: said[name] for name in ("foreign", "absolute, foreign", "two")} == dict.fromkeys(
        ("foreign", "absolute, foreign", "two"), 400
    )
    assert said["none"] in (200, 400)
    assert said["absolute"] in (200, 400)


def _raw(port: int, target: str, hosts: list[str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", target, skip_host=True)
    for host in hosts:
        connection.putheader("Host", host)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status
