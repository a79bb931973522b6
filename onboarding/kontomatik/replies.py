"""Reading the vendor's small replies (and a command's, which may be large) and choosing the error to raise."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from onboarding.kontomatik import values, wire
from onboarding.kontomatik.errors import (
    Garbled,
    KontomatikError,
    Misconfigured,
    NoSuchCommand,
    NoSuchOwner,
    Unavailable,
    VendorFault,
)
from onboarding.kontomatik.records import ImportedAccount, Redirection, SignInState, SignInStatus
from onboarding.kontomatik.strict_xml import MAX_DEPTH, StrictParser, XmlRefused

MAX_VALUE = 8192
MAX_ACCOUNTS = 10_000
MAX_PATIENCE = 3600

_EXCEPTION_PATHS = (("reply", "exception"), ("reply", "command", "exception"))
_RESULT = ("reply", "command", "result")
_MEMBERS = {(group, member) for group, (member, _) in wire.ACCOUNT_GROUPS.items()}
_ACCOUNT_FIELDS = frozenset({"iban", "name", "friendlyName", "currencyName"})


@dataclass(slots=True)
class Reply:
    """What is used of one XML reply."""

    owner_external_id: str | None = None
    command: dict[str, str] | None = None
    exception: str | None = None
    accounts: list[ImportedAccount] = field(default_factory=list)


class _ReplyReader:
    """expat's handlers for a ``reply``: its attributes, its command, its exception, the accounts of a result."""

    def __init__(self, strict: StrictParser) -> None:
        self.reply = Reply()
        self._strict = strict
        self._path: list[str] = []
        self._account: dict[str, str] | None = None
        self._texts: list[str] = []
        strict.expat.StartElementHandler = self._start
        strict.expat.EndElementHandler = self._end

    def _start(self, name: str, attributes: list[str]) -> None:
        path = self._path
        path.append(name)
        depth = len(path)
        if depth > MAX_DEPTH:
            self._strict.refuse("elements are nested too deep")
        if self._account is not None:
            if depth == 6 and name in _ACCOUNT_FIELDS:
                self._texts.clear()
                self._strict.expat.CharacterDataHandler = self._text
            return
        if depth > 5:
            return
        if depth == 1:
            if name != wire.ROOT:
                self._strict.refuse("the outermost element is not 'reply'")
            self.reply.owner_external_id = _pairs(attributes).get(wire.OWNER_PARAMETER)
        elif path == ["reply", "command"]:
            self.reply.command = _pairs(attributes)
        elif tuple(path) in _EXCEPTION_PATHS:
            self.reply.exception = values.word(_pairs(attributes).get("name", ""))
        elif depth == 5 and tuple(path[:3]) == _RESULT and (path[3], name) in _MEMBERS:
            self._account = {}

    def _text(self, text: str) -> None:
        self._texts.append(text)
        if sum(map(len, self._texts)) > MAX_VALUE:
            self._strict.refuse("a text is too long")

    def _end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if self._account is None:
            return
        if depth == 6 and name in _ACCOUNT_FIELDS:
            self._strict.expat.CharacterDataHandler = None
            self._account.setdefault(name, values.line("".join(self._texts)))
        elif depth == 5:
            self._finish_account(self._account)
            self._account = None

    def _finish_account(self, fields: Mapping[str, str]) -> None:
        if len(self.reply.accounts) >= MAX_ACCOUNTS:
            self._strict.refuse("there are too many accounts")
        self.reply.accounts.append(
            ImportedAccount(
                iban=values.iban(fields.get("iban", "")) or None,
                name=fields.get("name") or fields.get("friendlyName") or None,
                currency=fields.get("currencyName") or None,
            )
        )


