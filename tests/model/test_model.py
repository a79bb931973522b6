"""Random interleavings of people, workers, time and faults against a model of the vendor."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from .broker import IN_MEMORY
from .machine import LIMIT, Machine

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
STEPS = 30


@pytest.fixture(autouse=True)
def _installation(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KONTOMATIK_MAX_COMMANDS = LIMIT
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", IN_MEMORY)


def profile(examples: int, **options: Any) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **options,
    )


def test_nothing_that_must_hold_breaks_whatever_happens_in_whatever_order() -> None:
    phases = [Phase.generate] if os.environ.get("MODEL_NOSHRINK") else list(Phase)
    run_state_machine_as_test(Machine, settings=profile(EXAMPLES, phases=phases))
