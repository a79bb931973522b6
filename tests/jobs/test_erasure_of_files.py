"""Erasing a person with files: what lies sealed goes at once, whatever a worker does at that moment."""

import pytest
import responses
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding.jobs import erasure, moves, sources, statements, uploads
from onboarding.models import Actor, Onboarding, Source, SourceFile, SourceState
from tests import file_rows, rows
from tests.jobs.test_erasure import whole

pytestmark = pytest.mark.django_db


def test_what_lies_sealed_of_the_person_goes_at_once(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    other = file_rows.upload(rows.onboarding(), SourceState.ASKING)
    whole(onboarding)
    file_rows.statement(onboarding, SourceState.IMPORTING)
    with django_capture_on_commit_callbacks(execute=True):
        erasure.begin(onboarding.pk, actor=Actor.USER)
    assert file_rows.in_vault() == {other.file.stored_as, other.file.payload}


def test_a_file_that_is_being_sent_keeps_its_bare_row_and_its_slot(onboarding: Onboarding) -> None:
    source = file_rows.upload(
        onboarding,
        SourceState.IMPORTING,
        file__sent_at=timezone.now(),
        file__bank_name="KontoBank",
        file__answer_id="1",
    )
    erasure.begin(onboarding.pk, actor=Actor.USER)
    after = rows.again(source)
    assert after.slot == source.slot
    file = SourceFile.objects.filter(pk=source.pk).values("name", "bank_name", "target", "answer_id", "payload").get()
    assert file == {"name": "", "bank_name": "", "target": "", "answer_id": "", "payload": None}
    assert not after.file.preview_accounts.exists()
    assert not after.imported_accounts.exists()


def test_a_file_that_came_in_during_the_erasure_leaves_nothing_either(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    late = file_rows.statement(onboarding)
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        sources.advance(late.pk)
    assert not Source.objects.exists()
    assert file_rows.in_vault() == set()


@pytest.mark.parametrize("kind", ["statement", "upload"])
def test_a_file_is_not_sent_when_the_erasure_comes_between_the_claim_and_the_sending(
    kind: str, vendor: responses.RequestsMock, onboarding: Onboarding
) -> None:
    make, step = {
        "statement": (file_rows.statement, statements.step),
        "upload": (file_rows.upload, uploads.step),
    }[kind]
    source = make(onboarding, SourceState.IMPORTING)
    held = moves.hold(source.pk)
    assert held is not None
    erasure.begin(onboarding.pk, actor=Actor.USER)
    assert step(held)
    after = rows.again(source)
    assert (after.state, after.slot, after.file.sent_at, len(vendor.calls)) == (SourceState.ABANDONED, None, None, 0)
