"""Ids that go through a request, its message and the worker's lines."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import responses
from celery.app.trace import build_tracer
from celery.signals import before_task_publish
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import logs
from onboarding.models import Onboarding, SourceState
from onboarding.observing import tracing
from onboarding.tasks import advance_source, sweep
from tests import rows, vendor_says
from tests.jobs.steps import advance
from wizard_site.celery import app


@pytest.fixture
def lines() -> Iterator["Lines"]:
    """What is logged, as the JSON of production."""
    written = Lines()
    root = logging.getLogger()
    root.addHandler(written.handler)
    yield written
    root.removeHandler(written.handler)


class Lines:
    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(logs.formatter("json"))

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.read() if line["logger"] == logger]


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """The headers of the messages that are sent."""
    seen: list[dict[str, Any]] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        seen.append(dict(headers))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


@pytest.mark.django_db
def test_a_reply_tells_the_id_that_its_line_carries(nobody: Client, lines: Lines) -> None:
    response = nobody.get(reverse("home"))
    (line,) = lines.of("onboarding.requests")
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["route"], line["method"], line["status"]) == ("home", "GET", 200)


@pytest.mark.django_db
def test_two_requests_have_two_ids(nobody: Client) -> None:
    assert nobody.get("/healthz").headers["X-Request-ID"] != nobody.get("/healthz").headers["X-Request-ID"]


@pytest.mark.django_db
def test_an_id_from_outside_counts_only_when_a_trusted_proxy_sends_it(nobody: Client, settings: Settings) -> None:
    settings.TRUST_PROXY = False
    assert (
        nobody.get("/healthz", headers={"X-Request-ID": "from-outside-1"}).headers["X-Request-ID"] != "from-outside-1"
    )
    settings.TRUST_PROXY = True
    assert (
        nobody.get("/healthz", headers={"X-Request-ID": "from-outside-1"}).headers["X-Request-ID"] == "from-outside-1"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "proposed", ["short", "x" * 65, "with blank here", "line\tbreak-here", "<script>alert</script>", "ąę" * 8]
)
def test_what_is_no_id_is_not_taken_even_from_a_trusted_proxy(
    nobody: Client, settings: Settings, proposed: str
) -> None:
    settings.TRUST_PROXY = True
    answered = nobody.get("/healthz", headers={"X-Request-ID": proposed}).headers["X-Request-ID"]
    assert answered != proposed
    assert len(answered) == 32


@pytest.mark.django_db
def test_the_line_of_a_request_names_the_onboarding_and_the_source_but_no_address(
    owner: Client, onboarding: Onboarding, lines: Lines
) -> None:
    source = rows.source(onboarding)
    owner.get(reverse("handoff", args=[onboarding.uuid, source.uuid]))
    (line,) = lines.of("onboarding.requests")
    assert (line["onboarding"], line["source"]) == (str(onboarding.uuid), str(source.uuid))
    assert "/o/" not in json.dumps(line)


@pytest.mark.django_db
def test_a_message_carries_the_id_of_the_request_that_led_to_it(
    owner: Client,
    onboarding: Onboarding,
    sent: list[dict[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    with django_capture_on_commit_callbacks(execute=False) as acts:
        response = owner.post(reverse("finish", args=[onboarding.uuid]))
    with tracing.work_of(response.headers["X-Request-ID"]):
        for act in acts:
            act()
    assert [headers[tracing.REQUEST_ID] for headers in sent] == [response.headers["X-Request-ID"]]


@pytest.mark.django_db
def test_messages_of_a_sweep_have_an_id_of_their_own_each(onboarding: Onboarding, sent: list[dict[str, Any]]) -> None:
    for _ in range(2):
        rows.source(onboarding)
    with tracing.work_of("of-the-sweep"):
        sweep.run()
    ids = {headers[tracing.REQUEST_ID] for headers in sent}
    assert len(ids) == 2
    assert "of-the-sweep" not in ids


@pytest.mark.django_db
def test_whoever_gets_the_slot_of_another_does_not_get_the_others_id(
    vendor: responses.RequestsMock, onboarding: Onboarding, sent: list[dict[str, Any]], settings: Settings
) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = 1
    vendor_says.successful(vendor, vendor_says.IBAN)
    importing = rows.polling(onboarding, slot=1)
    rows.source(rows.onboarding(), SourceState.QUEUED)
    with tracing.work_of("of-the-first"):
        advance_source.run(importing.pk)
    (headers,) = sent
    assert headers[tracing.REQUEST_ID] != "of-the-first"


@pytest.mark.django_db
def test_a_workers_lines_carry_the_id_of_the_message_and_the_source(
    onboarding: Onboarding, lines: Lines, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = rows.source(onboarding, give_up_at=rows.ago(seconds=1))
    with django_capture_on_commit_callbacks(execute=True), tracing.work_of("of-the-message"):
        advance(source)
    (line,) = lines.of("onboarding.observing.history")
    assert (line["source"], line["event"]) == (str(source.uuid), "source_abandoned")


def work_on_a_message(task: Any, **headers: str) -> None:
    """Do a task as a worker does that has got a message with these headers."""
    identity = uuid4().hex
    build_tracer(task.name, task, app=app)(identity, (), {}, request={"id": identity, **headers})


@pytest.mark.django_db(transaction=True)
def test_celery_hands_the_header_of_a_message_to_the_lines_of_its_task(lines: Lines) -> None:
    log = logging.getLogger("tests.task")

    @app.task(name="tests.tells", shared=False)
    def tells() -> None:
        log.warning("working")

    try:
        work_on_a_message(tells, request_id="of-the-message")
        work_on_a_message(tells)
    finally:
        app.tasks.unregister("tests.tells")
    first, second = lines.of("tests.task")
    assert first["request_id"] == "of-the-message"
    assert len(second["request_id"]) == 32
    assert tracing.ids() == {}


@pytest.mark.django_db(transaction=True)
def test_celerys_own_line_of_a_task_that_broke_carries_the_id_too(lines: Lines) -> None:
    @app.task(name="tests.breaks", shared=False)
    def breaks() -> None:
        raise ValueError("planted")

    try:
        work_on_a_message(breaks, request_id="of-the-message")
    finally:
        app.tasks.unregister("tests.breaks")
    (line,) = lines.of("celery.app.trace")
    assert line["request_id"] == "of-the-message"
    assert "ValueError" in line["traceback"]


def test_what_a_line_has_no_place_for_is_refused() -> None:
    with pytest.raises(ValueError, match="name"), tracing.about(name="Maria"):
        pass


def test_ids_end_with_the_work_they_belong_to() -> None:
    with tracing.work_of("one-request"):
        with tracing.about(source="s-1"):
            assert dict(tracing.ids()) == {"request_id": "one-request", "source": "s-1"}
        assert dict(tracing.ids()) == {"request_id": "one-request"}
    assert dict(tracing.ids()) == {}
