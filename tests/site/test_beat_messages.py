"""The messages of beat, read by a worker whose clock is not beat's."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery.worker.request import Request
from django.conf import settings
from kombu import Connection
from kombu.message import Message

from wizard_site.celery import app

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ENTRIES = pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))


def sent(name: str) -> Message:
    """Send what beat sends by one line of its schedule, and return the message as a worker gets it."""
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    with Connection("memory://") as connection:
        queue = connection.SimpleQueue(app.conf.task_default_queue)
        queue.clear()
        app.send_task(entry["task"], connection=connection, **entry["options"])
        message: Message = queue.get(block=False)
    return message


def is_thrown_away(message: Message) -> bool:
    request = Request(message, app=app, task=app.tasks[message.headers["task"]], eventer=None)
    return bool(request.maybe_expire())


@ENTRIES
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=1), timedelta(hours=-1)], ids=str)
def test_a_new_message_is_read_by_a_worker_whose_clock_is_off(name: str, ahead: timedelta) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        message = sent(name)
        traveller.move_to(NOW + ahead)
        assert not is_thrown_away(message)


@ENTRIES
def test_control_what_waited_for_half_a_day_is_thrown_away(name: str) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        message = sent(name)
        traveller.move_to(NOW + timedelta(hours=12))
        assert is_thrown_away(message)
