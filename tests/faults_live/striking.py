"""What may strike an installation at any time: over when its function returns, or lying in wait for a call or two.

The process named ``worker`` itself is never ended, so that its memory can be watched over a long time.
"""

import random
import time
from collections.abc import Callable

from tests.faults_live.installation import Installation

SECOND_WORKER = "worker2"
ROUTES = ("redirection", "status", "import", "command", "data")
REFUSALS = ("http500", "http502", "http503", "http429", "maintenance", "quota", "reset")
USELESS_ANSWERS = ("trickle", "truncated", "cut", "empty", "html", "wrongroot", "lost", "redirect")
UNKNOWN = ("unknownstate", "unknowncommand")

Strike = Callable[[Installation, random.Random], None]


def second_worker_killed(installation: Installation, chance: random.Random) -> None:
    installation.kill(SECOND_WORKER)
    time.sleep(chance.uniform(0, 5))
    installation.start(SECOND_WORKER)


def second_worker_asked_to_stop(installation: Installation, chance: random.Random) -> None:
    assert installation.stop(SECOND_WORKER), "a worker that was asked to stop did not"
    installation.start(SECOND_WORKER)


def web_process_killed(installation: Installation, chance: random.Random) -> None:
    for child in installation.children_of("web")[:1]:
        child.kill()


def beat_away(installation: Installation, chance: random.Random) -> None:
    installation.kill("beat")
    time.sleep(chance.uniform(1, 10))
    installation.start("beat")


def broker_loses_its_memory(installation: Installation, chance: random.Random) -> None:
    installation.redis.kill()
    time.sleep(chance.uniform(0, 10))
    installation.redis.start()


def messages_come_twice(installation: Installation, chance: random.Random) -> None:
    client, doubled = installation.redis.client, set[bytes]()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        for message in set(client.lrange("celery", 0, -1)) - doubled:
            doubled.add(message)
            client.lpush("celery", message)
        time.sleep(0.05)


def database_crashes(installation: Installation, chance: random.Random) -> None:
    installation.postgres.stop()
    time.sleep(chance.uniform(0, 3))
    installation.postgres.start()


def connections_cut(installation: Installation, chance: random.Random) -> None:
    installation.postgres.cut_connections()


def vendor_refuses_calls(installation: Installation, chance: random.Random) -> None:
    kind = chance.choice(REFUSALS)
    for route in ROUTES:
        installation.switch_on(route, kind)
    time.sleep(chance.uniform(2, 10))
    installation.switch_off()


def vendor_refuses_connections(installation: Installation, chance: random.Random) -> None:
    installation.door.shut()
    time.sleep(chance.uniform(1, 10))
    installation.door.open()


def vendor_says_nothing(installation: Installation, chance: random.Random) -> None:
    installation.door.silence()
    time.sleep(chance.uniform(2, 20))
    installation.door.open()


def answers_useless(installation: Installation, chance: random.Random) -> None:
    installation.switch_on(chance.choice(ROUTES), chance.choice(USELESS_ANSWERS), times=2, seconds=0.5)


def command_not_understood(installation: Installation, chance: random.Random) -> None:
    installation.switch_on("command", chance.choice(UNKNOWN), times=2)


def bank_missing_in_the_aggregate(installation: Installation, chance: random.Random) -> None:
    installation.switch_on("data", "missing_target", times=2)


ALL: tuple[Strike, ...] = (
    second_worker_killed, second_worker_asked_to_stop, web_process_killed, beat_away, broker_loses_its_memory,
    messages_come_twice, database_crashes, connections_cut, vendor_refuses_calls, vendor_refuses_connections,
    vendor_says_nothing, answers_useless, command_not_understood, bank_missing_in_the_aggregate,
)  # fmt: skip
