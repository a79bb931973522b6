"""What the model needs around it: a small limit, so that people wait for each other, and a broker in this process."""

from typing import Any

import pytest

from .broker import IN_MEMORY
from .machine import LIMIT


@pytest.fixture(autouse=True)
def _small_installation(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = LIMIT
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", IN_MEMORY)
