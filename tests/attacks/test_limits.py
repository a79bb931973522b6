"""Nobody does a thing too often: by person, by address, on every route that is worth it, across processes."""

import json
import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from subprocess import DEVNULL, Popen, run
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from onboarding import clock, limits, networks, throttling
from onboarding.jobs import retention
from onboarding.limits import TABLE, Limit, Limits, Route
from onboarding.models import Allowance, Onboarding, Question, SourceState
from tests import file_rows, rows
from tests.browser.stack import ROOT, free_port
from tests.views.browsing import HTMX, consent

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
ROUTES = {
    "start": (Route.START, "post"),
    "start_invited": (Route.INVITATION, "get"),
    "add_bank": (Route.SIGN_IN, "post"),
    "again": (Route.SIGN_IN, "post"),
    "widget_report": (Route.WIDGET, "post"),
    "elsewhere": (Route.WIDGET, "post"),
    "return": (Route.RETURN, "get"),
    "return_with_state": (Route.RETURN, "get"),
    "prove": (Route.CODE, "post"),
    "statements": (Route.UPLOAD, "post"),
    "uploads": (Route.UPLOAD, "post"),
    "file_password": (Route.UNLOCK, "post"),
    "finish": (Route.FINISH, "post"),
    "summary_json": (Route.EXPORT, "get"),
    "summary_csv": (Route.EXPORT, "get"),
    "summary_xlsx": (Route.EXPORT, "get"),
}
"""What is counted where, and how it is asked."""


@pytest.fixture(autouse=True)
def _counting(settings: Any) -> None:
    settings.RATE_LIMIT_FACTOR = 1


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what sets a route's limits for a test."""

    def set_to(route: Route, *, one: int | None = None, address: int | None = None) -> None:
        found = [Limit(times, MINUTE) if times else None for times in (one, address)]
        monkeypatch.setitem(TABLE, route, Limits(found[0], found[1], TABLE[route].reads))

    return set_to


@pytest.fixture
def whole(owner: Client) -> Onboarding:
    """An onboarding with a source and a file that the addresses can name."""
    onboarding = rows.onboarding(owner)
    rows.source(onboarding, SourceState.FAILED)
    file_rows.asking(onboarding, Question.PASSWORD)
    return onboarding


def address_of(name: str, onboarding: Onboarding) -> str:
    if name in ("start_invited", "return_with_state"):
        return reverse(name, args=["guess"])
    if name in ("start", "return", "prove"):
        return reverse(name)
    kinds = {"file_password": "statement", "again": "bank", "widget_report": "bank", "elsewhere": "bank"}
    sources = [onboarding.sources.filter(kind=kinds[name])[0].uuid] if name in kinds else []
    return reverse(name, args=[onboarding.uuid, *sources])


@pytest.mark.parametrize("name", ROUTES)
def test_one_address_is_refused_beyond_its_limit(
    owner: Client, whole: Onboarding, narrow: Callable[..., None], name: str
) -> None:
    route, method = ROUTES[name]
    narrow(route, address=2)
    target = address_of(name, whole)
    said = [getattr(owner, method)(target).status_code for _ in range(3)]
    assert 429 not in said[:2]
    assert said[2] == 429


@pytest.mark.parametrize("name", [name for name, (route, _) in ROUTES.items() if TABLE[route].one])
def test_one_person_is_refused_beyond_their_limit_whatever_the_address(
    owner: Client, whole: Onboarding, narrow: Callable[..., None], name: str
) -> None:
    route, method = ROUTES[name]
    narrow(route, one=1)
    target = address_of(name, whole)
    said = [getattr(owner, method)(target, REMOTE_ADDR=f"198.51.100.{place}").status_code for place in (1, 2)]
    assert said[0] != 429
    assert said[1] == 429


@pytest.mark.parametrize("name", ROUTES)
def test_another_persons_limit_is_their_own(
    owner: Client, stranger: Client, whole: Onboarding, narrow: Callable[..., None], name: str
) -> None:
    route, method = ROUTES[name]
    narrow(route, one=1, address=1)
    target = address_of(name, whole)
    getattr(owner, method)(target, REMOTE_ADDR="198.51.100.1")
    assert getattr(stranger, method)(target, REMOTE_ADDR="198.51.100.2").status_code != 429


@pytest.mark.parametrize("name", [name for name, (route, _) in ROUTES.items() if not TABLE[route].reads])
def test_looking_at_a_form_is_not_counted(
    owner: Client, whole: Onboarding, narrow: Callable[..., None], name: str
) -> None:
    narrow(ROUTES[name][0], one=1, address=1)
    target = address_of(name, whole)
    assert 429 not in [owner.get(target).status_code for _ in range(4)]


