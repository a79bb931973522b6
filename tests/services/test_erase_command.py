"""Erasing by a command, as a runbook has it: after a request by letter, or again after a backup was restored."""

import io

import pytest
from django.core.management import CommandError, call_command

from onboarding.models import Actor, Erasure, EventName, Onboarding, Source
from tests import rows

pytestmark = pytest.mark.django_db


def erase(*names: object) -> str:
    said = io.StringIO()
    call_command("erase", *map(str, names), stdout=said)
    return said.getvalue()


def test_an_onboarding_is_erased_by_its_uuid_or_its_row(onboarding: Onboarding) -> None:
    other = rows.onboarding()
    rows.source(onboarding)
    said = erase(onboarding.uuid, other.pk)
    assert said.count("erased; the vendor is asked") == 2
    assert set(Erasure.objects.values_list("onboarding", flat=True)) == {onboarding.pk, other.pk}
    assert not Source.objects.filter(due_at__isnull=False).exists()
    assert onboarding.events.get(name=EventName.ERASED).actor == Actor.STAFF


def test_twice_does_nothing_more(onboarding: Onboarding) -> None:
    erase(onboarding.pk)
    assert "was erased before" in erase(onboarding.pk)
    assert Erasure.objects.count() == 1


def test_one_that_is_not_there_is_told_and_the_others_are_erased(onboarding: Onboarding) -> None:
    with pytest.raises(CommandError, match="no onboarding 999999"):
        erase(999999, onboarding.uuid)
    assert Erasure.objects.count() == 1


def test_a_slip_of_the_pen_erases_nobody(onboarding: Onboarding) -> None:
    with pytest.raises(CommandError, match="neither a uuid nor a row number"):
        erase(onboarding.uuid, "12x")
    assert not Erasure.objects.exists()
