"""Renewing the key of what is encrypted at rest."""

import io
import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from onboarding import resealing, sealing, vault
from onboarding.jobs.files import password_place
from onboarding.jobs.signin import signature_place
from onboarding.models import Onboarding, Source, SourceState
from tests import file_rows, rows
from tests.full_disk import files_of_at_most

pytestmark = pytest.mark.django_db

OLD, NEW = os.urandom(32), os.urandom(32)
LONG = b"planted" * 100_000


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"old": OLD}


@pytest.fixture
def sealed(onboarding: Onboarding) -> tuple[Source, Source]:
    """A bank with a sealed signature, and a statement with a sealed file and password."""
    bank = rows.source(onboarding, SourceState.QUEUED)
    statement = file_rows.statement(onboarding, SourceState.ASKING, content=LONG)
    password = sealing.seal("sesame", place=password_place(statement.pk))
    return bank, rows.change(statement, file__password=password)


def rotate(*words: str) -> str:
    said = io.StringIO()
    call_command("rotate_keys", *words, stdout=said)
    return said.getvalue()


def opened(sources: tuple[Source, Source]) -> tuple[str, str, bytes]:
    """Return what is sealed of them, as it is read now."""
    bank, statement = (rows.again(one) for one in sources)
    assert statement.file.stored_as
    return (
        sealing.unseal(bank.bank.signature, place=signature_place(bank.pk)),
        sealing.unseal(statement.file.password, place=password_place(statement.pk)),
        b"".join(vault.chunks(statement.file.stored_as)),
    )


WHOLE = (rows.SIGNATURE, "sesame", LONG)


def test_what_the_old_key_sealed_is_read_before_and_after(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    assert opened(sealed) == WHOLE
    assert "3 sealed anew with new" in rotate()
    assert opened(sealed) == WHOLE


def test_afterwards_nothing_needs_the_old_key_to_be_opened(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    rotate()
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW}
    assert opened(sealed) == WHOLE


def test_a_second_run_changes_nothing(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    rotate()
    before = rows.again(sealed[0]).bank.signature
    assert "0 sealed anew with new, 3 were already" in rotate()
    assert rows.again(sealed[0]).bank.signature == before


def test_a_missing_key_is_named_and_nothing_is_touched(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW}
    with pytest.raises(CommandError, match="3 sealed with the key 'old', which FIELD_ENCRYPTION_KEY does not hold"):
        rotate()
    settings.FIELD_ENCRYPTION_KEYS = {"old": OLD}
    assert opened(sealed) == WHOLE


def test_what_can_be_opened_is_sealed_anew_although_something_else_can_not(
    sealed: tuple[Source, Source], settings: Settings
) -> None:
    rows.change(sealed[0], bank__signature=sealing.seal("planted", place="elsewhere"))
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    with pytest.raises(CommandError, match="1 were changed or damaged"):
        rotate()
    assert resealing.sealed_with() == {"new": 2, "old": 1}


def test_a_row_that_was_wiped_meanwhile_stays_wiped(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    changes = list(resealing._sealed_texts())
    rows.change(sealed[0], bank__signature="")
    assert [change() for _, change in changes] == [False, True]
    assert rows.again(sealed[0]).bank.signature == ""


def test_a_file_that_was_forgotten_meanwhile_does_not_come_back(
    sealed: tuple[Source, Source], settings: Settings
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    name = rows.again(sealed[1]).file.stored_as
    assert name
    rows.change(sealed[1], file__stored_as=None)
    resealing._reseal_file(name)
    assert file_rows.in_vault() == set()


@pytest.mark.parametrize("before", ["stat", "keep"])
def test_a_file_that_is_deleted_while_it_is_sealed_anew_stops_nothing(
    sealed: tuple[Source, Source], settings: Settings, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    name = rows.again(sealed[1]).file.stored_as
    assert name
    place = {"stat": (vault, "_InPlace"), "keep": (vault._InPlace, "keep")}[before]
    doing = getattr(*place)

    def delete_and_do(*args: Any, **options: Any) -> Any:
        vault.delete(name)
        return doing(*args, **options)

    monkeypatch.setattr(*place, delete_and_do)
    rotate()
    assert resealing.sealed_with() == {"new": 2}
    assert file_rows.in_vault() == set()


def test_whoever_reads_a_file_meanwhile_reads_it_to_its_end(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    reading = vault.chunks(rows.again(sealed[1]).file.stored_as or "")
    first = next(reading)
    rotate()
    assert first + b"".join(reading) == LONG


def test_two_runs_at_once_are_one(sealed: tuple[Source, Source]) -> None:
    with vault.alone(), pytest.raises(CommandError, match="Another rotate_keys is running"):
        rotate()


def test_a_run_that_was_cut_off_is_no_hindrance(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    name = rows.again(sealed[1]).file.stored_as or ""
    vault._path(name).with_name(f"{name}.part").write_bytes(b"half")
    rotate()
    assert opened(sealed) == WHOLE


def test_on_a_full_disk_the_file_stays_as_it_was(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    with files_of_at_most(300_000), pytest.raises(CommandError, match="run it again"):
        rotate()
    assert opened(sealed) == WHOLE


def test_the_check_names_the_keys_that_are_still_needed(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    with pytest.raises(CommandError, match=r"Still needed: old\. Run rotate_keys"):
        rotate("--check")
    rotate()
    with pytest.raises(CommandError, match="Still needed: old, for digests"):
        rotate("--check")


def test_the_check_is_content_when_one_key_is_enough(sealed: tuple[Source, Source], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    rotate()
    Source.objects.update(file_fingerprint="")
    assert "new: 3 sealed" in rotate("--check")


def test_nothing_that_is_sealed_is_printed(sealed: tuple[Source, Source], settings: Settings, capsys: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    said = rotate() + "".join(capsys.readouterr())
    assert "planted" not in said
    assert "sesame" not in said
