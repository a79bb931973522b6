"""The broker: killed with all it held, away, delivering twice, delivering late."""

import json
import time
from collections.abc import Callable

import pytest

from tests.faults_live.conftest import Run, all_like
from tests.faults_live.installation import Installation
from tests.faults_live.meanwhile import meanwhile
from tests.faults_live.test_workers import nothing

pytestmark = pytest.mark.faults

QUEUE = "celery"
AS_FAST_AS_MESSAGES = 0.005


@pytest.mark.parametrize("keeps", [False, True], ids=["memory lost", "with its file"])
def test_a_redis_that_is_killed_costs_nobody_anything(run: Run, installation: Installation, keeps: bool) -> None:
    run.fault = f"Redis killed and restarted {'with its file' if keeps else 'with its memory lost'}, three times"
    resumed: list[float] = []

    def hurt() -> None:
        for _ in range(3):
            installation.redis.kill()
            time.sleep(1)
            installation.redis.start(keeps=keeps)
            resumed.append(installation.seconds_until_swept(within=10))
            time.sleep(3)

    if keeps:
        installation.redis.kill()
        installation.redis.start(keeps=True)
    try:
        report = run(hurt)
    finally:
        if keeps:
            installation.redis.kill()
            installation.redis.start()
    report.notes = {"seconds until the worker swept": resumed}
    assert report.whole == report.people


def test_without_redis_pages_still_answer_and_nothing_is_lost(
    run: Run, installation: Installation, lasting: Callable[[float], float]
) -> None:
    seconds = lasting(300)
    run.fault = f"Redis gone for {seconds:.0f} s"
    resumed: list[float] = []

    def hurt() -> None:
        installation.redis.kill()
        time.sleep(seconds)
        installation.redis.start()
        resumed.append(installation.seconds_until_swept(within=10))

    report = run(hurt, all_like(patience=300 + seconds))
    report.notes = {"seconds until the worker swept": resumed}
    assert report.pages_p95 <= 0.5
    assert report.whole == report.people


def test_messages_that_come_twice_change_nothing(run: Run, installation: Installation) -> None:
    run.fault = "every message delivered two or three times"
    seen: set[str] = set()
    client = installation.redis.client

    def double() -> None:
        for message in client.lrange(QUEUE, 0, -1):
            if (number := json.loads(message)["headers"]["id"]) not in seen:
                seen.add(number)
                client.rpush(QUEUE, message)
                client.lpush(QUEUE, message)

    with meanwhile(double, every=AS_FAST_AS_MESSAGES):
        report = run(nothing)
    assert len(seen) > report.people
    assert report.whole == report.people


def test_messages_that_come_when_all_is_over_change_nothing(run: Run, installation: Installation) -> None:
    """Messages of rows are held back until everybody has ended: as late as an hour, or a day."""
    run.fault = "messages delivered long after everything ended"
    held: list[bytes] = []
    client = installation.redis.client

    def hold_back() -> None:
        message = client.rpop(QUEUE)
        if message is None:
            return
        if "advance" in json.loads(message)["headers"]["task"] and len(held) < 200:
            held.append(message)
        else:
            client.rpush(QUEUE, message)

    def deliver() -> None:
        for message in held:
            client.lpush(QUEUE, message)
        while client.llen(QUEUE):
            time.sleep(0.2)

    with meanwhile(hold_back, every=AS_FAST_AS_MESSAGES):
        report = run(nothing, afterwards=deliver)
    assert len(held) > report.people
    assert report.whole == report.people
