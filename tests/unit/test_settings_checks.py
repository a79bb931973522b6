"""The system checks: each set-up that is wrong as a whole is told by its id, and only then."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from onboarding.checks import old_statement_form

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
PRODUCTION: dict[str, Any] = {
    "SITE_HOST": "connect.example.com",
    "ALLOWED_HOSTS": ["connect.example.com"],
    "SECURE": True,
    "DEBUG": False,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "CELERY_BROKER_URL": "redis://redis:6379/0",
    "KONTOMATIK_STATEMENT_FORM": "json",
    "STAFF_SECOND_FACTOR": True,
    "RATE_LIMIT_FACTOR": 1,
}


@pytest.fixture(autouse=True)
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """PostgreSQL as the checks see it; call it for another one."""

    def use(name: str) -> None:
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", name)

    use(POSTGRESQL)
    return use


def told(settings: Settings, **changed: Any) -> list[str]:
    """Return the ids of our checks that speak up in a production with these changes."""
    for name, value in (PRODUCTION | changed).items():
        setattr(settings, name, value)
    found = run_checks(tags=["security", "compatibility"], include_deployment_checks=True)
    return [message.id for message in found if message.id and message.id.startswith("onboarding.")]


def test_a_right_production_is_told_nothing(settings: Settings) -> None:
    assert told(settings) == []


def test_a_site_that_refuses_its_own_address_is_told(settings: Settings) -> None:
    assert told(settings, ALLOWED_HOSTS=["other.example.com"]) == ["onboarding.E001"]


def test_a_site_that_answers_to_its_whole_domain_is_right(settings: Settings) -> None:
    assert told(settings, ALLOWED_HOSTS=[".example.com"]) == []


def test_a_production_with_a_folder_as_broker_is_told(settings: Settings) -> None:
    assert told(settings, CELERY_BROKER_URL="folder://") == ["onboarding.E002"]


def test_a_production_on_sqlite_is_told(settings: Settings, engine: Callable[[str], None]) -> None:
    engine(SQLITE)
    assert told(settings) == ["onboarding.E002"]


def test_without_https_one_persons_parts_are_right(settings: Settings, engine: Callable[[str], None]) -> None:
    engine(SQLITE)
    assert told(settings, SECURE=False, CELERY_BROKER_URL="folder://") == []


def test_https_that_no_proxy_tells_of_is_told(settings: Settings) -> None:
    assert told(settings, SECURE_PROXY_SSL_HEADER=None) == ["onboarding.W001"]


def test_without_https_no_proxy_is_needed(settings: Settings) -> None:
    assert told(settings, SECURE=False, SECURE_PROXY_SSL_HEADER=None) == []


def test_a_form_on_our_page_without_a_client_id_is_told(settings: Settings) -> None:
    assert told(settings, KONTOMATIK_SIGNIN="widget", KONTOMATIK_CLIENT_ID="") == ["onboarding.E003"]


def test_a_form_on_our_page_with_its_client_id_is_right(settings: Settings) -> None:
    assert told(settings, KONTOMATIK_SIGNIN="widget", KONTOMATIK_CLIENT_ID="client-1") == []


def test_the_services_own_pages_need_no_client_id(settings: Settings) -> None:
    assert told(settings, KONTOMATIK_SIGNIN="redirection", KONTOMATIK_CLIENT_ID="") == []


@pytest.mark.parametrize(
    ("form", "statements", "today", "ids"),
    [
        ("xml", True, date(2027, 2, 28), []),
        ("xml", True, date(2027, 3, 1), ["onboarding.W002"]),
        ("xml", True, date(2027, 4, 2), ["onboarding.W002"]),
        ("xml", False, date(2027, 3, 1), []),
        ("json", True, date(2027, 3, 1), []),
        ("json_trusted", True, date(2027, 4, 2), []),
    ],
)
def test_a_statement_form_that_ends_soon_is_told(
    settings: Settings, form: str, statements: bool, today: date, ids: list[str]
) -> None:
    settings.KONTOMATIK_STATEMENT_FORM, settings.STATEMENTS = form, statements
    found = old_statement_form(today)
    assert [message.id for message in found] == ids
    assert all("2027-04-01" in message.msg for message in found)


@pytest.mark.parametrize(("threads", "ids"), [(11, []), (10, ["onboarding.W006"]), (1, ["onboarding.W006"])])
def test_a_worker_whose_threads_may_all_be_in_long_steps_is_told(
    settings: Settings, threads: int, ids: list[str]
) -> None:
    lanes = {"WORKER_SUMMARIES": 3, "WORKER_READINGS": 2, "WORKER_ERASURES": 2}
    assert told(settings, CELERY_WORKER_CONCURRENCY=threads, **lanes) == ids
