"""The vendor's client, made from the settings; one a thread, since a session of ``requests`` is not shared."""

import threading
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings

from onboarding.kontomatik.breaker import Breaker
from onboarding.kontomatik.client import Client
from onboarding.kontomatik.parser import Limits, read_aggregate
from onboarding.kontomatik.records import AggregateRecord
from onboarding.observing import vendor as observed

PAGE_DEADLINE_SECONDS = 8.0
IDENTIFIER_WIDTH = 200
"""The columns of the vendor's ids and names."""

BREAKER = Breaker()
"""This process's: what one thread found out spares the others the wait."""
_of_thread = threading.local()


def client() -> Client:
    """Return this thread's client; its connections stay open between calls."""
    return _client(deadline=30.0)


def client_of_a_page() -> Client:
    """Return this thread's client for what a person waits for: a slow vendor must not hold the pages' threads."""
    return _client(deadline=PAGE_DEADLINE_SECONDS)


def _client(*, deadline: float) -> Client:
    clients: dict[tuple[object, ...], Client] = _of_thread.__dict__.setdefault("clients", {})
    base_url, api_key, hosts = settings.KONTOMATIK_BASE_URL, settings.KONTOMATIK_API_KEY, settings.KONTOMATIK_LINK_HOSTS
    wanted = (base_url, api_key, hosts, deadline, settings.AGGREGATE_MAX_BYTES, BREAKER)
    if wanted not in clients:
        clients[wanted] = Client(
            base_url=base_url,
            api_key=api_key,
            link_hosts=hosts,
            read_timeout=min(20.0, deadline),
            deadline=deadline,
            max_aggregate_bytes=settings.AGGREGATE_MAX_BYTES,
            observer=observed.told,
            breaker=BREAKER,
        )
    return clients[wanted]


def records(aggregate: BinaryIO) -> Iterator[AggregateRecord]:
    """Read what ``client().aggregate`` fetched, which was no larger than is allowed."""
    return read_aggregate(aggregate, limits=Limits(bytes=settings.AGGREGATE_MAX_BYTES))


def is_storable(identifier: str) -> bool:
    """Tell whether an identifier of the vendor's can be kept as it is; cut or cleaned it would be another one."""
    return len(identifier) <= IDENTIFIER_WIDTH and identifier.isprintable()


def name(text: str | None) -> str:
    """Return a bank's name as it can be kept and shown: printable, and cut to its column."""
    return "".join(letter for letter in text or "" if letter.isprintable())[:IDENTIFIER_WIDTH]
