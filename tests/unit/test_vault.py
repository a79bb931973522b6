"""The vault: sealed under random names, whole or not at all, and nothing left behind."""

import os
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from onboarding import vault
from onboarding.sealing import SealBroken
from tests.full_disk import files_of_at_most

OLD, NEW = b"o" * 32, b"n" * 32
PIECE = vault.PIECE_BYTES
SEALED_PIECE = PIECE + vault.TAG_BYTES
HEADER = len(vault.MAGIC) + 1 + len("k1") + vault.SALT_BYTES
ROOMY = 64 * 1024 * 1024


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FIELD_ENCRYPTION_KEYS = {"k1": OLD}
    settings.UPLOAD_FOLDER = str(tmp_path / "uploads" / "deep")
    return tmp_path / "uploads" / "deep"


def kept(content: bytes) -> vault.Deposited:
    with vault.begin(most_bytes=ROOMY) as deposit:
        deposit.write(content)
        return deposit.keep()


def whole(name: str) -> bytes:
    return b"".join(vault.chunks(name))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
def test_what_was_kept_is_read_again(size: int) -> None:
    content = os.urandom(size)
    deposited = kept(content)
    assert whole(deposited.name) == content
    assert deposited.size == size


@pytest.mark.usefixtures("folder")
@given(parts=st.lists(st.binary(max_size=3 * 1024).map(lambda part: part * 100), max_size=6))
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_makes_no_difference_in_which_parts_a_file_is_written(parts: list[bytes]) -> None:
    with vault.begin(most_bytes=ROOMY) as deposit:
        for part in parts:
            deposit.write(part)
        deposited = deposit.keep()
    assert whole(deposited.name) == b"".join(parts)
    assert deposited.fingerprint == kept(b"".join(parts)).fingerprint
    assert all(len(piece) <= PIECE for piece in vault.chunks(deposited.name))


def test_the_disk_holds_nothing_of_the_content(folder: Path) -> None:
    name = kept(b"planted-account-PL61109010140000071219812874" * 10_000).name
    assert b"planted" not in (folder / name).read_bytes()


def test_the_same_content_is_sealed_differently_each_time(folder: Path) -> None:
    first, second = kept(b"same"), kept(b"same")
    assert (folder / first.name).read_bytes()[-20:] != (folder / second.name).read_bytes()[-20:]


def test_only_the_owner_of_the_process_can_read_folder_and_files(folder: Path) -> None:
    name = kept(b"x").name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


@pytest.mark.usefixtures("folder")
def test_the_same_content_has_the_same_fingerprint_and_other_content_another() -> None:
    assert kept(b"same").fingerprint == kept(b"same").fingerprint
    assert kept(b"same").fingerprint != kept(b"other").fingerprint


@pytest.mark.usefixtures("folder")
def test_a_new_key_writes_while_the_old_one_still_opens_and_fingerprints(settings: Settings) -> None:
    before = kept(b"content")
    settings.FIELD_ENCRYPTION_KEYS = {"k2": NEW, "k1": OLD}
    after = kept(b"content")
    assert whole(before.name) == whole(after.name) == b"content"
    assert before.fingerprint == after.fingerprint


@pytest.mark.usefixtures("folder")
def test_without_its_key_a_file_does_not_open(settings: Settings) -> None:
    name = kept(b"content").name
    settings.FIELD_ENCRYPTION_KEYS = {"k2": NEW}
    with pytest.raises(SealBroken, match="k1"):
        whole(name)


@pytest.mark.usefixtures("folder")
def test_with_another_key_of_the_same_id_a_file_does_not_open(settings: Settings) -> None:
    name = kept(b"content").name
    settings.FIELD_ENCRYPTION_KEYS = {"k1": NEW}
    with pytest.raises(SealBroken):
        whole(name)


