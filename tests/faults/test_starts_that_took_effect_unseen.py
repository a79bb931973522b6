"""An import that was started while its answer said otherwise: it is not forgotten, and not taken for another one."""

from datetime import timedelta
from typing import Any

import pytest
import responses
from django.conf import settings

from onboarding.jobs import erasure
from onboarding.models import Actor, Erasure, Failure, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db

BANK = vendor_says.target_xml(vendor_says.account_xml())


def asked(**columns: Any) -> dict[str, Any]:
    return {"bank__start_asked_at": rows.ago(minutes=1), "bank__signature": "", "bank__session_id": "", **columns}


@pytest.mark.parametrize(
    "failure", [Failure.SESSION_OVER, Failure.SERVICE_BUSY, Failure.OWNER_MISMATCH, Failure.BANK_UNAVAILABLE]
)
def test_an_erasure_is_not_proved_while_a_start_that_was_refused_later_may_still_bring_something(
    onboarding: Onboarding, failure: Failure
) -> None:
    rows.source(onboarding, SourceState.FAILED, **asked(failure=failure))
    erasure.begin(onboarding.pk, actor=Actor.USER)
    made = Erasure.objects.get()
    assert made.not_before is not None
    assert made.not_before >= made.asked_at + settings.IMPORT_DEADLINE - timedelta(seconds=1)


def test_an_erasure_is_not_proved_while_an_import_may_run_whose_sign_in_was_withdrawn_in_the_line(
    onboarding: Onboarding,
) -> None:
    rows.source(onboarding, SourceState.ABANDONED, **asked(failure=Failure.RETURN_UNPROVEN))
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert Erasure.objects.get().not_before is not None


def test_a_start_refused_after_a_fault_that_hid_its_effect_leaves_the_erasure_waiting(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING)
    vendor_says.start(vendor, status=500, body="<html>took effect</html>")
    assert advance(source).state == SourceState.QUEUED
    rows.change(source, state=SourceState.IMPORTING, slot=1)
    vendor_says.start(vendor, status=400, body=vendor_says.refusal("SessionExpired"))
    assert advance(source).failure == Failure.SESSION_OVER
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert Erasure.objects.get().not_before is not None


def test_what_another_import_of_the_same_bank_is_bringing_is_not_taken_for_the_unanswered_one(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    unanswered = rows.watching(onboarding)
    running = rows.polling(onboarding)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    assert advance(unanswered).state == SourceState.IMPORTING
    vendor_says.successful(vendor, vendor_says.IBAN)
    assert advance(running).state == SourceState.IMPORTED
    assert advance(unanswered).state == SourceState.IMPORTING
    assert Source.objects.imported().count() == 1


def test_the_unanswered_import_is_found_once_the_aggregate_holds_both(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    unanswered = rows.watching(onboarding)
    rows.polling(onboarding)
    vendor_says.aggregate_of(vendor, onboarding, BANK, BANK)
    assert advance(unanswered).state == SourceState.IMPORTED


def test_at_its_deadline_the_unanswered_import_takes_what_is_there_and_nobody_else_has(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    unanswered = rows.watching(onboarding, give_up_at=rows.ago(seconds=1))
    rows.polling(onboarding)
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    assert advance(unanswered).state == SourceState.IMPORTED
