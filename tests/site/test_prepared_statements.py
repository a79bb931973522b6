"""On PostgreSQL what is asked again and again is planned once, unless the database's address says otherwise."""

from uuid import uuid4

import pytest
from django.db import connection

from onboarding.pages import glance
from wizard_site.settings import database


def prepared() -> list[str]:
    """Return the statements that the server keeps planned for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


@pytest.mark.services
@pytest.mark.django_db
def test_a_poll_that_comes_again_and_again_is_planned_once() -> None:
    for _ in range(10):
        glance.of(uuid4())
    assert len([statement for statement in prepared() if "session.session_data" in statement]) == 1


def test_a_pooler_that_loses_prepared_statements_is_named_in_the_address() -> None:
    options = database("postgres://wizard@db/wizard?server_side_binding=false")["OPTIONS"]
    assert options == {"server_side_binding": False}


def test_what_else_the_address_says_stays() -> None:
    options = database("postgres://wizard@db/wizard?sslmode=verify-full")["OPTIONS"]
    assert options == {"server_side_binding": True, "prepare_threshold": 5, "sslmode": "verify-full"}
