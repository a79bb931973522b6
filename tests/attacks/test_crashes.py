"""What breaks in an unforeseen way, with secrets at hand, leaves a traceback and none of them in the log."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import responses
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler
from pytest_django import Settings

from onboarding import tasks
from onboarding.models import Onboarding, Source, SourceState
from tests import file_rows, rows, vendor_says

pytestmark = pytest.mark.django_db

BREAKS = RuntimeError("nobody foresaw this")
ALWAYS = ["planted-api-key-0451", rows.SIGNATURE, "planted-session-3001", vendor_says.IBAN, "planted-content-6620"]


@pytest.fixture
def service() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the handlers of the settings write."""
    written = io.StringIO()
    ours = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    assert ours
    streams = [one.setStream(written) for one in ours]
    yield written
    for handler, stream in zip(ours, streams, strict=True):
        handler.setStream(stream)


@pytest.fixture
def browser(owner: Client) -> Client:
    """The owner's browser, which sees the page of errors as people do."""
    owner.raise_request_exception = False
    return owner


def secrets_of(browser: Client, onboarding: Onboarding) -> list[str]:
    cookies = [cookie.value for cookie in browser.cookies.values() if cookie.value]
    return [*ALWAYS, *cookies, browser.session["browser"], onboarding.owner_external_id]


def leaked(log: io.StringIO, secrets: list[str]) -> list[str]:
    text = log.getvalue()
    # A long one is cut in its middle, its first line too where the paths are long.
    assert ", line " in text
    assert "nobody foresaw this" in text or "Error" in text
    return [secret for secret in secrets if secret in text]


def test_a_view_that_breaks_shows_a_plain_page_and_logs_no_secret(
    browser: Client, onboarding: Onboarding, service: responses.RequestsMock, log: io.StringIO
) -> None:
    service.post(vendor_says.REDIRECTION_PATH, body=BREAKS)
    intent = str(uuid4())
    answer = browser.post(reverse("add_bank", args=[onboarding.uuid]), {"intent": intent, "bank": "planted-bank-7101"})
    assert answer.status_code == 500
    secrets = [*secrets_of(browser, onboarding), "planted-bank-7101"]
    assert leaked(log, secrets) == []
    page = answer.content.decode()
    assert not [word for word in (*secrets, "Traceback", "RuntimeError", "nobody foresaw") if word in page]


def test_a_vault_that_can_not_be_written_logs_no_name_and_no_content(
    browser: Client, onboarding: Onboarding, settings: Settings, tmp_path: Path, log: io.StringIO
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    settings.UPLOAD_FOLDER = str(blocked)
    file = SimpleUploadedFile("planted-name-7102.csv", file_rows.FILE_CONTENT, "text/csv")
    answer = browser.post(reverse("uploads", args=[onboarding.uuid]), {"files": file, "intent": str(uuid4())})
    assert answer.status_code == 500
    assert leaked(log, [*secrets_of(browser, onboarding), "planted-name-7102"]) == []


def run(source: Source) -> None:
    """Let a worker take the step of a source, with Celery's own words about what it raises."""
    rows.due_now(source)
    result = tasks.advance_source.apply(args=[source.pk])
    assert result.state == "FAILURE"


def test_an_import_that_breaks_with_the_signature_at_hand_logs_none_of_it(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, log: io.StringIO
) -> None:
    service.post(vendor_says.START_PATH, body=BREAKS)
    run(rows.source(onboarding, SourceState.IMPORTING))
    assert leaked(log, secrets_of(owner, onboarding)) == []


def test_a_sign_in_check_that_breaks_logs_no_id(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, log: io.StringIO
) -> None:
    service.get(vendor_says.STATUS_PATH, body=BREAKS)
    source = rows.source(onboarding, bank__returned_at=rows.ago(), bank__redirection_id="planted-redirection-7103")
    run(source)
    assert leaked(log, [*secrets_of(owner, onboarding), "planted-redirection-7103"]) == []


def test_a_file_that_breaks_while_it_is_sent_logs_nothing_of_it(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, log: io.StringIO
) -> None:
    service.post(f"{vendor_says.BASE}/v1/statement.xml", body=BREAKS)
    source = file_rows.statement(
        onboarding, SourceState.IMPORTING, content=file_rows.FILE_CONTENT, file__name="planted-name-7104.pdf"
    )
    run(source)
    assert leaked(log, [*secrets_of(owner, onboarding), "planted-name-7104"]) == []


def test_a_summary_that_breaks_while_it_is_read_logs_nothing_of_it(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, log: io.StringIO
) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    row = rows.aggregation(onboarding)
    service.get(vendor_says.AGGREGATE_PATH, body=BREAKS)
    assert tasks.advance_aggregation.apply(args=[row.pk]).state == "FAILURE"
    assert leaked(log, secrets_of(owner, onboarding)) == []


def test_no_log_goes_out_by_mail() -> None:
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.Logger.manager.loggerDict))]
    assert not [one for logger in loggers for one in logger.handlers if isinstance(one, AdminEmailHandler)]
