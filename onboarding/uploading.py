"""Takes uploaded files straight into the vault: never a plain temporary file, never a whole one in memory."""

import logging
import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from onboarding import vault
from onboarding.guards import View
from onboarding.vault import Deposit, Deposited, NoRoom, TooLarge

log = logging.getLogger(__name__)

Limit = int | Callable[[], int]
LONGEST_NAME = 200
LONGEST_SUFFIX = 12
# What a form has beside its files: tokens, choices, and each part's heading.
OTHER_FIELDS_BYTES = 256 * 1024
PART_HEADING_BYTES = 4 * 1024


class SealedUpload(UploadedFile):  # type: ignore[type-arg]  # generic for the type checker only
    """A file that lies in the vault, or did not get there.

    ``original_name`` is for showing only. ``deposited`` is ``None`` for an empty file and for one that is too large.
    Get it by ``take_files``: the others are deleted when the request ends.
    """

    def __init__(
        self, *, name: str, size: int, deposited: Deposited | None, is_too_large: bool, content_type: str
    ) -> None:
        self.original_name = clean_name(name)
        super().__init__(file=None, name=self.original_name or "file", content_type=content_type, size=size)
        self.deposited = deposited
        self.is_too_large = is_too_large
        self.is_empty = size == 0
        self.is_taken = False

    def close(self) -> None:
        """Do nothing: the content is not open, whoever wants it reads it from the vault."""


class SealedUploadHandler(FileUploadHandler):
    """Write each file of a form into the vault while it arrives.

    ``most_bytes`` bounds each file; of more than ``most_files`` the others are passed over, ``too_many_files`` says
    so. Without ``has_room`` all are passed over. Nothing stays in the vault when the upload breaks off, nor when the
    disk runs full within it: the body is read to its end, and ``NoRoom`` raised.
    """

    chunk_size = vault.PIECE_BYTES

    def __init__(self, request: HttpRequest, *, most_bytes: int, most_files: int) -> None:
        super().__init__(request)
        self.has_room = vault.has_room(_declared_bytes(request))
        self.too_many_files = False
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._begun = 0
        self._deposit: Deposit | None = None
        self._is_too_large = False
        self._ran_full = False
        self._uploads: list[SealedUpload] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a deposit, or pass over a file that is one too many."""
        super().new_file(*args, **kwargs)
        if not self.has_room or self._ran_full:
            raise SkipFile
        if self._begun == self._most_files:
            self.too_many_files = True
            raise SkipFile
        self._begun += 1
        self._is_too_large = False
        try:
            self._deposit = vault.begin(most_bytes=self._most_bytes)
        except NoRoom as error:
            self._give_up()
            raise SkipFile from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a part of the file; of a file that is too large the rest is let pass, so that the form is answered."""
        if self._is_too_large or self._deposit is None:
            return
        try:
            self._deposit.write(raw_data)
        except TooLarge:
            self._is_too_large = True
        except NoRoom:
            self._give_up()

    def file_complete(self, file_size: int) -> SealedUpload | None:
        """Keep the file; there is none for a file that was passed over."""
        deposit, self._deposit = self._deposit, None
        if deposit is None:
            return None
        deposited = None
        if file_size and not self._is_too_large:
            try:
                deposited = deposit.keep()
            except NoRoom:
                self._give_up()
                return None
        deposit.discard()
        upload = SealedUpload(
            name=self.file_name or "",
            size=file_size,
            deposited=deposited,
            is_too_large=self._is_too_large,
            content_type=self.content_type or "",
        )
        self._uploads.append(upload)
        return upload

    def upload_complete(self) -> None:
        """Refuse the whole form when the disk ran full within it: part of a choice is not the choice."""
        if self._ran_full:
            raise NoRoom

    def _give_up(self) -> None:
        self._ran_full = True
        self.discard_unused()

    def upload_interrupted(self) -> None:
        """Refuse the whole form when its body ends within a file: part of a choice is not the choice."""
        if self._deposit is not None:
            self.discard_unused()
            raise UnreadablePostError("the upload broke off within a file")

    def discard_unused(self) -> None:
        """Delete whatever nobody took; a second time does nothing."""
        if self._deposit is not None:
            self._deposit.discard()
            self._deposit = None
        for upload in self._uploads:
            if upload.deposited is not None and not upload.is_taken:
                vault.delete(upload.deposited.name)
                upload.deposited = None


