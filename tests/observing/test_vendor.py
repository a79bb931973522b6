"""What is remembered and counted of every call of the vendor."""

import pytest
import responses

from onboarding.jobs import vendor as vendors
from onboarding.kontomatik.breaker import FAILURES
from onboarding.kontomatik.errors import NoSuchOwner
from onboarding.models import Onboarding, Tick
from onboarding.observing import meters
from onboarding.observing import vendor as observed
from tests import rows, vendor_says
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_written_yet() -> None:
    """Let every test write at once: a process waits some seconds between two writes."""
    observed.REMEMBERED.forget()


def counted(call: str, outcome: str) -> float:
    value: float = meters.VENDOR_CALLS.labels(call, outcome)._value.get()
    return value


def ticks() -> set[str]:
    return set(Tick.objects.values_list("name", flat=True))


def test_a_call_that_went_well_is_counted_and_remembered(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    before = counted("command", "ok")
    vendor_says.successful(vendor, vendor_says.IBAN)
    advance(rows.polling(onboarding))
    assert counted("command", "ok") == before + 1
    assert ticks() == {Tick.VENDOR_ANSWERED}


def test_a_call_without_an_answer_is_counted_by_the_kind_of_its_error(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    before = counted("command", "Unavailable")
    vendor_says.command(vendor, "455026009", body=vendor_says.NO_ANSWER)
    advance(rows.polling(onboarding))
    assert counted("command", "Unavailable") == before + 1
    assert ticks() == {Tick.VENDOR_FAILED}


def test_a_refusal_that_says_something_of_the_person_is_an_answer(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    vendor_says.owner_unknown(vendor, onboarding)
    with (
        pytest.raises(NoSuchOwner),
        vendors.client().aggregate(owner_external_id=onboarding.owner_external_id),
    ):
        raise AssertionError("nothing is there to be read")
    assert ticks() == {Tick.VENDOR_ANSWERED}


def test_it_is_written_down_at_most_every_few_seconds() -> None:
    remembered = observed.Remembered()
    remembered.note(Tick.VENDOR_ANSWERED)
    first = Tick.objects.get(name=Tick.VENDOR_ANSWERED).at
    remembered.note(Tick.VENDOR_ANSWERED)
    assert Tick.objects.get(name=Tick.VENDOR_ANSWERED).at == first


def test_a_call_that_was_not_made_is_counted_as_such_and_says_nothing_of_when_the_service_failed(
    onboarding: Onboarding,
) -> None:
    before = counted("command", "LeftAlone")
    for _ in range(FAILURES):
        vendors.BREAKER.failed(was_probe=vendors.BREAKER.admit())
    advance(rows.polling(onboarding))
    assert counted("command", "LeftAlone") == before + 1
    assert ticks() == set()
