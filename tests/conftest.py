"""Fixtures for all tests: the vendor's edge, three browsers, and rows by name."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from django.test import Client
from django.utils import translation

from onboarding.jobs import vendor as vendors
from onboarding.kontomatik.breaker import Breaker
from onboarding.models import Onboarding
from tests import nudges, ports, rows

VENDOR = "https://vendor.example"

pytest_plugins = ["tests.needs", "tests.leaks"]


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Return the folder of the recorded replies."""
    return Path(os.environ["KONTOMATIK_RECORDED"])


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin every test in English: a page that was asked for in another language leaves it behind in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_vault(settings: Any, tmp_path: Path) -> None:
    """Give every test a vault of its own, so that it can say that nothing is left there."""
    settings.UPLOAD_FOLDER = str(tmp_path / "vault")


@pytest.fixture(autouse=True)
def _own_nudges() -> Iterator[None]:
    """Let no test send what an earlier one ordered, nor be silent because of one."""
    yield
    nudges.forget()


@pytest.fixture(autouse=True)
def _own_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test's vendor be left alone because of what another test's vendor did."""
    monkeypatch.setattr(vendors, "BREAKER", Breaker())


@pytest.fixture
def closed_port() -> int:
    """A port of this machine at which nobody listens."""
    return ports.closed()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with ports.silent() as port:
        yield port


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    """The HTTP edge: what is not expected fails, what is expected must be asked for."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        yield mocked


@pytest.fixture
def owner() -> Client:
    """The browser that began; give it rows with ``rows.onboarding(owner)``."""
    return Client()


@pytest.fixture
def stranger(db: None) -> Client:
    """Another browser, with an onboarding of its own."""
    client = Client()
    rows.onboarding(client)
    return client


@pytest.fixture
def nobody() -> Client:
    """A browser that has never been here."""
    return Client()


@pytest.fixture
def onboarding(db: None, owner: Client) -> Onboarding:
    """An onboarding that the owner's browser began."""
    return rows.onboarding(owner)
