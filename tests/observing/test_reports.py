"""Crash reports: sent for a page and for a task, and nothing of a person or of a secret in any of them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.browser.stack import ROOT
from wizard_site import env

RUN = "import django; django.setup(); from tests.observing.failing_site import main; main()"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All envelopes of a process in which a page, a log line and a task go wrong."""
    folder: Path = tmp_path_factory.mktemp("reports")
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder}/x.sqlite3",
            "CELERY_BROKER_URL": "folder://",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


@pytest.fixture
def events(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(one["body"]) for one in sent if one["item"].get("type") == "event"]


def types(event: dict[str, Any]) -> list[str]:
    return [one["type"] for one in event.get("exception", {}).get("values", [])]


def test_nothing_that_was_planted_is_in_any_envelope(sent: list[dict[str, Any]]) -> None:
    assert len(sent) >= 4
    whole = json.dumps(sent)
    # The public key of the address is the one thing that the service itself needs to see.
    assert whole.replace("planted-dsn-key", "").count("planted") == 0
    assert "203.0.113.77" not in whole
    assert "PL61109010140000071219812874" not in whole


def test_a_page_that_broke_is_reported_with_its_place_in_the_code(events: list[dict[str, Any]]) -> None:
    (event,) = [one for one in events if types(one) == ["KeyError", "ValueError"]]
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["module"]) == ("fail", "tests.observing.failing_site")
    assert event["transaction"] == "tests.observing.failing_site.fail"
    assert len(event["tags"]["request_id"]) == 32
    assert not set(event) & {"request", "user", "extra", "modules", "contexts"}


def test_a_task_that_broke_is_reported_with_the_id_of_its_message_and_the_vendors_word(
    events: list[dict[str, Any]],
) -> None:
    (event,) = [one for one in events if "Unavailable" in types(one)]
    assert event["tags"]["request_id"] == "id-of-the-message"
    assert event["exception"]["values"][0]["value"] == "Unavailable: ReadTimeout (HTTP 503)"
    assert "value" not in event["exception"]["values"][-1]


def test_what_led_to_a_crash_is_told_in_our_own_words_alone(events: list[dict[str, Any]]) -> None:
    (event,) = [one for one in events if types(one) == ["KeyError", "ValueError"]]
    crumbs = event["breadcrumbs"]["values"]
    told = {one["category"]: one.get("message") for one in crumbs}
    assert (told["somebody.elses"], told["onboarding.journal"]) == (None, "source failed")
    assert all(set(one) <= {"type", "category", "level", "timestamp", "message"} for one in crumbs)


def test_an_error_that_was_only_logged_is_reported_by_its_pattern(events: list[dict[str, Any]]) -> None:
    told = {one["logger"]: one.get("logentry") for one in events if "logger" in one}
    assert told["onboarding.jobs"] == {"message": "source %s"}
    assert told["somebody.elses"] is None


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "https://reports.example/1",
        "https://key@reports.example",
        "http://key@reports.example/1",
        "https://key@reports.example/x",
    ],
)
def test_an_address_that_is_none_stops_the_start_by_its_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SENTRY_DSN", address)
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN"):
        env.report_address("SENTRY_DSN")


@pytest.mark.parametrize(
    "address", ["", "https://key@reports.example/1", "http://key@relay:3000/2", "https://key@reports.example/own/7"]
)
def test_a_right_address_or_none_is_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SENTRY_DSN", address)
    assert env.report_address("SENTRY_DSN") == address