def test_guessing_other_peoples_addresses_is_counted(
    nobody: Client, whole: Onboarding, narrow: Callable[..., None]
) -> None:
    narrow(Route.EXPORT, address=3)
    guesses = [nobody.get(reverse("summary_json", args=[uuid4()])).status_code for _ in range(4)]
    assert guesses == [404, 404, 404, 429]


def test_the_progress_poll_is_never_refused(owner: Client, whole: Onboarding) -> None:
    target = reverse("progress", args=[whole.uuid])
    assert {owner.get(target, headers=HTMX).status_code for _ in range(50)} == {200}
    assert not Allowance.objects.exists()


def test_codes_are_counted_over_many_sign_ins(owner: Client, whole: Onboarding) -> None:
    most = TABLE[Route.CODE].one
    assert most is not None
    said = [owner.post(reverse("prove"), {"redirectionId": str(uuid4()), "code": "ABCDEF"}) for _ in range(16)]
    assert [one.status_code for one in said] == [200] * most.times + [429]


class TestAnswer:
    """What somebody hears who came too often."""

    @pytest.fixture(autouse=True)
    def _none_left(self, narrow: Callable[..., None]) -> None:
        narrow(Route.START, address=1)
        limits.take(Route.START, address="127.0.0.1")

    def test_a_form_gets_a_page_that_says_when(self, owner: Client) -> None:
        response = owner.post(reverse("start"), consent())
        page = response.content.decode()
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) in (59, 60)
        assert re.search(r"You can try again in (59|60) seconds\.", page)
        assert "Nothing was done with what you sent" in page
        assert not Onboarding.objects.exists()

    def test_it_is_logged_without_the_address(self, owner: Client, caplog: pytest.LogCaptureFixture) -> None:
        owner.post(reverse("start"), consent(), REMOTE_ADDR="127.0.0.1")
        assert re.search(r"too many requests: start, origin [0-9a-f]{16}, again in \d+ s", caplog.text)
        assert "127.0.0.1" not in caplog.text

    def test_it_is_kept_by_no_cache(self, owner: Client) -> None:
        assert "no-store" in owner.post(reverse("start"), consent()).headers["Cache-Control"]

    @pytest.mark.parametrize(
        ("language", "words"), [("pl", "Możesz spróbować ponownie za"), ("lt", "Dar kartą bandyti galėsite po")]
    )
    def test_it_speaks_the_persons_language(self, owner: Client, language: str, words: str) -> None:
        response = owner.post(reverse("start"), consent(), headers={"Accept-Language": language})
        assert words in response.content.decode()

    def test_a_script_gets_json(self, owner: Client) -> None:
        response = owner.post(reverse("start"), consent(), headers={"Accept": "application/json"})
        assert (response.status_code, response.json()["error"]) == (429, "too_many_requests")
        assert response.json()["retryAfter"] == int(response.headers["Retry-After"])

    def test_a_fragment_gets_a_line_and_no_page(self, owner: Client) -> None:
        response = owner.post(reverse("start"), consent(), headers=HTMX)
        assert response.status_code == 429
        assert b"<html" not in response.content

    def test_after_waiting_it_is_done(self, owner: Client) -> None:
        assert owner.post(reverse("start"), consent()).status_code == 429
        Allowance.objects.update(full_at_us=0)
        assert owner.post(reverse("start"), consent()).status_code == 302


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second."), (90, "90 seconds."), (91, "2 minutes."), (3600, "60 minutes.")]
)
def test_the_time_is_told_in_words_that_fit_it(seconds: int, words: str) -> None:
    assert throttling.in_words(seconds).endswith(words)


class TestHosts:
    """The hosts' interface."""

    KEY = "planted-host-secret-0123456789abcdef"

    @pytest.fixture(autouse=True)
    def _hosts(self, settings: Any) -> None:
        settings.HOST_API_KEYS = {"lender": self.KEY, "other": self.KEY[::-1]}

    def ask(self, client: Client, key: str) -> Any:
        target = reverse("api_pushed", args=[uuid4(), uuid4()])
        return client.get(target, headers={"Authorization": f"Bearer {key}"})

    def test_a_key_is_refused_beyond_its_limit_and_others_are_not(
        self, nobody: Client, narrow: Callable[..., None]
    ) -> None:
        narrow(Route.API, one=1)
        assert [self.ask(nobody, self.KEY).status_code for _ in range(2)] == [404, 429]
        assert self.ask(nobody, self.KEY[::-1]).status_code == 404

    def test_an_address_is_refused_beyond_its_limit(self, nobody: Client, narrow: Callable[..., None]) -> None:
        narrow(Route.API, address=1)
        assert [self.ask(nobody, self.KEY).status_code for _ in range(2)] == [404, 429]

    def test_wrong_keys_are_refused_in_json(self, nobody: Client, narrow: Callable[..., None]) -> None:
        narrow(Route.API_WRONG_KEY, address=2)
        said = [self.ask(nobody, "wrong") for _ in range(3)]
        assert [one.status_code for one in said] == [401, 401, 429]
        assert said[2].json()["error"] == "too_many_requests"
        assert "Retry-After" in said[2].headers

    def test_wrong_keys_keep_no_right_one_out(self, nobody: Client, narrow: Callable[..., None]) -> None:
        narrow(Route.API_WRONG_KEY, address=1)
        assert [self.ask(nobody, "wrong").status_code for _ in range(2)] == [401, 429]
        assert self.ask(nobody, self.KEY).status_code == 404


