"""Everything expires, each by its own rule, and nothing that is still wanted."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from onboarding import tasks
from onboarding.jobs import retention
from onboarding.models import Aggregation, Erasure, Event, EventName, Invitation, Onboarding, Snapshot, Source
from onboarding.services import starting
from tests import rows
from tests.services.wishes import start_wish

pytestmark = pytest.mark.django_db


def snapshot(onboarding: Onboarding, *, age: timedelta, **aggregation: object) -> Snapshot:
    """A snapshot of some age that nobody shows."""
    made = Aggregation.objects.create(onboarding=onboarding, **{"state": Aggregation.State.READY, **aggregation})
    row = Snapshot.objects.create(onboarding=onboarding, aggregation=made)
    Snapshot.objects.filter(pk=row.pk).update(created_at=timezone.now() - age)
    return row


def test_an_onboarding_whose_time_is_over_is_erased_by_the_system() -> None:
    expired = rows.onboarding(expires_at=rows.ago(seconds=1))
    rows.source(expired)
    tasks.retire()
    assert Onboarding.objects.get(pk=expired.pk).erased_at is not None
    assert not Source.objects.exists()
    event = Event.objects.get(onboarding=expired, name=EventName.ERASED)
    assert event.actor == "system"


def test_the_erasure_of_an_expired_onboarding_goes_to_the_vendor_too() -> None:
    expired = rows.onboarding(expires_at=rows.ago(seconds=1))
    tasks.retire()
    assert Erasure.objects.due(timezone.now()).filter(onboarding=expired).exists()


def test_an_onboarding_in_its_time_stays() -> None:
    onboarding = rows.onboarding()
    tasks.retire()
    assert Onboarding.objects.get(pk=onboarding.pk).erased_at is None


def test_a_new_onboarding_lives_as_long_as_the_retention_says() -> None:
    onboarding = starting.start(**start_wish())
    assert onboarding.expires_at - onboarding.consented_at == timedelta(hours=24)


def test_the_rows_kept_as_proof_go_when_the_audit_time_is_over() -> None:
    old = rows.onboarding(erased_at=rows.ago(days=91))
    young = rows.onboarding(erased_at=rows.ago(days=89))
    retention.tidy()
    assert list(Onboarding.objects.all()) == [young]
    assert old.pk != young.pk


def test_an_invitation_goes_after_the_audit_time() -> None:
    old = Invitation.objects.create(token_digest="a" * 64, country="pl", expires_at=rows.ago(days=91))
    Invitation.objects.create(token_digest="b" * 64, country="pl", expires_at=rows.ago(days=1))
    retention.tidy()
    assert Invitation.objects.count() == 1
    assert not Invitation.objects.filter(pk=old.pk).exists()


def test_a_session_goes_when_it_has_ended() -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=rows.ago(seconds=1))
    Session.objects.create(session_key="live", session_data="", expire_date=timezone.now() + timedelta(hours=1))
    retention.tidy()
    assert [session.session_key for session in Session.objects.all()] == ["live"]


def test_a_snapshot_that_nobody_shows_or_writes_goes(onboarding: Onboarding) -> None:
    snapshot(onboarding, age=timedelta(minutes=11))
    retention.tidy()
    assert not Snapshot.objects.exists()


def test_a_snapshot_left_by_a_lost_worker_goes(onboarding: Onboarding) -> None:
    snapshot(
        onboarding,
        age=timedelta(minutes=11),
        state=Aggregation.State.FETCHING,
        claim="lost",
        claimed_until=rows.ago(seconds=1),
    )
    retention.tidy()
    assert not Snapshot.objects.exists()


def test_a_snapshot_that_is_being_written_stays(onboarding: Onboarding) -> None:
    until = timezone.now() + timedelta(seconds=60)
    snapshot(onboarding, age=timedelta(minutes=11), state=Aggregation.State.FETCHING, claim="held", claimed_until=until)
    retention.tidy()
    assert Snapshot.objects.exists()


def test_a_snapshot_that_is_shown_or_young_stays(onboarding: Onboarding) -> None:
    shown = snapshot(onboarding, age=timedelta(hours=11))
    young = snapshot(onboarding, age=timedelta(minutes=9))
    Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=shown)
    retention.tidy()
    assert set(Snapshot.objects.all()) == {shown, young}
