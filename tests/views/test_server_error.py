"""What a page says when something broke below it: for good, or for a moment."""

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding


def answer_when_the_database_raises(client: Client, onboarding: Onboarding, error: type[Exception]) -> Any:
    def refuse(*_: Any) -> None:
        raise error("the server closed the connection")

    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        return client.get(reverse("hub", args=[onboarding.uuid]))


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_a_503_with_when_to_come_back(
    owner: Client, onboarding: Onboarding, error: type[Exception]
) -> None:
    reply = answer_when_the_database_raises(owner, onboarding, error)
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
    assert "You did nothing wrong" in reply.text


def test_a_fault_of_ours_is_a_500(owner: Client, onboarding: Onboarding) -> None:
    reply = answer_when_the_database_raises(owner, onboarding, ProgrammingError)
    assert reply.status_code == 500
    assert "Retry-After" not in reply
