"""Whether the broker answers: asked with a short patience, and not at every question."""

import logging
from threading import Lock
from time import monotonic

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.4
"""For the connection, and again for the answer."""
REMEMBERED_SECONDS = 5.0


class Pulse:
    """The broker's pulse, felt at most every few seconds: whoever asks often must neither load it nor wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._felt_at: float | None = None
        self._beats = False

    def beats(self) -> bool:
        """Tell whether the broker answered just now or a few seconds ago."""
        with self._lock:
            if self._felt_at is None or monotonic() - self._felt_at >= REMEMBERED_SECONDS:
                self._beats = _answers()
                self._felt_at = monotonic()
            return self._beats

    def forget(self) -> None:
        """Feel it anew at the next question."""
        with self._lock:
            self._felt_at = None


PULSE = Pulse()
"""This process's."""


def _answers() -> bool:
    url = settings.CELERY_BROKER_URL
    try:
        if url.startswith(("redis://", "rediss://")):
            return _redis_answers(url)
        with current_app.connection_for_read() as connection:
            connection.connect()
    except (RedisError, KombuError, OSError) as error:
        log.warning("the broker does not answer: %s", type(error).__name__)
        return False
    return True


def _redis_answers(url: str) -> bool:
    # Not over Celery's own connection: its client tries again and again, for seconds.
    client = Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        return bool(client.ping())
