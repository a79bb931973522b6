"""How the engine finds what is asked for again and again: not by reading the rows of everybody.

The plans are SQLite's to get wrong, which knows nothing of how many rows have no value; on PostgreSQL they are looked
at all the same.
"""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding.jobs import sources
from onboarding.models import Onboarding
from onboarding.pages import glance

pytestmark = pytest.mark.django_db


def plan_of_the_last(queries: CaptureQueriesContext) -> str:
    """Return the plan of the last query of these, as the engine writes it."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {queries.captured_queries[-1]['sql']}")
        return "\n".join(str(row) for row in cursor.fetchall())


def test_a_persons_list_is_not_looked_for_among_all_that_nothing_replaced(onboarding: Onboarding) -> None:
    assert "replaced_by_id=" not in onboarding.sources.listed().explain()


def test_a_glance_does_not_look_among_all_that_nothing_replaced() -> None:
    with CaptureQueriesContext(connection) as queries:
        glance.of(uuid4())
    plan = plan_of_the_last(queries)
    assert "onboarding_source" in plan
    assert "replaced_by_id=" not in plan


def test_whose_long_step_is_next_is_looked_for_among_those_that_are_due() -> None:
    with CaptureQueriesContext(connection) as queries:
        sources.next_long()
    plan = plan_of_the_last(queries)
    assert "onboarding_source" in plan
    assert "SCAN onboarding_source" not in plan
