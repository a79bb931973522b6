"""Random orders of people, workers, time and faults against a model of the vendor."""

import os

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import Machine

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "8" if connection.vendor == "postgresql" else "40"))
STEPS = 30


def test_nothing_that_must_hold_breaks_whatever_happens_in_whatever_order() -> None:
    profile = hypothesis_settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=profile)
