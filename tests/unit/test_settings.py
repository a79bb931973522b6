"""The settings as a whole, read in a process of its own from an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "kD3v-9xPqTzL0sWm7RbYcU2hJfN8aGeV5oXiBtQwZrEyMpCd41nHjS6u",
    "SITE_URL": "https://connect.example.com",
    "KONTOMATIK_API_KEY": "planted-api-key-0451",
    "FIELD_ENCRYPTION_KEY": "k1:9Q7BfoLsaYu/QB63wWQdWtvBzHDz8Gl9hH1NDLk0rs4=",
}
OURS = (
    "KONTOMATIK_",
    "WORKER_",
    "BRAND_",
    "SECRET",
    "SITE_",
    "FIELD_",
    "DEBUG",
    "ALLOWED",
    "DATABASE",
    "CELERY",
    "DJANGO_",
)
SHOW = (
    "import json; from wizard_site import settings as s; print(json.dumps({n: getattr(s, n) for n in dir(s) "
    "if n.startswith(('SESSION_', 'CSRF_', 'SECURE', 'ALLOWED', 'KONTOMATIK_B', 'DEBUG', 'WORKER_'))}, default=str))"
)


def read_settings(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process whose environment holds these variables."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=PROJECT,
        env=plain | {"BROKER_FOLDER": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def over_https(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a site that people reach over https."""
    shown: dict[str, object] = json.loads(read_settings(tmp_path_factory.mktemp("broker"), **COMPLETE).stdout)
    return shown


def test_https_makes_cookies_secure_and_bound_to_the_host(over_https: dict[str, object]) -> None:
    assert over_https["SESSION_COOKIE_SECURE"] is True
    assert over_https["CSRF_COOKIE_SECURE"] is True
    assert over_https["SESSION_COOKIE_NAME"] == "__Host-session"
    assert over_https["CSRF_COOKIE_NAME"] == "__Host-csrf"


def test_https_is_kept_by_redirect_and_hsts(over_https: dict[str, object]) -> None:
    assert over_https["SECURE_SSL_REDIRECT"] is True
    assert over_https["SECURE_HSTS_SECONDS"] == 31_536_000


def test_the_site_answers_under_its_own_name_alone(over_https: dict[str, object]) -> None:
    assert over_https["ALLOWED_HOSTS"] == ["connect.example.com"]
    assert over_https["CSRF_TRUSTED_ORIGINS"] == ["https://connect.example.com"]
    assert over_https["DEBUG"] is False


def test_without_a_word_the_vendors_test_service_is_meant(over_https: dict[str, object]) -> None:
    assert over_https["KONTOMATIK_BASE_URL"] == "https://test.api.kontomatik.com"


def test_plain_http_has_plain_cookies(tmp_path: Path) -> None:
    shown = json.loads(read_settings(tmp_path, **COMPLETE | {"SITE_URL": "http://127.0.0.1:8000"}).stdout)
    assert (shown["SESSION_COOKIE_SECURE"], shown["SESSION_COOKIE_NAME"]) == (False, "session")
    assert (shown["SECURE_SSL_REDIRECT"], shown["SECURE_HSTS_SECONDS"]) == (False, 0)
    assert (shown["SESSION_COOKIE_HTTPONLY"], shown["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")


@pytest.mark.parametrize("name", COMPLETE)
def test_what_must_be_set_and_is_not_stops_the_start_by_its_name(tmp_path: Path, name: str) -> None:
    run = read_settings(tmp_path, **{key: value for key, value in COMPLETE.items() if key != name})
    assert run.returncode != 0
    assert "ImproperlyConfigured" in run.stderr
    assert name in run.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:planted@db/x"),
        ("DATABASE_URL", "nothing"),
        ("KONTOMATIK_SIGNIN", "popup"),
        ("KONTOMATIK_MAX_COMMANDS", "0"),
        ("KONTOMATIK_BASE_URL", "http://api.example.com"),
        ("RETENTION_HOURS", "-1"),
        ("DEBUG", "perhaps"),
        ("BRAND_ACCENT", "red"),
        ("ALLOWED_HOSTS", " "),
        ("SITE_URL", "https://connect.example.com/wizard"),
        ("KONTOMATIK_COUNTRIES", "poland"),
        ("BRAND_LOGO_URL", "https://cdn.example.com/logo.svg"),
    ],
)
def test_a_wrong_value_stops_the_start_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    run = read_settings(tmp_path, **COMPLETE | {name: value})
    assert run.returncode != 0
    assert name in run.stderr.splitlines()[-1]
    assert "planted" not in run.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("database", "summaries"), [("postgres://wizard@127.0.0.1/wizard", 3), ("sqlite://:memory:", 1)]
)
def test_as_many_summaries_are_stored_at_once_as_the_database_has_writers_for(
    tmp_path: Path, database: str, summaries: int
) -> None:
    shown = json.loads(read_settings(tmp_path, **COMPLETE, DATABASE_URL=database).stdout)
    assert shown["WORKER_SUMMARIES"] == summaries
