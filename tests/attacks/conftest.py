"""Who may try their luck: a person, others, and every kind of staff."""

from collections.abc import Callable, Iterator

import pytest
from celery.signals import task_prerun
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from onboarding.models import Onboarding
from tests import file_rows
from tests.admin import staff

HOST_KEY = "planted-host-secret-0123456789abcdef"


@pytest.fixture
def whole(owner: Client, db: None) -> Onboarding:
    """An onboarding of the owner's that has everything an address may show."""
    return file_rows.of_everything(owner)


@pytest.fixture
def who(request: pytest.FixtureRequest, db: None) -> Callable[[str], Client]:
    """Make a browser of one kind by its name."""

    def make(name: str) -> Client:
        match name:
            case "nobody" | "stranger":
                browser: Client = request.getfixturevalue(name)
                return browser
            case "staff without a permission":
                return staff.account(name="newcomer")
            case "staff with every permission":
                verbs = ("retry_onboarding", "erase_onboarding", "add_invitation")
                return staff.account(*staff.VIEW, *verbs, name="helper")
            case "viewer":
                return staff.account(*staff.VIEW, name="viewer")
            case "superuser":
                return staff.account(name="root", superuser=True)
            case "account that is no staff":
                return staff.account(*staff.VIEW, "erase_onboarding", name="customer", staff=False)
            case "host with its key":
                return Client(headers={"Authorization": f"Bearer {HOST_KEY}"})
            case _:
                assert name == "host with a wrong key"
                return Client(headers={"Authorization": "Bearer planted-host-secret-0123456789abcdeX"})

    return make


CLOSING = (request_started, request_finished, task_prerun)


@pytest.fixture(autouse=True)
def _connections_stay_open() -> Iterator[None]:
    """Keep the test's connection, which holds its transaction: on PostgreSQL a closed one is lost with all its rows."""
    connected = [signal for signal in CLOSING if signal.disconnect(close_old_connections)]
    yield
    for signal in connected:
        signal.connect(close_old_connections)