def _pairs(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


def feed_reader(strict: StrictParser, chunks: Iterable[bytes], *, status: int) -> None:
    """Feed a whole document to the handlers that stand at the parser, then let go of them.

    Raises ``Garbled`` for anything but a reply.
    """
    refused = False
    try:
        for chunk in chunks:
            strict.feed(chunk)
        strict.finish()
    except XmlRefused:
        refused = True
    finally:
        strict.close()
    # Raised out here, so that no chain carries what the parser knew.
    if refused:
        raise Garbled("NotAReply", status=status)


def read_reply(chunks: Iterable[bytes], *, max_bytes: int, status: int) -> Reply:
    """Read an XML ``reply`` from its bytes; raise ``Garbled`` for anything else, naming what it was."""
    strict = StrictParser(max_bytes=max_bytes)
    reader = _ReplyReader(strict)
    feed_reader(strict, chunks, status=status)
    return reader.reply


def read_object(body: bytes, *, status: int) -> dict[str, Any]:
    """Read a JSON object, numbers as the text that was sent; raise ``Garbled`` for anything else."""
    try:
        # Numbers stay text: an id must come back exactly as it was written.
        read = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Garbled("NotAnObject", status=status)
    return read


def text_of(holder: object, name: str) -> str | None:
    """Return a text that an object holds under a name, if it holds one that is neither blank nor very long."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) and value.strip() and len(value) <= MAX_VALUE else None


def redirection(body: bytes, *, status: int, may_lead_to: Callable[[str], bool]) -> Redirection:
    """Read the reply to a new sign-in ("SignIn Redirection", step 2).

    Raises ``Garbled`` without an id, or when ``may_lead_to`` says that no browser may be sent to the link.
    """
    read = read_object(body, status=status)
    redirection_id, link = text_of(read, wire.REDIRECTION_ID), text_of(read, wire.REDIRECTION_LINK)
    if redirection_id is None or link is None:
        raise Garbled("NoRedirection", status=status)
    if not may_lead_to(link):
        raise Garbled("UnusableLink", status=status)
    return Redirection(redirection_id=redirection_id, link=link)


def signin_status(body: bytes, *, status: int) -> SignInStatus:
    """Read what became of a sign-in ("SignIn Redirection", step 5): in doubt it is not finished yet.

    A failure's word is the exception's name, or the known part of a status that says so (``expired``, ``cancel``).
    """
    read = read_object(body, status=status)
    params = read.get(wire.PARAMS_FIELD)
    session_id, signature = text_of(params, wire.SESSION_ID), text_of(params, wire.SESSION_SIGNATURE)
    if session_id is not None and signature is not None:
        return SignInStatus(
            state=SignInState.SIGNED_IN,
            session_id=session_id,
            session_signature=signature,
            target=text_of(params, wire.SIGNED_IN_TARGET),
            official_name=text_of(params, wire.SIGNED_IN_OFFICIAL_NAME),
        )
    failure = _signin_failure(params, text_of(read, wire.STATUS_FIELD))
    if failure is None:
        return SignInStatus(state=SignInState.PENDING)
    return SignInStatus(
        state=SignInState.FAILED,
        target=text_of(params, wire.SIGNED_IN_TARGET),
        official_name=text_of(params, wire.SIGNED_IN_OFFICIAL_NAME),
        failure=failure,
    )


def _signin_failure(params: object, status_word: str | None) -> str | None:
    exception = params.get(wire.SIGNIN_EXCEPTION) if isinstance(params, dict) else None
    if isinstance(exception, dict):
        exception = exception.get("name") or "Unnamed"
    if isinstance(exception, str) and exception.strip():
        return values.word(exception.strip())
    lowered = (status_word or "").lower()
    return next((word for word in wire.FAILED_SIGNIN_WORDS if word in lowered), None)


def exception_name(body: bytes, *, status: int) -> str | None:
    """Return the error's name that a refusal carries, in XML or JSON, or ``None``."""
    try:
        if is_markup(body):
            return read_reply([body], max_bytes=len(body), status=status).exception
        read = read_object(body, status=status)
    except Garbled:
        return None
    for path in wire.EXCEPTION_NAME_PATHS:
        holder: Any = read
        for step in path[:-1]:
            holder = holder.get(step) if isinstance(holder, dict) else None
        name = text_of(holder, path[-1])
        if name is not None:
            return values.word(name.replace("-", "_"))
    return None


def is_markup(body: bytes) -> bool:
    """Tell whether a body is XML (or a web page) rather than JSON."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that ``Retry-After`` asks for, at most an hour, or ``None``.

    A date in it is measured from the reply's own ``Date``, so that our clock need not agree with theirs.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(int(text), MAX_PATIENCE)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0, min(int(wait.total_seconds()), MAX_PATIENCE))


def error_for(*, status: int, name: str | None, wait: int | None = None, path: str | None = None) -> KontomatikError:
    """Choose the error for a refusal ("Error names" of the wire contract).

    ``path`` is the address's template in ``wire``; ``wait`` are the seconds of ``Retry-After``. A 5xx whose name is
    not known is ``Unavailable`` for every call. That holds for the start of an import too: a second start of one
    session is refused by the vendor (``DefaultImportAlreadyExecuted``), so repeating it is harmless.
    """
    if path == wire.COMMAND and name == wire.COMMAND_GONE:
        return NoSuchCommand(name, status=status)
    if path == wire.AGGREGATE and (status, name) in wire.NO_SUCH_OWNER:
        return NoSuchOwner(name or "", status=status)
    if status == 401:
        return Misconfigured(name or "Unauthorized", status=status)
    group = wire.ERROR_NAMES.get(name or "")
    if group is not None and group is not Unavailable:
        return group(name or "", status=status)
    if group is Unavailable or status >= 500 or status in {408, 425, 429}:
        return Unavailable(name or f"Http{status}", status=status, retry_after=wait)
    if name is not None:
        return VendorFault(name, status=status)
    return Misconfigured(f"Http{status}", status=status)