class NoFiles(FileUploadHandler):
    """Store no file of a form that asks for none: Django's own handlers would write whatever anybody sends to the disk.

    The default of the whole site (``FILE_UPLOAD_HANDLERS``); views that take files have ``sealed_uploads``.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is longer than any form without files."""
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("the body is longer than a form without files")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Pass over the file: it is read away and kept nowhere."""
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: every file is passed over."""

    def file_complete(self, file_size: int) -> None:
        """Never called: every file is passed over."""


def sealed_uploads(*, most_bytes: Limit, most_files: Limit) -> Callable[[View], View]:
    """Let a view take files: each up to ``most_bytes``, up to ``most_files`` of them (numbers, or what returns them).

    Stands innermost, under ``owned`` and ``live``: nothing of the body is read before those let through. They must not
    look at ``request.POST``. A body that can't be right is answered with 413 unread, and any with 503 while the vault
    or its disk has no room: the view sees no file then. The protection against forged forms works as everywhere:
    Django's way is to exempt the view, set the handler and protect what is inside (Django's documentation, "Modifying
    upload handlers on the fly").
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @wraps(view)
        def receiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return protected(request, *args, **kwargs)
            each, files = _number(most_bytes), _number(most_files)
            if _declared_bytes(request) > OTHER_FIELDS_BYTES + files * (each + PART_HEADING_BYTES):
                return render(request, "faults/too_large.html", status=413)
            handler = SealedUploadHandler(request, most_bytes=each, most_files=files)
            request.upload_handlers = [handler]
            try:
                answer = protected(request, *args, **kwargs)
            except NoRoom:
                log.error("an upload was refused: the disk of the upload folder is full")
                return render(request, "faults/no_room.html", status=503)
            finally:
                handler.discard_unused()
            if not handler.has_room and answer.status_code < 400:
                # The body was read to its end all the same: whoever still sends does not see an answer.
                return render(request, "faults/no_room.html", status=503)
            return answer

        return csrf_exempt(receiving)

    return decorate


def take_files(request: HttpRequest, field: str) -> list[SealedUpload]:
    """Return the files of a form's field in their order; they are the caller's from here on.

    The caller writes down where each lies or deletes it from the vault. Files that nobody took are deleted when the
    request ends, so a form that is refused (as forged, say) leaves nothing behind.
    """
    files = [each for each in request.FILES.getlist(field) if isinstance(each, SealedUpload)]
    for each in files:
        each.is_taken = True
    return files


def were_too_many(request: HttpRequest) -> bool:
    """Tell whether files were passed over because the form had too many of them."""
    return any(handler.too_many_files for handler in _handlers(request))


def discard_unused(request: HttpRequest) -> None:
    """Delete the request's files that nobody took; ``sealed_uploads`` does so at the end by itself."""
    for handler in _handlers(request):
        handler.discard_unused()


def clean_name(name: str) -> str:
    """Return a file's name fit for showing: no folders, one printable line of at most 200 characters, or ``""``."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    printable = " ".join("".join(sign if sign.isprintable() else " " for sign in last).split())
    if printable in (".", ".."):
        return ""
    stem, dot, suffix = printable.rpartition(".")
    if len(printable) <= LONGEST_NAME or not dot or len(suffix) > LONGEST_SUFFIX:
        return printable[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(suffix) - 1] + "." + suffix


def _handlers(request: HttpRequest) -> list[SealedUploadHandler]:
    return [handler for handler in request.upload_handlers if isinstance(handler, SealedUploadHandler)]


def _declared_bytes(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _number(limit: Limit) -> int:
    return limit if isinstance(limit, int) else limit()
