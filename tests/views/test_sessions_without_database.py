"""A session that could not be kept: the database's fault is told from a session that was ended."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.views.browsing import consent

pytestmark = pytest.mark.django_db


def begin_while(client: Client, happens: Any) -> Any:
    """Begin once more in a browser that has a session, while something happens at the session's update."""

    def at_update(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "django_session"'):
            happens()
        return execute(sql, *rest)

    client.raise_request_exception = False
    with connection.execute_wrapper(at_update):
        return client.post(reverse("start"), consent())


def test_a_lost_connection_at_the_sessions_update_may_be_tried_again(owner: Client, onboarding: Any) -> None:
    def lose() -> None:
        raise OperationalError("terminating connection due to administrator command")

    assert begin_while(owner, lose).status_code == 503


def test_a_session_that_was_ended_meanwhile_is_no_fault_of_the_database(owner: Client, onboarding: Any) -> None:
    def end() -> None:
        Session.objects.all().delete()

    assert begin_while(owner, end).status_code == 400
