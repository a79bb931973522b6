"""An installation around the model of the vendor, for faults that need no process of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from tests.model.broker import IN_MEMORY
from tests.model.installation import BEGIN, Installation, installed
from tests.model.machine import LIMIT, empty_tables

Install = Callable[..., Installation]


@pytest.fixture
def install(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Give what makes an installation with one person, at an instant of the test's own."""
    settings.KONTOMATIK_MAX_COMMANDS = LIMIT
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", IN_MEMORY)
    with ExitStack() as stack:

        def made(at: datetime = BEGIN) -> Installation:
            stack.close()
            empty_tables()
            here = stack.enter_context(installed(limit=LIMIT, at=at))
            here.world.run("start", 0, 0)
            return here

        yield made
