"""What hosts push: one number one source, the same data once, nothing left of what is not taken."""

from typing import Any

import pytest
from django.utils import timezone

from onboarding.models import EventName, FileFormat, Onboarding, Source, SourceKind, SourceState
from onboarding.services import files, pushing
from tests import file_rows, rows

pytestmark = pytest.mark.django_db


def push(onboarding: Onboarding, content: bytes = b"payload", **wish: Any) -> Source:
    """Push a payload that lies in the vault."""
    deposited = file_rows.sealed(content)
    return pushing.push(
        onboarding=onboarding,
        payload_name=deposited.name,
        size=deposited.size,
        fingerprint=deposited.fingerprint,
        **{
            "key_name": "crm",
            "idempotency_key": "k-1",
            "row_count": 3,
            "bank_name": "Other Bank",
            "accounts": frozenset({"f" * 64}),
            "account_count": 1,
            **wish,
        },
    )


def test_pushed_data_joins_the_line_at_once(onboarding: Onboarding) -> None:
    source = push(onboarding)
    after = rows.again(source)
    assert (after.kind, after.state, after.file.format) == (SourceKind.UPLOAD, SourceState.QUEUED, FileFormat.PUSHED)
    assert (after.file.pushed_by, after.file.row_count, after.imported_accounts.count()) == ("crm", 3, 1)
    assert file_rows.in_vault() == {after.file.payload}
    assert rows.events(onboarding) == [EventName.FILE_RECEIVED]


def test_the_same_number_twice_is_one_source(onboarding: Onboarding) -> None:
    assert push(onboarding) == push(onboarding)
    assert len(file_rows.in_vault()) == 1


def test_the_same_number_with_other_data_is_refused(onboarding: Onboarding) -> None:
    push(onboarding)
    with pytest.raises(pushing.KeyReused):
        push(onboarding, b"other")
    assert len(file_rows.in_vault()) == 1


def test_the_same_data_under_another_number_is_the_source_that_has_it(onboarding: Onboarding) -> None:
    assert push(onboarding) == push(onboarding, idempotency_key="k-2")
    assert len(file_rows.in_vault()) == 1


def test_two_hosts_numbers_do_not_meet(onboarding: Onboarding) -> None:
    assert push(onboarding) != push(onboarding, b"other", key_name="books")


def test_nothing_is_taken_for_a_person_who_was_erased(onboarding: Onboarding) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())
    with pytest.raises(files.NotPossible):
        push(onboarding)
    assert file_rows.in_vault() == set()


def test_pushed_data_counts_among_the_open_files(onboarding: Onboarding) -> None:
    for _ in range(files.MAX_OPEN):
        file_rows.statement(onboarding)
    before = file_rows.in_vault()
    with pytest.raises(files.NotPossible):
        push(onboarding)
    assert file_rows.in_vault() == before
