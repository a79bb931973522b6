"""How worker and beat come back to a broker that was away: soon, however long it took."""

import pytest
from kombu.utils import functional

from wizard_site.celery import app


def test_worker_and_beat_ask_for_the_broker_every_few_seconds(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functional, "sleep", lambda _seconds: None)
    waits: list[float] = []

    class Enough(Exception):
        pass

    def give_up() -> None:
        if len(waits) == 50:
            raise Enough

    with app.connection_for_read(f"redis://127.0.0.1:{closed_port}/0") as connection, pytest.raises(Enough):
        connection.ensure_connection(lambda _error, seconds: waits.append(seconds), None, callback=give_up)
    assert len(waits) == 50
    assert max(waits) <= 4


def test_worker_and_beat_never_give_the_broker_up() -> None:
    assert app.conf.broker_connection_max_retries is None
