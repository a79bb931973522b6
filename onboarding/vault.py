"""Files of people, encrypted at rest: written once under a random name, read in pieces, deleted.

A file is a header and pieces of one size, each sealed with AES-GCM under a key of this file's own (HKDF from the
first of ``FIELD_ENCRYPTION_KEYS``, a random salt and the name). A piece's nonce holds its number and whether it is the
last one, so a piece that is missing, moved, repeated or taken from another file is noticed. This is the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015).
"""

import errno
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from onboarding.sealing import SealBroken

MAGIC = b"OBV1"
SALT_BYTES = 16
PIECE_BYTES = 256 * 1024
TAG_BYTES = 16
UNFINISHED = ".part"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A disk without room, a quota that is used up, a file longer than this process may write."""
NAME = re.compile(r"[0-9a-f]{32}")


class TooLarge(Exception):
    """Say that more was written than the deposit may hold."""


class NoRoom(OSError):
    """Say that the disk is full."""


class Gone(Exception):
    """Say that there is no file of this name: deleted, expired or never there."""


@dataclass(frozen=True, slots=True)
class Deposited:
    """A file in the vault: its name (32 hex digits), its plain size in bytes, and a keyed digest of its content."""

    name: str
    size: int
    fingerprint: str


class Deposit:
    """One file on its way into the vault; end it with ``keep`` or ``discard`` (leaving ``with`` discards)."""

    def __init__(self, *, most_bytes: int, name: str = "") -> None:
        self._most_bytes = most_bytes
        self._name = name or secrets.token_hex(16)
        self._unfinished = _folder() / (self._name + UNFINISHED)
        self._rest = bytearray()
        self._number = 0
        self._size = 0
        self._digest = _content_digest()
        key_id, key = next(iter(settings.FIELD_ENCRYPTION_KEYS.items()))
        salt = os.urandom(SALT_BYTES)
        self._header = _header(key_id, salt)
        self._seal = _piece_cipher(key, salt, self._name)
        with _naming_a_full_disk():
            self._file: FileIO | None = FileIO(self._unfinished, "xb", opener=_open_new)
        self._put(self._header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def write(self, content: bytes) -> int:
        """Add plain bytes; return their number, as files do.

        Raises ``TooLarge`` beyond the limit, ``NoRoom`` when the disk is full and ``OSError`` for what else is wrong
        with it; nothing stays behind then.
        """
        self._open_file()
        self._size += len(content)
        if self._size > self._most_bytes:
            self.discard()
            raise TooLarge
        self._digest.update(content)
        self._rest += content
        # The last piece is sealed as such, so one full piece is always held back.
        while len(self._rest) > PIECE_BYTES:
            self._put_piece(bytes(self._rest[:PIECE_BYTES]), is_last=False)
            del self._rest[:PIECE_BYTES]
        return len(content)

    def keep(self) -> Deposited:
        """Seal the end, bring everything to the disk and give the file its name; raise like ``write``."""
        self._put_piece(bytes(self._rest), is_last=True)
        file = self._open_file()
        try:
            with _naming_a_full_disk():
                os.fsync(file.fileno())
                self._unfinished.rename(self._unfinished.with_name(self._name))
                _sync_folder(self._unfinished.parent)
        except OSError:
            self.discard()
            raise
        file.close()
        self._file = None
        return Deposited(name=self._name, size=self._size, fingerprint=self._digest.hexdigest())

    def discard(self) -> None:
        """Forget the file; after ``keep`` or a second time this does nothing."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        self._rest.clear()
        self._forget()

    def _forget(self) -> None:
        delete(self._name)

    def _open_file(self) -> FileIO:
        if self._file is None:
            raise ValueError("the deposit has ended")
        return self._file

    def _put_piece(self, plain: bytes, *, is_last: bool) -> None:
        self._put(self._seal.encrypt(_nonce(self._number, is_last=is_last), plain, self._header))
        self._number += 1

    def _put(self, sealed: bytes) -> None:
        file = self._open_file()
        view = memoryview(sealed)
        try:
            with _naming_a_full_disk():
                while view:
                    view = view[file.write(view) :]
        except OSError:
            self.discard()
            raise


@contextmanager
def _naming_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(error.errno, error.strerror) from error
        raise


class _InPlace(Deposit):
    """A deposit that takes the place of a file that is there; given up, it leaves that one as it is."""

    def __init__(self, name: str, *, most_bytes: int) -> None:
        # Left behind by a run that was cut off; two at once are kept apart by ``alone``.
        _path(name).with_name(name + UNFINISHED).unlink(missing_ok=True)
        super().__init__(most_bytes=most_bytes, name=name)

    def _forget(self) -> None:
        self._unfinished.unlink(missing_ok=True)