def swapped(sealed: bytes) -> bytes:
    first, second = HEADER + SEALED_PIECE, HEADER + 2 * SEALED_PIECE
    return sealed[:HEADER] + sealed[first:second] + sealed[HEADER:first] + sealed[second:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "one bit of the content": lambda sealed: sealed[:5000] + bytes([sealed[5000] ^ 1]) + sealed[5001:],
    "one bit of the salt": lambda sealed: sealed[:10] + bytes([sealed[10] ^ 1]) + sealed[11:],
    "another key id": lambda sealed: sealed.replace(b"k1", b"k9", 1),
    "another beginning": lambda sealed: b"PDF" + sealed[3:],
    "the last byte cut": lambda sealed: sealed[:-1],
    "the last piece cut": lambda sealed: sealed[: HEADER + 2 * SEALED_PIECE],
    "all pieces cut": lambda sealed: sealed[:HEADER],
    "cut within the header": lambda sealed: sealed[: HEADER - 3],
    "nothing": lambda sealed: b"",
    "the first piece missing": lambda sealed: sealed[:HEADER] + sealed[HEADER + SEALED_PIECE :],
    "two pieces swapped": swapped,
    "the last piece twice": lambda sealed: sealed + sealed[HEADER + 2 * SEALED_PIECE :],
    "a byte more": lambda sealed: sealed + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_was_changed_does_not_open(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    name = kept(os.urandom(2 * PIECE + 10)).name
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SealBroken):
        whole(name)


def test_a_file_does_not_open_under_the_name_of_another(folder: Path) -> None:
    first, second = kept(b"first"), kept(b"second")
    (folder / first.name).replace(folder / second.name)
    with pytest.raises(SealBroken):
        whole(second.name)


def test_more_than_allowed_is_refused_and_leaves_nothing(folder: Path) -> None:
    deposit = vault.begin(most_bytes=10)
    deposit.write(b"0123456789")
    with pytest.raises(vault.TooLarge):
        deposit.write(b"0")
    assert list(folder.iterdir()) == []


def test_a_full_disk_passes_as_such_and_leaves_nothing(folder: Path) -> None:
    deposit = vault.begin(most_bytes=ROOMY)
    with files_of_at_most(PIECE), pytest.raises(OSError, match="large"):
        deposit.write(b"x" * 3 * PIECE)
    assert list(folder.iterdir()) == []


def test_a_disk_that_is_full_from_the_beginning_leaves_nothing(folder: Path) -> None:
    with files_of_at_most(3), pytest.raises(OSError, match="large"):
        vault.begin(most_bytes=ROOMY)
    assert list(folder.iterdir()) == []


def test_a_disk_that_is_full_at_the_end_leaves_nothing_either(folder: Path) -> None:
    deposit = vault.begin(most_bytes=ROOMY)
    deposit.write(b"x" * PIECE)
    with files_of_at_most(100), pytest.raises(OSError, match="large"):
        deposit.keep()
    assert list(folder.iterdir()) == []


def test_a_deposit_that_is_left_without_keeping_leaves_nothing(folder: Path) -> None:
    with vault.begin(most_bytes=10) as deposit:
        deposit.write(b"x")
    assert list(folder.iterdir()) == []


def test_a_deposit_is_not_found_by_its_name_before_it_is_kept(folder: Path) -> None:
    with vault.begin(most_bytes=10) as deposit:
        deposit.write(b"x")
        (name,) = (name for name, _ in vault.names())
        with pytest.raises(vault.Gone):
            whole(name)


@pytest.mark.usefixtures("folder")
def test_discarding_after_keeping_changes_nothing() -> None:
    deposit = vault.begin(most_bytes=10)
    deposit.write(b"x")
    deposited = deposit.keep()
    deposit.discard()
    assert whole(deposited.name) == b"x"


@pytest.mark.usefixtures("folder")
def test_nothing_is_written_to_a_deposit_that_has_ended() -> None:
    deposit = vault.begin(most_bytes=10)
    deposit.discard()
    with pytest.raises(ValueError, match="ended"):
        deposit.write(b"x")
    with pytest.raises(ValueError, match="ended"):
        deposit.keep()


@pytest.mark.usefixtures("folder")
def test_a_deleted_file_is_gone_and_deleting_again_is_fine() -> None:
    name = kept(b"x").name
    vault.delete(name)
    vault.delete(name)
    with pytest.raises(vault.Gone):
        whole(name)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name", ["", "../" + "a" * 29, "a" * 31, "A" * 32, "a" * 32 + "\n", "/etc/passwd", "a" * 32 + ".part"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        whole(name)
    with pytest.raises(ValueError, match="32 hex digits"):
        vault.delete(name)


def test_the_names_are_those_of_kept_and_of_unfinished_files_and_of_nothing_else(folder: Path) -> None:
    name = kept(b"x").name
    (folder / "README").write_text("not ours")
    deposit = vault.begin(most_bytes=10)
    listed = dict(vault.names())
    assert len(listed) == 2
    assert listed[name] == (folder / name).stat().st_mtime
    for each in listed:
        vault.delete(each)
    assert [path.name for path in folder.iterdir()] == ["README"]
    deposit.discard()


@pytest.mark.usefixtures("folder")
def test_a_large_file_is_never_in_memory_as_a_whole() -> None:
    tracemalloc.start()
    try:
        with vault.begin(most_bytes=ROOMY) as deposit:
            for _ in range(512):
                deposit.write(bytes(64 * 1024))
            name = deposit.keep().name
        size = sum(len(piece) for piece in vault.chunks(name))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 32 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


def test_room_is_what_the_files_of_all_people_leave(folder: Path, settings: Settings) -> None:
    settings.UPLOAD_FOLDER_MAX_BYTES = 3 * PIECE
    assert vault.has_room(3 * PIECE)
    kept(bytes(PIECE))
    with vault.begin(most_bytes=ROOMY) as unfinished:
        unfinished.write(bytes(PIECE + 1))
        assert vault.has_room(PIECE - 1000)
        assert not vault.has_room(PIECE)
    assert vault.has_room(PIECE)
