"""Opening a sign-in: at the service's pages or in a form on ours, at a bank that was chosen or at any."""

import pytest
import responses
from django.conf import settings as site
from pytest_django import Settings

from onboarding.jobs import sources
from onboarding.models import EventName, Failure, Onboarding, SignInWay, Source, SourceState
from tests import catalogs, rows, vendor_says
from tests.jobs.steps import advance, is_over

pytestmark = pytest.mark.django_db

NOT_OPENED = {"give_up_at": None, "bank__redirection_id": None, "bank__link": ""}
CHOSEN = {"bank__target": "KontoBankApi", "bank__institution": "KontoBank", "bank__official_name": "KontoBank SA"}


def at_form(owner: Onboarding, **columns: object) -> Source:
    return rows.source(
        owner, **{"bank__redirection_id": None, "bank__link": "", "bank__way": SignInWay.WIDGET, **columns}
    )


def test_a_worker_opens_the_form_that_a_lost_web_process_was_opening(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    after = advance(at_form(onboarding, give_up_at=None))
    assert (after.state, after.bank.redirection_id) == (SourceState.SIGNING_IN, None)
    assert after.give_up_at is not None
    assert after.due_at == after.give_up_at
    assert rows.events(onboarding) == [EventName.SIGNIN_OPENED]


def test_a_form_that_is_open_is_left_to_the_person(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(at_form(onboarding))
    assert (after.state, after.due_at, after.claim) == (SourceState.SIGNING_IN, after.give_up_at, "")


def test_a_form_that_nobody_finishes_ends_in_time(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(at_form(onboarding, give_up_at=rows.ago(seconds=1)))
    assert (after.state, after.failure) == (SourceState.ABANDONED, Failure.SIGNIN_EXPIRED)
    assert is_over(after)


def test_a_form_is_open_as_long_as_a_sign_in_may_take(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    after = advance(at_form(onboarding, give_up_at=None))
    assert after.give_up_at is not None
    seconds = (after.give_up_at - vars(after)["step_begun"]).total_seconds()
    assert abs(seconds - site.SIGNIN_DEADLINE.total_seconds()) < 30


def test_a_chosen_bank_is_passed_under_the_name_it_has_today(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankNewApi", institution="KontoBank")
    source = rows.source(onboarding, **NOT_OPENED, **CHOSEN)
    vendor_says.redirection(vendor, onboarding, target="KontoBankNewApi")
    after = advance(source)
    assert (after.bank.redirection_id, after.bank.institution) == ("r-fresh", "KontoBank")


def test_a_bank_of_another_country_is_asked_for_there(vendor: responses.RequestsMock, onboarding: Onboarding) -> None:
    catalogs.bank("KontoBankApi")
    catalogs.bank("KontoBankApi_cz", "cz", institution="KontoBank")
    source = rows.source(onboarding, **{**NOT_OPENED, **CHOSEN, "bank__target": "KontoBankApi_cz"})
    vendor_says.redirection(vendor, onboarding, target="KontoBankApi_cz", country="cz")
    assert advance(source).bank.redirection_id == "r-fresh"


def test_a_bank_that_has_left_the_catalog_is_chosen_at_the_service(
    vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    catalogs.bank("OtherApi")
    source = rows.source(onboarding, **NOT_OPENED, **CHOSEN)
    vendor_says.redirection(vendor, onboarding)
    assert advance(source).bank.redirection_id == "r-fresh"


def test_what_the_setting_says_now_changes_no_sign_in_that_was_begun(
    vendor: responses.RequestsMock, onboarding: Onboarding, settings: Settings
) -> None:
    settings.KONTOMATIK_SIGNIN = "redirection"
    source = at_form(onboarding)
    sources.advance(source.pk)
    assert rows.again(source).bank.redirection_id is None
