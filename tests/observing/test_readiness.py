"""What readiness says of each part, and that asking for it is no lever for load."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.jobs.sweep import find_due
from onboarding.models import Tick
from onboarding.observing import readiness
from onboarding.observing.broker import PULSE
from tests import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Look with fresh eyes in every test: what was found is remembered for a while by a process."""
    PULSE.forget()
    readiness.MIGRATED.forget()


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get(reverse("readyz"))
    return response.status_code, json.loads(response.content)


def test_all_is_well_when_every_part_is_there(nobody: Client) -> None:
    find_due()
    status, found = ask(nobody)
    assert status == 200
    assert {name: found[name] for name in ("database", "migrated", "broker", "sweep")} == dict.fromkeys(
        ("database", "migrated", "broker", "sweep"), True
    )


def test_a_sweep_that_never_ran_is_told(nobody: Client) -> None:
    status, found = ask(nobody)
    assert (status, found["sweep"], found["database"]) == (503, False, True)


def test_a_sweep_that_has_stopped_is_told(nobody: Client) -> None:
    Tick.objects.create(name=Tick.SWEEP, at=rows.ago(seconds=120))
    assert ask(nobody)[1]["sweep"] is False


def test_a_migration_that_was_not_made_is_told(nobody: Client) -> None:
    find_due()
    recorder = MigrationRecorder(connection)
    newest = max(name for app, name in recorder.applied_migrations() if app == "onboarding")
    recorder.record_unapplied("onboarding", newest)
    status, found = ask(nobody)
    assert (status, found["migrated"]) == (503, False)


@pytest.mark.parametrize("kind", ["closed_port", "silent_port"])
def test_a_broker_that_does_not_answer_is_told_within_a_second(
    nobody: Client, settings: Settings, kind: str, request: pytest.FixtureRequest
) -> None:
    find_due()
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{request.getfixturevalue(kind)}/0"
    began = monotonic()
    status, found = ask(nobody)
    assert (status, found["broker"], found["sweep"]) == (503, False, True)
    assert monotonic() - began < 5


def test_the_broker_is_asked_once_in_a_while_however_often_somebody_looks(
    nobody: Client, settings: Settings, silent_port: int
) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent_port}/0"
    began = monotonic()
    assert {ask(nobody)[1]["broker"] for _ in range(40)} == {False}
    assert monotonic() - began < 5


def test_looking_again_costs_one_query_of_the_ticks(
    nobody: Client, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    find_due()
    ask(nobody)
    with django_assert_max_num_queries(2):
        ask(nobody)


def test_a_vendor_that_was_never_asked_is_no_fault(nobody: Client) -> None:
    find_due()
    status, found = ask(nobody)
    assert status == 200
    assert found["vendor"] == {"state": "not asked yet", "answered_seconds_ago": None, "failed_seconds_ago": None}


def test_a_vendor_that_was_not_asked_for_a_day_is_no_fault(nobody: Client) -> None:
    find_due()
    Tick.objects.create(name=Tick.VENDOR_ANSWERED, at=rows.ago(days=1))
    status, found = ask(nobody)
    assert (status, found["vendor"]["state"]) == (200, "answering")
    assert found["vendor"]["answered_seconds_ago"] >= 86_400


def test_a_vendor_that_has_failed_since_its_last_answer_is_told_but_is_not_our_unreadiness(nobody: Client) -> None:
    find_due()
    Tick.objects.create(name=Tick.VENDOR_ANSWERED, at=rows.ago(minutes=5))
    Tick.objects.create(name=Tick.VENDOR_FAILED, at=rows.ago(seconds=2))
    status, found = ask(nobody)
    assert (status, found["vendor"]["state"]) == (200, "failing")


def test_a_vendor_that_answered_after_it_failed_is_answering(nobody: Client) -> None:
    Tick.objects.create(name=Tick.VENDOR_FAILED, at=rows.ago(minutes=5))
    Tick.objects.create(name=Tick.VENDOR_ANSWERED, at=rows.ago(seconds=2))
    assert ask(nobody)[1]["vendor"]["state"] == "answering"


def test_nothing_secret_is_in_the_answer(nobody: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://:planted-password@127.0.0.1:1/0"
    assert "planted" not in nobody.get(reverse("readyz")).content.decode()
