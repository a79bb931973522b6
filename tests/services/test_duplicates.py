"""Possible duplicates: left out and counted again, each once, each written down."""

import pytest
from django.utils import timezone

from onboarding.models import Actor, EventName, Onboarding
from onboarding.services import duplicates
from tests import rows

pytestmark = pytest.mark.django_db


def hides(onboarding: Onboarding) -> bool:
    return Onboarding.objects.get(pk=onboarding.pk).hides_duplicates


def test_nothing_is_left_out_until_the_person_says_so(onboarding: Onboarding) -> None:
    assert not hides(onboarding)


def test_they_are_left_out_and_counted_again(onboarding: Onboarding) -> None:
    assert duplicates.hide(onboarding=onboarding)
    assert hides(onboarding)
    assert duplicates.show(onboarding=onboarding)
    assert not hides(onboarding)
    assert rows.events(onboarding) == [EventName.DUPLICATES_HIDDEN, EventName.DUPLICATES_SHOWN]
    assert {event.actor for event in onboarding.events.all()} == {Actor.USER}


def test_asking_twice_is_asking_once(onboarding: Onboarding) -> None:
    stale = Onboarding.objects.get(pk=onboarding.pk)

    assert not duplicates.show(onboarding=onboarding)
    assert duplicates.hide(onboarding=onboarding)
    assert not duplicates.hide(onboarding=stale)
    assert rows.events(onboarding) == [EventName.DUPLICATES_HIDDEN]


def test_after_an_erasure_nothing_is_chosen_any_more(onboarding: Onboarding) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())

    assert not duplicates.hide(onboarding=onboarding)
    assert not hides(onboarding)
    assert rows.events(onboarding) == []


def test_nobody_elses_choice_is_touched(onboarding: Onboarding) -> None:
    other = rows.onboarding()

    duplicates.hide(onboarding=onboarding)

    assert not hides(other)