class TestCounting:
    """The counting itself."""

    LIMITS = Limits(Limit(5, MINUTE), None)

    def take(self, who: str = "kim") -> timedelta | None:
        return limits.take(Route.FINISH, one=who)

    def test_so_many_at_once_and_no_more(self, narrow: Callable[..., None]) -> None:
        narrow(Route.FINISH, one=5)
        assert [self.take() is None for _ in range(7)] == [True] * 5 + [False] * 2

    def test_each_comes_back_after_its_part_of_the_time(self, narrow: Callable[..., None]) -> None:
        narrow(Route.FINISH, one=5)
        for _ in range(5):
            self.take()
        wait = self.take()
        assert wait is not None
        assert timedelta(seconds=11) < wait <= timedelta(seconds=12)

    def test_who_is_refused_waits_no_longer_for_it(self, narrow: Callable[..., None]) -> None:
        narrow(Route.FINISH, one=1)
        self.take()
        waits = [self.take() for _ in range(5)]
        assert all(wait is not None and wait <= MINUTE for wait in waits)

    def test_a_setting_widens_every_limit(self, narrow: Callable[..., None], settings: Any) -> None:
        narrow(Route.FINISH, one=1)
        settings.RATE_LIMIT_FACTOR = 3
        assert [self.take() is None for _ in range(4)] == [True, True, True, False]

    def test_who_is_refused_uses_nothing_up_for_those_at_the_same_address(self, narrow: Callable[..., None]) -> None:
        narrow(Route.FINISH, one=1, address=3)
        for _ in range(5):
            limits.take(Route.FINISH, one="kim", address="198.51.100.7")
        assert limits.take(Route.FINISH, one="lee", address="198.51.100.7") is None

    def test_who_is_refused_by_address_uses_up_nobodys_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(TABLE, Route.STAFF, replace(TABLE[Route.STAFF], address=Limit(1, MINUTE)))
        for _ in range(20):
            limits.take(Route.STAFF, one="kim", address="198.51.100.7")
        assert limits.take(Route.STAFF, one="kim", address="198.51.100.8") is None

    def test_who_does_not_stop_fills_no_log(
        self, narrow: Callable[..., None], nobody: Client, db: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        narrow(Route.RETURN, address=1)
        said = [nobody.get(reverse("return")).status_code for _ in range(30)]
        assert said[1:] == [429] * 29
        told = TABLE[Route.REFUSAL].address
        assert told is not None
        assert caplog.text.count("too many requests") == told.times

    def test_nobody_can_be_read_from_the_rows(self) -> None:
        limits.take(Route.START, one="browser-digest", address="198.51.100.7")
        held = list(Allowance.objects.values_list("digest", flat=True))
        assert len(held) == 2
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in held)

    def test_the_digest_is_keyed(self, settings: Any) -> None:
        before = limits.digest_of("start|address", "198.51.100.7")
        settings.SECRET_KEY = "another-secret-key-for-this-one-test-0123456789-abcdef"
        assert limits.digest_of("start|address", "198.51.100.7") != before

    def test_rows_that_say_nothing_any_more_are_deleted(self) -> None:
        now_us = int(clock.now().timestamp() * 1_000_000)
        Allowance.objects.create(digest="a" * 64, full_at_us=now_us - 1)
        Allowance.objects.create(digest="b" * 64, full_at_us=now_us + 60_000_000)
        retention.tidy()
        assert [one.digest for one in Allowance.objects.all()] == ["b" * 64]

    def test_every_limit_is_in_the_table(self) -> None:
        assert set(TABLE) == set(Route)

    def test_an_address_is_wider_than_a_person(self) -> None:
        both = [found for found in TABLE.values() if found.one and found.address]
        for found in both:
            assert found.one is not None
            assert found.address is not None
            assert found.address.times * found.one.within >= 4 * found.one.times * found.address.within


