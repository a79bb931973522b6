"""The client under test, a vendor on loopback, and the recorded replies, which stay outside the project."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onboarding.kontomatik.client import Client
from tests.kontomatik.calls import BASE, KEY
from tests.kontomatik.loopback import Vendor


@pytest.fixture
def recording(recorded: Path) -> Callable[[str], bytes]:
    """Return a reader of recorded replies by file name."""
    return lambda name: (recorded / name).read_bytes()


@pytest.fixture
def client() -> Iterator[Client]:
    """A client whose vendor is whatever ``responses`` was told."""
    client = Client(base_url=BASE, api_key=KEY)
    yield client
    client.close()


@pytest.fixture
def loopback() -> Iterator[Vendor]:
    """A real server of our own, one script a connection."""
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def connect(loopback: Vendor) -> Iterator[Callable[..., Client]]:
    """Return a maker of clients of the loopback vendor, with short times unless told otherwise."""
    made: list[Client] = []

    def make(**options: object) -> Client:
        deadlines = ("deadline", "aggregate_deadline", "statement_deadline", "upload_deadline")
        times = {"connect_timeout": 5.0, "read_timeout": 5.0, **dict.fromkeys(deadlines, 10.0)}
        made.append(Client(**{"base_url": loopback.address, "api_key": KEY, **times, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()
