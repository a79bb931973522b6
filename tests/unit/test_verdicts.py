"""What each of the vendor's errors means for work, and that each failure kind can come about."""

import pytest

from onboarding.jobs import verdicts
from onboarding.kontomatik import errors, wire
from onboarding.models import Failure


@pytest.mark.parametrize("name", wire.ERROR_NAMES)
def test_every_error_name_of_the_contract_has_a_failure_of_its_own(name: str) -> None:
    if name != "DefaultImportAlreadyExecuted":
        assert name in verdicts.FAILURE_BY_CODE


def test_a_name_that_nobody_listed_is_a_fault_of_the_service() -> None:
    assert verdicts.failure_of("BrandNew") == Failure.SERVICE_FAULT


@pytest.mark.parametrize("attempts", [0, 1, 5, 40, 10_000])
def test_no_wait_is_longer_than_a_little_over_a_minute(attempts: int) -> None:
    assert 0 < verdicts.backoff(attempts).total_seconds() <= 72


@pytest.mark.parametrize("refusals", [0, 3, 60, 10_000])
def test_a_wait_for_a_place_is_ten_seconds_to_two_minutes(refusals: int) -> None:
    assert 10 <= verdicts.quota_backoff(refusals).total_seconds() <= 120


def test_what_the_vendor_asks_for_is_waited_at_least() -> None:
    judged = verdicts.verdict(errors.Unavailable("X", retry_after=500), attempts=0)
    assert judged.again is not None
    assert judged.again.total_seconds() == 500


@pytest.mark.parametrize(
    "error",
    [errors.SessionOver("X"), errors.Misconfigured("X"), errors.UserActionNeeded("X"), errors.VendorFault("X")],
    ids=lambda error: type(error).__name__,
)
def test_what_no_other_try_helps_is_not_tried_again(error: errors.KontomatikError) -> None:
    assert verdicts.verdict(error, attempts=0).again is None