def key_of(name: str) -> str:
    """Return the id of the key that a file was sealed with; raise ``Gone`` or ``SealBroken`` like ``chunks``."""
    try:
        with _path(name).open("rb") as file:
            return _read_header(file)[0]
    except FileNotFoundError as error:
        raise Gone from error


def reseal(name: str) -> None:
    """Seal a file anew with the first key, in its place: whoever reads it meanwhile reads on in the old one.

    Raises like ``chunks``, and ``NoRoom`` when the disk is full; the file stays as it was then.
    """
    try:
        size = _path(name).stat().st_size
        with _InPlace(name, most_bytes=size) as deposit:
            for chunk in chunks(name):
                deposit.write(chunk)
            deposit.keep()
    except FileNotFoundError as error:
        # Deleted meanwhile, and what was to take its place with it.
        raise Gone from error


@contextmanager
def alone() -> Iterator[None]:
    """Let one process alone work on all files; raise ``BlockingIOError`` when another one does."""
    descriptor = os.open(_folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def begin(*, most_bytes: int) -> Deposit:
    """Open a new file for writing; ``most_bytes`` is the most that its plain content may have."""
    return Deposit(most_bytes=most_bytes)


def has_room(size: int) -> bool:
    """Tell whether ``size`` more bytes of people's files fit under ``UPLOAD_FOLDER_MAX_MB``.

    Asked before files are let in. What comes in at the same moment is not counted yet, and what a worker makes of
    files that are in is never refused, or they could not be finished: the folder may grow beyond by as much.
    """
    with os.scandir(_folder()) as entries:
        used = 0
        for entry in entries:
            with suppress(FileNotFoundError):
                used += entry.stat(follow_symlinks=False).st_size
    return used + size <= settings.UPLOAD_FOLDER_MAX_BYTES


def chunks(name: str) -> Iterator[bytes]:
    """Give a file's plain content piece by piece (at most 256 KiB each).

    Raises ``Gone`` when there is no such file, and ``SealBroken`` when it was changed, cut, or sealed with a key that
    is no longer there. A piece that was given is authentic; that the file is whole is known only at the end.
    """
    path = _path(name)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise Gone from error
    with file:
        key_id, salt = _read_header(file)
        key = settings.FIELD_ENCRYPTION_KEYS.get(key_id)
        if key is None:
            raise SealBroken(f"sealed with key {key_id[:16]!r}, which FIELD_ENCRYPTION_KEY does not hold")
        cipher = _piece_cipher(key, salt, name)
        header = _header(key_id, salt)
        number = 0
        sealed = file.read(PIECE_BYTES + TAG_BYTES)
        while True:
            following = file.read(PIECE_BYTES + TAG_BYTES)
            try:
                plain = cipher.decrypt(_nonce(number, is_last=not following), sealed, header)
            except InvalidTag as error:
                raise SealBroken(f"piece {number} of a file was changed, cut or moved") from error
            if plain:
                yield plain
            if not following:
                return
            sealed = following
            number += 1


def delete(name: str) -> None:
    """Delete a file, finished or not; one that is not there is fine."""
    path = _path(name)
    for each in (path, path.with_name(name + UNFINISHED)):
        with suppress(FileNotFoundError):
            each.unlink()


def names() -> Iterator[tuple[str, float]]:
    """Give the name and the time of the last change (seconds since 1970) of every file, unfinished ones too."""
    with os.scandir(_folder()) as entries:
        for entry in entries:
            name = entry.name.removesuffix(UNFINISHED)
            if NAME.fullmatch(name):
                with suppress(FileNotFoundError):
                    yield name, entry.stat(follow_symlinks=False).st_mtime


def _folder() -> Path:
    folder = Path(settings.UPLOAD_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ValueError("a name in the vault has 32 hex digits")
    return _folder() / name


def _open_new(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _header(key_id: str, salt: bytes) -> bytes:
    encoded = key_id.encode()
    return MAGIC + bytes([len(encoded)]) + encoded + salt


def _read_header(file: BinaryIO) -> tuple[str, bytes]:
    start = file.read(len(MAGIC) + 1)
    if len(start) != len(MAGIC) + 1 or start[:-1] != MAGIC:
        raise SealBroken("a file does not begin like one of the vault")
    key_id = file.read(start[-1])
    salt = file.read(SALT_BYTES)
    if len(key_id) != start[-1] or len(salt) != SALT_BYTES:
        raise SealBroken("a file ends within its header")
    return key_id.decode(errors="replace"), salt


def _piece_cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"onboarding.vault|" + name.encode()).derive(key)
    return AESGCM(derived)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _content_digest() -> hmac.HMAC:
    # The last key is the oldest: a new first key must not make the same file look like another one.
    oldest = list(settings.FIELD_ENCRYPTION_KEYS.values())[-1]
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"onboarding.vault.fingerprint").derive(oldest)
    return hmac.new(key, digestmod=hashlib.sha256)
