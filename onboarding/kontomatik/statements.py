"""Sending a PDF statement in either form of the interface, and reading what came of it ("PDF statements")."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from onboarding.kontomatik import replies, values, wire
from onboarding.kontomatik.door import Call, Files
from onboarding.kontomatik.errors import MAX_DETAILS, Garbled, KontomatikError, RefusedBecause, StatementRefused
from onboarding.kontomatik.records import ImportedAccount, StatementAnswer, StatementForm
from onboarding.kontomatik.strict_xml import MAX_DEPTH, StrictParser

PATHS = {
    StatementForm.XML: wire.STATEMENT_XML,
    StatementForm.JSON: wire.STATEMENT_JSON,
    StatementForm.JSON_TRUSTED: wire.STATEMENT_JSON_TRUSTED,
}
# The file's own name stays here: it may hold a person's name or account.
FILE_NAME = "statement.pdf"
PASSING_STATUSES = frozenset({401, 408, 425, 429})
_MEMBERS = {(group, member) for group, (member, _) in wire.ACCOUNT_GROUPS.items()}
_ACCOUNT_FIELDS = frozenset({"iban", "name", "friendlyName", *wire.STATEMENT_ACCOUNT_CURRENCIES})


@dataclass(slots=True)
class _Reading:
    """What is used of a reply to a statement, of either form."""

    found: bool = False
    statement_id: str | None = None
    is_consistent: bool | None = None
    failed: list[str] = field(default_factory=list)
    bank: str | None = None
    owner_external_id: str | None = None
    accounts: list[ImportedAccount] = field(default_factory=list)
    exception: str | None = None


def call(*, pdf: bytes, owner_external_id: str, form: StatementForm, password: str, accept_inconsistent: bool) -> Call:
    """Make the request that sends a statement."""
    files: Files = {wire.OWNER_PARAMETER: (None, owner_external_id)}
    if password:
        files[wire.STATEMENT_PASSWORD] = (None, password)
    if form is StatementForm.XML:
        if accept_inconsistent:
            files[wire.STATEMENT_ACCEPT_INCONSISTENT] = (None, "true")
        files[wire.STATEMENT_PDF_AS_TEXT] = (None, base64.b64encode(pdf).decode("ascii"))
    else:
        files[wire.STATEMENT_PDF_AS_FILE] = (FILE_NAME, pdf, "application/pdf")
    accept = "application/xml" if form is StatementForm.XML else "application/json"
    return Call("POST", PATHS[form], accept=accept, files=files, once=True, silent=True, refusal=refusal)


def refusal(status: int, body: bytes) -> KontomatikError | None:
    """Return the refusal of the file itself that a reply of this HTTP status carries, or ``None`` for another one."""
    if status in PASSING_STATUSES or status >= 500:
        return None
    try:
        if replies.is_markup(body):
            reading = _read_xml([body], max_bytes=len(body), status=status)
        else:
            reading = _read_json(body, status=status)
    except Garbled:
        return None
    return _refused(reading, status=status)


def read_answer(
    chunks: Iterable[bytes], *, max_bytes: int, form: StatementForm, status: int, accept_inconsistent: bool
) -> StatementAnswer:
    """Read a 2xx reply; raise ``StatementRefused`` or what its exception means, ``Garbled`` when it says neither.

    A file whose figures disagree counts as refused unless it was sent to be accepted all the same.
    """
    if form is StatementForm.XML:
        reading = _read_xml(chunks, max_bytes=max_bytes, status=status)
    else:
        reading = _read_json(b"".join(chunks), status=status)
    if reading.exception is not None or not reading.found:
        refused = _refused(reading, status=status)
        if refused is not None:
            raise refused
        if reading.exception is not None:
            raise replies.error_for(status=status, name=reading.exception, path=PATHS[form])
        raise Garbled("NoStatement", status=status)
    failed = tuple(reading.failed)
    if reading.is_consistent is False and not accept_inconsistent:
        raise StatementRefused(
            "Inconsistent", because=RefusedBecause.TAMPERED, failed_verifications=failed, status=status
        )
    return StatementAnswer(
        statement_id=reading.statement_id,
        is_consistent=reading.is_consistent,
        failed_verifications=failed,
        bank=reading.bank,
        owner_external_id=reading.owner_external_id,
        accounts=tuple(reading.accounts),
    )


def _refused(reading: _Reading, *, status: int) -> StatementRefused | None:
    name, failed = reading.exception, tuple(reading.failed)
    if failed:
        because = RefusedBecause.TAMPERED
    elif name is None or name in wire.ERROR_NAMES:
        return None
    else:
        letters = re.sub(r"[^a-z]", "", name.lower())
        rows = wire.STATEMENT_REFUSALS
        found = next((reason for reason, parts in rows if any(part in letters for part in parts)), None)
        if found is None:
            return None
        because = found
    return StatementRefused(name or "FailedVerifications", because=because, failed_verifications=failed, status=status)


def _keep_failed(failed: list[str], text: str) -> None:
    word = values.leading_word(text)
    if word not in failed and len(failed) < MAX_DETAILS:
        failed.append(word)


def _account(fields: dict[str, str]) -> ImportedAccount:
    currency = next((fields[name] for name in wire.STATEMENT_ACCOUNT_CURRENCIES if fields.get(name)), None)
    return ImportedAccount(
        iban=values.iban(fields.get("iban", "")) or None,
        name=values.line(fields.get("name") or fields.get("friendlyName") or "") or None,
        currency=currency,
    )


def _read_json(body: bytes, *, status: int) -> _Reading:
    read = replies.read_object(body, status=status)
    reading = _Reading(
        statement_id=replies.text_of(read, wire.STATEMENT_JSON_ID),
        is_consistent=values.flag(read.get(wire.STATEMENT_CONSISTENT)),
        owner_external_id=replies.text_of(read, wire.OWNER_PARAMETER),
    )
    bank = read.get(wire.STATEMENT_BANK_NAMES[0])
    holders = [(read, wire.STATEMENT_BANK_NAMES), (bank, wire.STATEMENT_JSON_BANK_NAMES)]
    texts = (replies.text_of(holder, name) for holder, names in holders for name in names)
    reading.bank = next((values.line(text) for text in texts if text), None)
    accounts = read.get(wire.STATEMENT_ACCOUNTS)
    if isinstance(accounts, list):
        known = [account for account in accounts if isinstance(account, dict)]
        for account in known[: replies.MAX_ACCOUNTS]:
            fields = {name: replies.text_of(account, name) or "" for name in _ACCOUNT_FIELDS}
            reading.accounts.append(_account(fields))
    for holder in (read, read.get("exception")):
        said = holder.get(wire.FAILED_VERIFICATIONS) if isinstance(holder, dict) else None
        for one in said if isinstance(said, list) else [said] if said else []:
            names = (replies.text_of(one, name) for name in wire.VERIFICATION_NAMES)
            _keep_failed(reading.failed, one if isinstance(one, str) else next((text for text in names if text), ""))
    reading.found = reading.statement_id is not None
    if not reading.found:
        reading.exception = replies.exception_name(body, status=status)
        # An answer without an id is one when it holds what a statement holds and nothing speaks against it.
        reading.found = not reading.failed and (reading.bank is not None or isinstance(accounts, list))
    return reading


def _read_xml(chunks: Iterable[bytes], *, max_bytes: int, status: int) -> _Reading:
    strict = StrictParser(max_bytes=max_bytes)
    reader = _XmlReader(strict)
    replies.feed_reader(strict, chunks, status=status)
    return reader.finish()


class _XmlReader:
    """expat's handlers for the reply to a statement."""

    def __init__(self, strict: StrictParser) -> None:
        self._reading = _Reading()
        self._strict = strict
        self._path: list[str] = []
        self._statement: dict[str, str] = {}
        self._account: dict[str, str] | None = None
        self._account_depth = 0
        self._failed_name: str | None = None
        self._texts: list[str] = []
        self._size = 0
        strict.expat.StartElementHandler = self._start
        strict.expat.EndElementHandler = self._end
        strict.expat.CharacterDataHandler = self._text

    def finish(self) -> _Reading:
        reading, fields = self._reading, self._statement
        reading.statement_id = fields.get(wire.STATEMENT_ID) or None
        reading.is_consistent = values.flag(fields.get(wire.STATEMENT_CONSISTENT))
        named = (values.line(fields.get(name, "")) for name in wire.STATEMENT_BANK_NAMES)
        reading.bank = next((text for text in named if text), None)
        return reading

    def _start(self, name: str, attributes: list[str]) -> None:
        path = self._path
        parent = path[-1] if path else ""
        path.append(name)
        depth = len(path)
        self._texts.clear()
        self._size = 0
        if depth > MAX_DEPTH:
            self._strict.refuse("elements are nested too deep")
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if depth == 1:
            if name != wire.ROOT:
                self._strict.refuse("the outermost element is not 'reply'")
            self._reading.owner_external_id = pairs.get(wire.OWNER_PARAMETER) or None
        elif depth == 2 and name == wire.STATEMENT:
            self._reading.found = True
            self._statement.update(pairs)
        elif name == "exception" and depth <= 3:
            self._reading.exception = values.word(pairs.get("name", ""))
        elif parent == wire.FAILED_VERIFICATIONS:
            self._failed_name = next((pairs[key] for key in wire.VERIFICATION_NAMES if pairs.get(key)), "")
        elif self._reading.found and name == wire.TARGET:
            self._statement.setdefault(wire.STATEMENT_BANK_NAMES[-1], pairs.get("officialName", ""))
        elif self._reading.found and self._account is None and (parent, name) in _MEMBERS:
            self._account, self._account_depth = {}, depth

    def _text(self, text: str) -> None:
        # What is longer than any value that is used is cut, not refused: it may be an element that is not known.
        if self._size < replies.MAX_VALUE:
            self._size += len(text)
            self._texts.append(text[: replies.MAX_VALUE])

    def _end(self, name: str) -> None:
        path = self._path
        depth = len(path)
        path.pop()
        text = "".join(self._texts).strip()
        parent = path[-1] if path else ""
        if parent == wire.FAILED_VERIFICATIONS:
            _keep_failed(self._reading.failed, self._failed_name or text)
        elif self._account is not None:
            if depth == self._account_depth + 1 and name in _ACCOUNT_FIELDS:
                self._account.setdefault(name, text)
            elif depth == self._account_depth:
                self._finish_account(self._account)
                self._account = None
        elif depth == 3 and path == [wire.ROOT, wire.STATEMENT] and text:
            self._statement.setdefault(name, text)
        self._texts.clear()
        self._size = 0

    def _finish_account(self, fields: dict[str, str]) -> None:
        if len(self._reading.accounts) >= replies.MAX_ACCOUNTS:
            self._strict.refuse("there are too many accounts")
        self._reading.accounts.append(_account(fields))
