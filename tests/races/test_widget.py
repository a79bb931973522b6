"""Callbacks of the embedded form that come at the same instant, and catalogs fetched by two workers at once."""

from collections.abc import Callable

import pytest
import responses
from pytest_django import Settings

from onboarding.jobs import catalog, sources
from onboarding.models import (
    BankSignIn,
    CatalogBank,
    CatalogCopy,
    CatalogKind,
    EventName,
    Onboarding,
    SignInWay,
    Source,
    SourceState,
)
from onboarding.services import widget
from tests import catalogs, rows, vendor_says
from tests.races.threads import both_read_first, held_up

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def source(onboarding: Onboarding) -> Source:
    """A source whose form is open in the person's page."""
    form = {"bank__way": SignInWay.WIDGET, "bank__redirection_id": None, "bank__link": ""}
    return rows.source(onboarding, **form)


def report(source: Source, session_id: str) -> Callable[[], bool]:
    def act() -> bool:
        return widget.signed_in(
            source=source, session_id=session_id, signature=rows.SIGNATURE, target="KontoBank", official_name=""
        )

    return act


@pytest.mark.parametrize("second", ["s-1", "s-2"])
def test_a_callback_twice_at_once_is_one(source: Source, second: str) -> None:
    outcomes = held_up(Source.objects.filter(pk=source.pk), report(source, "s-1"), report(source, second))
    assert sorted(outcomes) == [False, True]
    after = rows.again(source)
    assert (after.state, after.claim) == (SourceState.QUEUED, "")
    assert after.bank.session_id == ("s-1" if outcomes[0] else second)
    assert rows.events(source.onboarding) == [EventName.SIGNED_IN]


def test_control_two_callbacks_that_look_and_then_write_are_two(source: Source) -> None:
    def naive(meet: Callable[[], None]) -> bool:
        is_open = Source.objects.filter(pk=source.pk, state=SourceState.SIGNING_IN).exists()
        meet()
        if is_open:
            BankSignIn.objects.filter(pk=source.pk).update(session_id="s")
            Source.objects.filter(pk=source.pk).update(state=SourceState.QUEUED)
        return is_open

    assert both_read_first(naive, naive) == [True, True]


def test_both_outcomes_at_once_are_one(source: Source) -> None:
    def error() -> bool:
        return widget.went_wrong(source=source, code="InvalidCredentials")

    outcomes = held_up(Source.objects.filter(pk=source.pk), report(source, "s-1"), error)
    assert sorted(outcomes) == [False, True]
    after = rows.again(source)
    assert after.state == (SourceState.QUEUED if outcomes[0] else SourceState.FAILED)
    assert bool(after.bank.signature) == outcomes[0]
    assert len(rows.events(source.onboarding)) == 1


@pytest.mark.parametrize("first", ["page", "worker"])
def test_a_callback_and_the_deadline_at_once_never_wait_for_each_other(
    onboarding: Onboarding, source: Source, first: str
) -> None:
    rows.change(source, give_up_at=rows.ago(seconds=1), due_at=rows.ago(seconds=1))

    def worker() -> bool:
        return sources.advance(source.pk)

    acts = [report(source, "s-1"), worker] if first == "page" else [worker, report(source, "s-1")]
    outcomes = held_up(Source.objects.filter(pk=source.pk), *acts)
    assert all(isinstance(outcome, bool) for outcome in outcomes)
    after = rows.again(source)
    assert after.state in (SourceState.QUEUED, SourceState.ABANDONED)
    assert after.claim == ""
    assert len(rows.events(onboarding)) == 1


def test_a_callback_and_the_way_out_at_once_are_one(vendor: responses.RequestsMock, source: Source) -> None:
    vendor.assert_all_requests_are_fired = False
    asked = vendor_says.redirection(vendor, source.onboarding)

    def leave() -> None:
        widget.turn_to_redirection(source=source)

    reported, left = held_up(Source.objects.filter(pk=source.pk), report(source, "s-1"), leave)
    assert left is None
    after = rows.again(source)
    assert after.state == (SourceState.QUEUED if reported else SourceState.SIGNING_IN)
    assert after.bank.way == (SignInWay.WIDGET if reported else SignInWay.REDIRECTION)
    assert asked.call_count == (0 if reported else 1)


def test_leaving_twice_at_once_is_one_call(vendor: responses.RequestsMock, source: Source) -> None:
    asked = vendor_says.redirection(vendor, source.onboarding)

    def leave() -> None:
        widget.turn_to_redirection(source=source)

    assert held_up(Source.objects.filter(pk=source.pk), leave, leave) == [None, None]
    assert asked.call_count == 1
    assert rows.again(source).bank.redirection_id == "r-fresh"


@pytest.fixture
def polish_copy(db: None, settings: Settings) -> CatalogCopy:
    """The copy of one country's catalog, due now; no other is wanted."""
    settings.BANK_LIST, settings.KONTOMATIK_COUNTRIES, settings.STATEMENTS = True, ["pl"], False
    return CatalogCopy.objects.create(kind=CatalogKind.BANKS, country="pl", due_at=rows.ago(seconds=1))


def test_two_workers_fetch_a_catalog_once(vendor: responses.RequestsMock, polish_copy: CatalogCopy) -> None:
    asked = catalogs.asked(vendor, catalogs.BANKS_PATH, "pl", catalogs.target_xml("KontoBank"))
    assert held_up(CatalogCopy.objects.all(), catalog.refresh, catalog.refresh) == [None, None]
    assert asked.call_count == 1
    assert CatalogBank.objects.count() == 1


def test_control_two_workers_that_look_and_then_fetch_are_two(polish_copy: CatalogCopy) -> None:
    def naive(meet: Callable[[], None]) -> bool:
        is_due = CatalogCopy.objects.filter(due_at__lte=rows.ago()).exists()
        meet()
        CatalogCopy.objects.update(due_at=rows.ago(hours=-1))
        return is_due

    assert both_read_first(naive, naive) == [True, True]
