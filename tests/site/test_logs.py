"""What the site writes to its log over a walk in which everything goes wrong: no token, id, signature or account."""

import io
import json
import logging
import runpy
from collections.abc import Iterator
from uuid import uuid4

import pytest
import responses
from celery.signals import setup_logging
from django.test import Client
from django.urls import reverse
from gunicorn.config import Config

from onboarding.jobs import aggregation
from onboarding.logs import MaskingFormatter, masked
from onboarding.models import Invitation, Onboarding, SourceState
from tests import rows, vendor_says
from tests.browser.stack import ROOT
from tests.jobs.steps import advance
from tests.views.browsing import consent, strict

REDIRECTION = "planted-redirection-5150"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the handlers of the settings write, down to the last DEBUG line."""
    written = io.StringIO()
    root = logging.getLogger()
    ours = [one for one in root.handlers if isinstance(one.formatter, MaskingFormatter)]
    streams = [one.setStream(written) for one in ours]
    level = root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    for handler, stream in zip(ours, streams, strict=True):
        handler.setStream(stream)


def invited() -> str:
    """Make an invitation; return its token."""
    invitation = Invitation(country="pl", expires_at=rows.ago(hours=-1))
    token = invitation.renew_token()
    invitation.save()
    return token


@pytest.mark.django_db
def test_a_live_invitation_never_reaches_the_log(nobody: Client, log: io.StringIO) -> None:
    token = invited()
    assert strict(nobody).post(reverse("start_invited", args=[token]), consent()).status_code == 403
    assert "Forbidden" in log.getvalue()
    assert token not in log.getvalue()


@pytest.mark.django_db
def test_a_page_that_breaks_writes_its_address_without_what_is_secret(log: io.StringIO) -> None:
    token = invited()
    owner = uuid4()
    try:
        raise ValueError(f"GET /start/{token}/ and ?ownerExternalId={owner}&redirectionId={REDIRECTION}")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", f"/start/{token}/")
    assert "Traceback" in log.getvalue()
    assert not [secret for secret in (token, str(owner), REDIRECTION) if secret in log.getvalue()]


@pytest.mark.django_db
def test_a_walk_on_which_everything_goes_wrong_writes_nothing_of_the_person(
    nobody: Client, owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock, log: io.StringIO
) -> None:
    token = invited()
    address = reverse("start_invited", args=[token])
    strict(nobody).post(address, consent())
    nobody.get(address + "more/")
    vendor_says.redirection(vendor, onboarding, body=vendor_says.NO_ANSWER)
    owner.get(owner.post(reverse("add_bank", args=[onboarding.uuid]), {"intent": str(uuid4())}).headers["Location"])
    source = rows.source(onboarding, bank__redirection_id=REDIRECTION)
    owner.get(reverse("return"), {"redirectionId": REDIRECTION})
    vendor_says.signed_in(vendor, source)
    advance(source)
    importing = rows.source(onboarding, SourceState.IMPORTING)
    vendor_says.start(vendor, body=vendor_says.refusal(vendor_says.IBAN), status=500)
    advance(importing)
    row = rows.aggregation(onboarding)
    broken = vendor_says.target_xml(vendor_says.account_xml(amount=f"{vendor_says.IBAN} Maria"))
    vendor_says.aggregate_of(vendor, onboarding, broken)
    rows.due_now(row)
    aggregation.advance(row.pk)
    secrets = (
        token,
        REDIRECTION,
        onboarding.owner_external_id,
        rows.SIGNATURE,
        "planted-session-3001",
        "planted-api-key-0451",
        vendor_says.IBAN,
        "Maria",
    )
    assert len(log.getvalue().splitlines()) >= 3
    assert not [secret for secret in secrets if secret in log.getvalue()]


@pytest.mark.parametrize("name", ["django", "django.request", "django.security.csrf", "django.server"])
def test_no_logger_writes_past_the_masking_handler(name: str) -> None:
    logger = logging.getLogger(name)
    assert (logger.handlers, logger.propagate) == ([], True)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("POST /start/abc-DEF_1/ 403", "POST /start/***/ 403"),
        ("GET /start/ 200", "GET /start/ 200"),
        ("GET /return/abc-DEF_1/?redirectionId=r-1 302", "GET /return/***/?redirectionId=*** 302"),
        ("POST /return/code/ 200", "POST /return/code/ 200"),
        ("/return/?redirectionId=r-1&x=2", "/return/?redirectionId=***&x=2"),
        ("next=%2Freturn%2F%3FredirectionId%3Dr-1 200", "next=%2Freturn%2F%3FredirectionId%3D*** 200"),
        ("/v1/data.xml?ownerExternalId=o-1 404", "/v1/data.xml?ownerExternalId=*** 404"),
    ],
)
def test_addresses_are_masked_and_the_rest_stays(line: str, left: str) -> None:
    assert masked(line) == left


def test_gunicorns_own_lines_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config()
    config.set("accesslog", "-")
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["logger_class"](config)
    logger.error("Error handling request %s", "/start/planted-token/?redirectionId=planted")
    logger.access_log.info("POST /start/planted-token/ 403")
    for handler in (*logger.error_log.handlers, *logger.access_log.handlers):
        handler.flush()
    written = "".join(capsys.readouterr())
    logger.error_log.handlers.clear()
    logger.access_log.handlers.clear()
    assert written.count("/start/***/") == 2
    assert "planted" not in written


def test_gunicorns_own_lines_are_objects_in_production(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", "https://connect.example.com")
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["logger_class"](Config())
    logger.error("Worker (pid:%s) was sent SIGKILL!\nand a second line", 7)
    for handler in logger.error_log.handlers:
        handler.flush()
    (line,) = "".join(capsys.readouterr()).splitlines()
    logger.error_log.handlers.clear()
    told = json.loads(line)
    assert (told["logger"], told["level"]) == ("gunicorn.error", "ERROR")
    assert told["message"].startswith("Worker (pid:7)")


def test_celery_leaves_the_sites_logging_as_it_is() -> None:
    assert setup_logging.receivers
