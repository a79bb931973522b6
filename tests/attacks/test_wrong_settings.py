"""A production with a setting that is wrong does not start, and says which one it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.over_https import ROOT, environment

ZEROS = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
OF_THE_DEMO = "k1:b25seS1mb3ItdGhlLWRlbW8tMDEyMzQ1Njc4OTAxMjM="
OF_THE_IMAGE = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
HOST_SECRET = "Zk3v9xPqTzL0sWm7RbYcU2hJfN8aGeV5oXi"

REFUSED = [
    ("DEBUG", "true"),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "connect.example.com,*"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "django-insecure-9xPqTzL0sWm7RbYcU2hJfN8aGeV5oXiBtQwZrEyMpCd41nHjS6u"),
    ("SECRET_KEY", "only-for-the-demo-4b1d7c0e9a2f5836b8d0e4c7a1f3957260d8"),
    ("SECRET_KEY", "changeme-9xPqTzL0sWm7RbYcU2hJfN8aGeV5oXiBtQwZrEyMpCd41nHjS6u"),
    ("FIELD_ENCRYPTION_KEY", ZEROS),
    ("FIELD_ENCRYPTION_KEY", OF_THE_DEMO),
    ("FIELD_ENCRYPTION_KEY", OF_THE_IMAGE),
    ("FIELD_ENCRYPTION_KEY", "k1:AAAA"),
    ("KONTOMATIK_API_KEY", "sandbox-key"),
    ("KONTOMATIK_API_KEY", "short"),
    ("KONTOMATIK_API_KEY", "aaaaaaaaaaaaaaaaaaaa"),
    ("KONTOMATIK_API_KEY", "your-key-of-the-vendor"),
    ("HOST_API_KEYS", "lender:short"),
    ("HOST_API_KEYS", f"lender:{'a' * 40}"),
    ("HOST_API_KEYS", f"lender:{HOST_SECRET},bookkeeper:{HOST_SECRET}"),
    ("HOST_API_KEYS", f"lender:only-for-trying-{HOST_SECRET}"),
    ("DATABASE_URL", "postgres://wizard:demo@db/wizard"),
    ("DATABASE_URL", "mysql://wizard@db/wizard"),
    ("CELERY_BROKER_URL", "http://redis:6379"),
    ("KONTOMATIK_BASE_URL", "http://api.example.com"),
    ("KONTOMATIK_BASE_URL", "http://169.254.169.254"),
    ("KONTOMATIK_BASE_URL", "https://169.254.169.254"),
    ("KONTOMATIK_BASE_URL", "http://0.0.0.0:8001"),
    ("KONTOMATIK_BASE_URL", "http://[fe80::1]"),
    ("KONTOMATIK_BASE_URL", "ftp://api.example.com"),
    ("KONTOMATIK_BASE_URL", "https://user:word@api.example.com"),
    ("KONTOMATIK_WIDGET_URL", "http://signin.example.com/widget.js"),
    ("SITE_URL", "http://connect.example.com"),
    ("BRAND_PRIVACY_URL", "javascript:alert(1)"),
    ("BRAND_PRIVACY_URL", "//evil.example/privacy"),
    ("TIME_ZONE", "Mars/Base"),
    ("TRUSTED_PROXIES", "0"),
    ("RATE_LIMIT_FACTOR", "0"),
    ("STAFF_IDLE_MINUTES", "0"),
    ("STAFF_SESSION_HOURS", "1000"),
    ("STAFF_SECOND_FACTOR", "perhaps"),
    ("SECRET_KEY_FALLBACKS", "short"),
    ("METRICS_TOKEN", "short"),
    ("METRICS_TOKEN", "a" * 40),
    ("SENTRY_DSN", "http://key@reports.example.com/1"),
    ("LOG_FORMAT", "xml"),
]


def start(folder: Path, **changed: str) -> "subprocess.CompletedProcess[str]":
    """Start the site as a server does, with these settings changed in a production that is right."""
    right = {"DATABASE_URL": "postgres://wizard@db/wizard", "CELERY_BROKER_URL": "redis://redis:6379/0"}
    command = [sys.executable, "-c", "import wizard_site.wsgi"]
    own = environment(folder, **(right | changed))
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=False)


def last_line(run: "subprocess.CompletedProcess[str]") -> str:
    return run.stderr.strip().splitlines()[-1]


def test_a_right_production_starts(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=[f"{name}={value}"[:60] for name, value in REFUSED])
def test_a_wrong_setting_stops_the_start_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    run = start(tmp_path, **{name: value})
    assert run.returncode != 0
    assert "ImproperlyConfigured" in last_line(run)
    assert name in last_line(run)
    if name in ("SECRET_KEY", "HOST_API_KEYS"):
        assert not [secret for secret in re.split("[:,]", value) if len(secret) > 10 and secret in run.stderr]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ALLOWED_HOSTS": "other.example.com"}, "onboarding.E001"),
        ({"CELERY_BROKER_URL": "folder://"}, "onboarding.E002"),
        ({"CELERY_BROKER_URL": "memory://"}, "onboarding.E002"),
        ({"DATABASE_URL": "sqlite:///wizard.sqlite3"}, "onboarding.E002"),
        ({"KONTOMATIK_SIGNIN": "widget"}, "onboarding.E003"),
    ],
)
@pytest.mark.parametrize("module", ["wizard_site.wsgi", "wizard_site.celery"])
def test_a_set_up_that_is_wrong_as_a_whole_stops_web_and_worker(
    tmp_path: Path, changed: dict[str, str], code: str, module: str
) -> None:
    right = {"DATABASE_URL": "postgres://wizard@db/wizard", "CELERY_BROKER_URL": "redis://redis:6379/0"}
    load = (
        "import wizard_site.wsgi"
        if module.endswith("wsgi")
        else ("from wizard_site.celery import app; from celery.signals import worker_init; worker_init.send(None)")
    )
    run = subprocess.run(
        [sys.executable, "-c", load],
        cwd=ROOT,
        env=environment(tmp_path, **(right | changed)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode != 0
    assert code in last_line(run)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"TRUST_PROXY": "false"}, "onboarding.W001"),
        ({"STAFF_SECOND_FACTOR": "false"}, "onboarding.W003"),
        ({"RATE_LIMIT_FACTOR": "1000"}, "onboarding.W004"),
        ({"KONTOMATIK_BASE_URL": "http://sandbox:8001"}, "onboarding.W005"),
    ],
)
def test_what_only_weakens_is_told_by_the_check(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    right = {"DATABASE_URL": "postgres://wizard@db/wizard", "CELERY_BROKER_URL": "redis://redis:6379/0"}
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment(tmp_path, **(right | changed)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode != 0
    assert code in run.stderr
