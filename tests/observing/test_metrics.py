"""Figures for the machine that watches: who gets them, what they hold, and that no process is missing in them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import journal
from onboarding.jobs.sweep import find_due
from onboarding.models import Actor, EventName, Failure, Onboarding, SourceState
from onboarding.observing.slots import Slots
from tests import rows
from tests.browser.stack import ROOT

TOKEN = "planted-metrics-token-0123456789-abcdef"
RUN = "import django; django.setup(); from tests.observing.counting_site import main; main()"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def watched(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client: Client) -> Samples:
    response = client.get(reverse("metrics"), headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return samples(response.content.decode())


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_is_no_such_address(nobody: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for shown in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert nobody.get(reverse("metrics"), headers=shown).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer żółw", TOKEN],
)
@pytest.mark.usefixtures("watched")
def test_whoever_does_not_show_the_token_gets_nothing(nobody: Client, shown: str) -> None:
    response = nobody.get(reverse("metrics"), headers={"Authorization": shown} if shown else {})
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_requests_are_counted_by_the_name_of_their_route_and_never_by_address(
    owner: Client, onboarding: Onboarding
) -> None:
    before = scrape(owner)
    owner.get(reverse("hub", args=[onboarding.uuid]))
    owner.get(f"/no/such/address/{uuid4()}")
    response = owner.get(reverse("metrics"), headers={"Authorization": f"Bearer {TOKEN}"})
    after = samples(response.content.decode())
    hub = {"route": "hub", "method": "GET", "status": "200"}
    lost = {"route": "", "method": "GET", "status": "404"}
    for labels in (hub, lost):
        name = "wizard_requests_total"
        assert value(after, name, **labels) == value(before, name, **labels) + 1
    assert value(after, "wizard_request_seconds_count", route="hub") >= 1
    assert str(onboarding.uuid) not in response.content.decode()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", response.content.decode())


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_a_method_that_nobody_knows_has_no_label_of_its_own(nobody: Client) -> None:
    nobody.generic("PLANTED", "/healthz")
    found = scrape(nobody)
    assert value(found, "wizard_requests_total", route="healthz", method="other", status="405") >= 1
    assert not [labels for _, labels in found if "PLANTED" in str(labels)]


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_rows_tell_depth_slots_and_age(nobody: Client, onboarding: Onboarding) -> None:
    find_due()
    rows.polling(onboarding, due_at=rows.ago(seconds=90))
    rows.polling(onboarding)
    rows.source(onboarding, SourceState.QUEUED, queued_at=rows.ago(seconds=300), due_at=rows.ago(seconds=300))
    rows.source(onboarding, SourceState.FAILED)
    rows.aggregation(onboarding, due_at=rows.ago(seconds=30))
    found = scrape(nobody)
    states = {state: value(found, "wizard_sources", state=state) for state in ("importing", "queued", "signing_in")}
    assert states == {"importing": 2, "queued": 1, "signing_in": 0}
    assert (value(found, "wizard_slots_used"), value(found, "wizard_slots_limit")) == (2, 8)
    assert 90 <= value(found, "wizard_oldest_due_seconds", work="source") < 200
    assert 30 <= value(found, "wizard_oldest_due_seconds", work="aggregation") < 90
    assert value(found, "wizard_oldest_due_seconds", work="erasure") == 0
    assert 300 <= value(found, "wizard_line_seconds") < 400
    assert (value(found, "wizard_aggregations"), value(found, "wizard_database_up")) == (1, 1)
    assert ("wizard_tick_age_seconds", frozenset({("name", "sweep")})) in found


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_what_is_not_due_yet_is_not_late(nobody: Client, onboarding: Onboarding) -> None:
    rows.polling(onboarding, due_at=rows.ago(minutes=-5))
    assert value(scrape(nobody), "wizard_oldest_due_seconds", work="source") == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_a_reading_costs_a_handful_of_queries_however_many_rows_there_are(
    nobody: Client,
    onboarding: Onboarding,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    for _ in range(12):
        rows.source(onboarding)
    with django_assert_max_num_queries(6):
        scrape(nobody)


@pytest.mark.django_db
@pytest.mark.usefixtures("watched")
def test_sources_that_ended_are_counted_by_the_kind_of_their_failure(
    nobody: Client, onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    labels = {"event": "source_failed", "failure": "credentials"}
    before = value(scrape(nobody), "wizard_events_total", **labels)
    with django_capture_on_commit_callbacks(execute=True):
        journal.record(
            EventName.SOURCE_FAILED,
            onboarding_id=onboarding.pk,
            actor=Actor.SYSTEM,
            detail=f"{Failure.CREDENTIALS} planted-word",
        )
    after = scrape(nobody)
    assert value(after, "wizard_events_total", **labels) == before + 1
    assert not [labels for _, labels in after if "planted" in str(labels)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("watched")
def test_what_is_taken_back_is_not_counted(nobody: Client, onboarding: Onboarding) -> None:
    before = value(scrape(nobody), "wizard_events_total", event="finished", failure="")
    with transaction.atomic():
        journal.record(EventName.FINISHED, onboarding_id=onboarding.pk, actor=Actor.USER)
        transaction.set_rollback(True)
    assert value(scrape(nobody), "wizard_events_total", event="finished", failure="") == before
    journal.record(EventName.FINISHED, onboarding_id=onboarding.pk, actor=Actor.USER)
    assert value(scrape(nobody), "wizard_events_total", event="finished", failure="") == before + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("watched")
def test_a_database_that_is_away_is_told_and_the_rest_is_answered(nobody: Client) -> None:
    connection.close()
    with connection.execute_wrapper(_refuse):
        found = scrape(nobody)
    assert value(found, "wizard_database_up") == 0
    assert ("wizard_slots_used", frozenset()) not in found


def _refuse(*_: object) -> None:
    raise OperationalError("away")


def start(folder: Path, requests: int) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "METRICS_TOKEN": TOKEN,
        "METRICS_FOLDER": str(folder),
        "REQUESTS": str(requests),
        "DATABASE_URL": "sqlite://:memory:",
        "CELERY_BROKER_URL": "folder://",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def exposed(child: "subprocess.Popen[str]") -> float:
    """Let a process end; return how many of the harmless requests it knew of."""
    text, _ = child.communicate("")
    assert child.returncode == 0
    return value(samples(text), "wizard_requests_total", route="healthz", method="GET", status="200")


def test_several_processes_at_once_and_one_after_the_other_are_one_sum(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    first = start(folder, 3)
    assert first.stdout is not None
    assert any("wizard_requests_total" in line for line in first.stdout)
    assert exposed(start(folder, 2)) == 5
    assert exposed(start(folder, 1)) == 6
    first.communicate("")
    assert exposed(start(folder, 4)) == 10
    assert len(list(folder.glob("*.lock"))) == 2


def test_a_process_that_finds_no_room_is_not_counted_and_goes_on(tmp_path: Path) -> None:
    taken = tmp_path / "figures"
    taken.write_text("a file where the folder ought to be")
    assert exposed(start(taken, 2)) == 2


def test_two_holders_of_one_folder_have_two_numbers_and_a_number_is_free_again(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from onboarding.observing.slots import Slots; "
            f"print(Slots(Path({str(tmp_path)!r})).number(), flush=True); sys.stdin.read()",
        ],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "1\n"
    mine = Slots(tmp_path)
    assert mine.number() == 2
    holder.kill()
    holder.communicate()
    assert Slots(tmp_path).number() == 1
    assert mine.number() == 2
