"""Redis gone under a worker that holds messages: the worker stays."""

import logging
import os
from typing import Any

import pytest
from kombu import Connection
from kombu.transport.redis import Transport as KombusOwn

from wizard_site.redis_broker import Transport

pytestmark = pytest.mark.services

QUEUE = "held-when-redis-went-away"


def holding_a_message(transport: type[Any]) -> Any:
    """Return a channel that holds a message unacknowledged and whose connection was taken apart."""
    connection = Connection(os.environ["CELERY_BROKER_URL"], transport=transport)
    queue = connection.SimpleQueue(QUEUE)
    queue.put({"id": 1})
    queue.get(timeout=5)
    channel = queue.channel
    connection.transport.client = None
    return channel


def test_a_channel_whose_connection_is_gone_is_closed_without_a_word() -> None:
    holding_a_message(Transport).close()


def test_control_kombus_own_channel_takes_its_worker_down() -> None:
    with pytest.raises(AttributeError, match="hostname"):
        holding_a_message(KombusOwn).close()


def outliving_its_connection(transport: type[Any]) -> tuple[Any, Any]:
    """Return a message that was not acknowledged before its channel was closed, and the connection it came over."""
    connection = Connection(os.environ["CELERY_BROKER_URL"], transport=transport)
    queue = connection.SimpleQueue(QUEUE)
    queue.put({"id": 3})
    message = queue.get(timeout=5)
    channel = queue.channel
    channel.close()
    channel.connection = None
    # What a channel keeps open for itself is closed with it.
    channel._pool = channel._async_pool = None
    channel.__dict__.pop("client", None)
    return message, connection


def test_a_message_that_outlived_its_connection_is_acknowledged_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    message, connection = outliving_its_connection(Transport)
    message.ack_log_error(logging.getLogger("consumer"), connection.connection_errors)
    assert "Couldn't ack" in caplog.text


def test_control_kombus_own_message_takes_its_worker_down() -> None:
    message, connection = outliving_its_connection(KombusOwn)
    with pytest.raises(AttributeError, match="client"):
        message.ack_log_error(logging.getLogger("consumer"), connection.connection_errors)


def test_while_there_is_a_connection_messages_are_put_back() -> None:
    connection = Connection(os.environ["CELERY_BROKER_URL"], transport=Transport)
    queue = connection.SimpleQueue(QUEUE)
    queue.clear()
    queue.put({"id": 2})
    queue.get(timeout=5)
    connection.release()
    again = Connection(os.environ["CELERY_BROKER_URL"], transport=Transport)
    message = again.SimpleQueue(QUEUE).get(timeout=5)
    assert message.payload == {"id": 2}
    message.ack()
    again.release()
