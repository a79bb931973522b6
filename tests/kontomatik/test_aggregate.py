"""Fetching the aggregate into a temporary file."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled
from tests.kontomatik.calls import BASE, CALLS, KEY, OWNER, expect, fetch
from tests.kontomatik.documents import one_transaction

Connect = Callable[..., Client]


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class SlowBody(io.BufferedReader):
    """A body of which each read takes a while on the clock."""

    def __init__(self, body: bytes, clock: Clock, seconds: float) -> None:
        super().__init__(io.BytesIO(body))  # type: ignore[arg-type]
        self._clock = clock
        self._seconds = seconds

    def read1(self, size: int = -1, /) -> bytes:
        self._clock.now += self._seconds
        return super().read1(10)


def slowly(vendor: responses.RequestsMock, *, seconds: float) -> Client:
    clock = Clock()
    expect(vendor, "aggregate", body=SlowBody(b"0123456789" * 6, clock, seconds))
    return Client(base_url=BASE, api_key=KEY, clock=clock)


def test_the_aggregate_comes_as_it_was_sent_from_its_start(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "aggregate", body=one_transaction())
    assert CALLS["aggregate"](client) == one_transaction()


def test_a_large_aggregate_leaves_no_named_file(
    client: Client, vendor: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    expect(vendor, "aggregate", body=b"<a/>" * 1_000_000)
    with client.aggregate(owner_external_id=OWNER) as stream:
        assert list(tmp_path.iterdir()) == []
        assert sum(len(piece) for piece in iter(lambda: stream.read(65536), b"")) == 4_000_000


def test_progress_is_told_at_most_once_a_second(vendor: responses.RequestsMock) -> None:
    told: list[int] = []
    fetch(slowly(vendor, seconds=0.5), on_progress=told.append)
    assert told == [20, 40, 60]


def test_what_progress_raises_passes_through(vendor: responses.RequestsMock) -> None:
    class LeaseLost(Exception):
        pass

    def lose(size: int) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        fetch(slowly(vendor, seconds=2), on_progress=lose)


def test_an_empty_aggregate_is_garbled(client: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, "aggregate", body=b"")
    with pytest.raises(Garbled, match="EmptyReply"):
        CALLS["aggregate"](client)


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_an_aggregate_beyond_the_limit_is_garbled(size: int, fits: bool, vendor: responses.RequestsMock) -> None:
    limited = Client(base_url=BASE, api_key=KEY, max_aggregate_bytes=100)
    expect(vendor, "aggregate", body=b"x" * size)
    if fits:
        assert len(fetch(limited)) == size
        return
    with pytest.raises(Garbled, match="TooLong"):
        fetch(limited)


@pytest.fixture
def small_limits() -> Iterator[Client]:
    client = Client(base_url=BASE, api_key=KEY, max_reply_bytes=100, max_command_bytes=100)
    yield client
    client.close()


@pytest.mark.parametrize("call", ["begin_signin", "signin_status", "command", "delete_owner"])
def test_every_other_reply_has_a_limit_too(call: str, small_limits: Client, vendor: responses.RequestsMock) -> None:
    expect(vendor, call, body=b" " * 101)
    with pytest.raises(Garbled, match="TooLong"):
        CALLS[call](small_limits)


@pytest.mark.parametrize(
    "base_url", ["", "vendor.example", "ftp://vendor.example", "https://", "https://a:b@c.example"]
)
def test_a_base_address_must_be_absolute_and_without_a_login(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Client(base_url=base_url, api_key=KEY)


@pytest.mark.parametrize("api_key", ["", "with blank", "line\n", "zażółć"])
def test_a_key_must_fit_into_a_header_and_is_not_repeated(api_key: str) -> None:
    with pytest.raises(ValueError, match=r"^api_key must be printable ASCII without blanks$"):
        Client(base_url=BASE, api_key=api_key)
