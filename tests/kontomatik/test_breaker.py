"""Leaving the service alone: after which answers, for how long, and who finds out that it is back."""

import threading
from contextlib import suppress

import pytest
import requests
import responses

from onboarding.kontomatik import errors
from onboarding.kontomatik.breaker import Breaker, is_no_answer
from onboarding.kontomatik.client import Client
from tests import vendor_says
from tests.conftest import VENDOR

ADDRESS = f"{VENDOR}/v1/command/1.xml"


class Seconds:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(seconds: Seconds) -> Breaker:
    return Breaker(failures=3, first_rest=10, longest_rest=35, clock=seconds)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(was_probe=breaker.admit())


def rests(breaker: Breaker) -> int:
    """Return the seconds that a refused call is told to wait."""
    with pytest.raises(errors.LeftAlone) as refused:
        breaker.admit()
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_a_service_that_fails_less_often_is_asked_on(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.admit() is False


def test_an_answer_between_failures_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.answered()
    fail(breaker, 2)
    assert breaker.admit() is False


def test_after_so_many_failures_in_a_row_calls_are_refused_with_the_seconds_to_wait(breaker: Breaker) -> None:
    fail(breaker, 3)
    assert 8 <= rests(breaker) <= 12


def test_after_the_rest_one_call_is_a_probe_and_the_others_are_still_refused(
    breaker: Breaker, seconds: Seconds
) -> None:
    fail(breaker, 3)
    seconds.now += 12
    assert breaker.admit() is True
    assert 8 <= rests(breaker) <= 12


def test_each_probe_that_fails_doubles_the_rest_up_to_its_longest(breaker: Breaker, seconds: Seconds) -> None:
    fail(breaker, 3)
    found = []
    for _ in range(3):
        seconds.now += 100
        fail(breaker, 1)
        found.append(rests(breaker))
    assert 16 <= found[0] <= 24
    assert 28 <= found[1] <= 42
    assert 28 <= found[2] <= 42


def test_a_probe_that_is_answered_lets_everybody_through(breaker: Breaker, seconds: Seconds) -> None:
    fail(breaker, 3)
    seconds.now += 12
    breaker.admit()
    breaker.answered()
    assert [breaker.admit() for _ in range(5)] == [False] * 5


def test_a_probe_that_never_ends_is_followed_by_another(breaker: Breaker, seconds: Seconds) -> None:
    fail(breaker, 3)
    seconds.now += 12
    assert breaker.admit() is True
    seconds.now += 12
    assert breaker.admit() is True


def test_calls_that_were_under_way_when_it_opened_do_not_lengthen_the_rest(breaker: Breaker) -> None:
    under_way = [breaker.admit() for _ in range(20)]
    for was_probe in under_way:
        breaker.failed(was_probe=was_probe)
    assert 8 <= rests(breaker) <= 12


def test_of_many_threads_after_the_rest_one_is_let_through(breaker: Breaker, seconds: Seconds) -> None:
    fail(breaker, 3)
    seconds.now += 12
    together, admitted = threading.Barrier(16), []

    def come() -> None:
        together.wait()
        with suppress(errors.LeftAlone):
            admitted.append(breaker.admit())

    threads = [threading.Thread(target=come) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted == [True]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.Unavailable("NoConnection"), True),
        (errors.Unavailable("DeadlinePassed"), True),
        (errors.OutcomeUnknown("ReadTimeout"), True),
        (errors.Unavailable("Http503", status=503), True),
        (errors.Unavailable("Http429", status=429), True),
        (errors.Unavailable("CutShort", status=502), True),
        (errors.Unavailable("SomethingNobodyListed", status=500), True),
        (errors.Unavailable("ServiceMaintenance", status=503), False),
        (errors.Unavailable("CutShort", status=200), False),
        (errors.OutcomeUnknown("NotAReply", status=200), False),
        (errors.QuotaExceeded("JobsQuotaExceeded", status=429), False),
        (errors.Misconfigured("Unauthorized", status=401), False),
        (errors.Garbled("NotAnObject", status=200), False),
    ],
    ids=lambda value: f"{type(value).__name__} {value.code}" if isinstance(value, errors.KontomatikError) else "",
)
def test_only_what_nobody_of_the_service_answered_counts(error: errors.KontomatikError, said: bool) -> None:
    assert is_no_answer(error) is said


class TestAtTheDoor:
    """What reaches the wire, with answers of the service in turn."""

    def client(self, breaker: Breaker) -> Client:
        return Client(base_url=VENDOR, api_key="key", breaker=breaker)

    def ask(self, client: Client) -> errors.KontomatikError:
        with pytest.raises(errors.KontomatikError) as refused:
            client.command(command_id="1")
        return refused.value

    def test_nothing_is_sent_while_it_is_left_alone_and_the_error_says_that_nothing_was(
        self, breaker: Breaker, vendor: responses.RequestsMock
    ) -> None:
        vendor.get(ADDRESS, status=502)
        client = self.client(breaker)
        found = [self.ask(client) for _ in range(6)]
        assert [type(one) for one in found] == [errors.Unavailable] * 3 + [errors.LeftAlone] * 3
        assert len(vendor.calls) == 3

    def test_what_one_client_found_out_spares_another_one(
        self, breaker: Breaker, vendor: responses.RequestsMock
    ) -> None:
        vendor.get(ADDRESS, body=requests.ConnectionError())
        for _ in range(3):
            self.ask(self.client(breaker))
        assert isinstance(self.ask(self.client(breaker)), errors.LeftAlone)

    def test_refusals_with_a_word_of_the_service_are_answers(
        self, breaker: Breaker, vendor: responses.RequestsMock
    ) -> None:
        vendor.get(ADDRESS, status=503, body=vendor_says.refusal("ServiceMaintenance"))
        client = self.client(breaker)
        for _ in range(6):
            assert not isinstance(self.ask(client), errors.LeftAlone)
        assert len(vendor.calls) == 6