class TestAddress:
    """Where a request comes from."""

    def of(self, settings: Any, peer: str, forwarded: str | None, *, proxies: int = 0) -> str:
        settings.TRUST_PROXY, settings.TRUSTED_PROXIES = proxies > 0, max(1, proxies)
        said = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
        return networks.of(RequestFactory().get("/", REMOTE_ADDR=peer, **said))

    @pytest.mark.parametrize(
        ("forwarded", "proxies", "expected"),
        [
            (None, 0, "192.0.2.9"),
            ("203.0.113.5", 0, "192.0.2.9"),
            ("203.0.113.5", 1, "203.0.113.5"),
            ("6.6.6.6, 203.0.113.5", 1, "203.0.113.5"),
            ("6.6.6.6, 203.0.113.5, 10.0.0.2", 2, "203.0.113.5"),
            ("203.0.113.5", 2, "192.0.2.9"),
            ("", 1, "192.0.2.9"),
            ("not an address", 1, "192.0.2.9"),
            ("203.0.113.5:51234", 1, "203.0.113.5"),
            ("[2001:db8:1:2:aaaa::1]:443", 1, "2001:db8:1:2::/64"),
            ("[2001:db8:1:2:aaaa::1]", 1, "2001:db8:1:2::/64"),
        ],
    )
    def test_only_our_own_proxies_are_believed(
        self, settings: Any, forwarded: str | None, proxies: int, expected: str
    ) -> None:
        assert self.of(settings, "192.0.2.9", forwarded, proxies=proxies) == expected

    @pytest.mark.parametrize(
        ("peer", "expected"),
        [
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::ffff:192.0.2.9", "192.0.2.9"),
            ("", "unknown"),
        ],
    )
    def test_a_home_with_ipv6_is_one(self, settings: Any, peer: str, expected: str) -> None:
        assert self.of(settings, peer, None) == expected

    def test_an_address_made_up_in_front_of_our_proxys_gives_no_fresh_limit(
        self, settings: Any, nobody: Client, narrow: Callable[..., None]
    ) -> None:
        settings.TRUST_PROXY = True
        narrow(Route.INVITATION, address=2)
        target = reverse("start_invited", args=["guess"])
        said = [nobody.get(target, headers={"X-Forwarded-For": f"6.6.6.{n}, 203.0.113.5"}) for n in range(3)]
        assert [one.status_code for one in said] == [404, 404, 429]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Many threads with connections of their own, on PostgreSQL."""

    THREADS = 24

    def crowd(self, act: Callable[[], bool]) -> int:
        def take_part(_number: int) -> bool:
            try:
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(self.THREADS) as pool:
            return sum(pool.map(take_part, range(self.THREADS)))

    def test_no_more_get_through_than_there_are(self, narrow: Callable[..., None]) -> None:
        narrow(Route.FINISH, one=5)
        for number in range(5):
            assert self.crowd(lambda number=number: limits.take(Route.FINISH, one=f"kim {number}") is None) == 5

    def test_nothing_else_is_committed_less_safely_for_it(self) -> None:
        limits.take(Route.FINISH, one="kim")
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)

    def test_control_who_looks_and_then_writes_lets_more_through(self) -> None:
        row = Allowance.objects.create(digest="c" * 64, full_at_us=0)
        most = 5

        def look_and_write() -> bool:
            used = Allowance.objects.get(pk=row.pk).full_at_us
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")
            if used >= most:
                return False
            Allowance.objects.filter(pk=row.pk).update(full_at_us=used + 1)
            return True

        assert self.crowd(look_and_write) > most


def test_two_processes_count_together(tmp_path: Path) -> None:
    keys = {"HOST_API_KEYS": f"lender:{TestHosts.KEY}", "RATE_LIMIT_FACTOR": "1"}
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/wizard.sqlite3",
        "DEBUG": "true",
        **keys,
    }
    run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=120)
    ports = [free_port(), free_port()]
    sites = [_site(port, environment) for port in ports]
    try:
        asked = [f"http://127.0.0.1:{ports[turn % 2]}/api/onboardings/{uuid4()}/data/{uuid4()}" for turn in range(40)]
        _wait_for(ports)
        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(lambda address: requests.get(address, timeout=30).status_code, asked))
    finally:
        for site in sites:
            site.terminate()
            site.wait(30)
    most = TABLE[Route.API_WRONG_KEY].address
    assert most is not None
    assert (said.count(401), said.count(429)) == (most.times, len(asked) - most.times), json.dumps(said)


def _site(port: int, environment: dict[str, str]) -> "Popen[bytes]":
    options = ["--no-control-socket", "--worker-class", "gthread", "--threads", "4", "--workers", "1"]
    command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", "wizard_site.wsgi"]
    return Popen(command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL)


def _wait_for(ports: list[int]) -> None:
    session = requests.Session()
    retry = requests.adapters.Retry(total=60, connect=60, backoff_factor=0.1, backoff_max=0.5)
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
    for port in ports:
        assert session.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
