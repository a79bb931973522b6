"""The one door to the vendor's HTTP interface.

Sharing: a ``Client`` may be used by many threads. Its session is set up once and never changed afterwards, keeps no
cookie, and takes connections from urllib3's pool, which is made for threads; what belongs to one call lives in that
call. Make it in the process that uses it: connections must not be shared across a fork.

Errors: every call raises the family in ``errors`` and nothing of requests or urllib3, whose exceptions hold
addresses (with ids in them), headers (with the key) and bodies. Ours are raised without a chain, so that none of it
reaches a log.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, BinaryIO, cast

import requests

from onboarding.kontomatik import catalogs, replies, statements, uploads, wire
from onboarding.kontomatik.breaker import Breaker
from onboarding.kontomatik.door import Answer, Call, Door
from onboarding.kontomatik.errors import Garbled, NoSuchOwner
from onboarding.kontomatik.links import HOSTS, Links
from onboarding.kontomatik.observed import Observer, Watch, Watched, watched
from onboarding.kontomatik.records import (
    CatalogTarget,
    CommandState,
    CommandStatus,
    Redirection,
    SignInStatus,
    StartedImport,
    StatementAnswer,
    StatementForm,
    UploadAnswer,
)

MEBIBYTE = 1024 * 1024
IN_MEMORY = MEBIBYTE
PROGRESS_EVERY = 1.0


class Client(Watched):
    """Ask the vendor, wait a bounded time, answer with records or one error of the family.

    Arguments: ``base_url`` absolute, ``api_key`` as issued; times in seconds (``connect_timeout`` for each address of
    the host, ``read_timeout`` the longest silence, the deadlines for a whole call however its bytes trickle); sizes in
    bytes after decompression; ``link_hosts`` are those to which the vendor may send people beside its own (``*.`` for
    all names below); ``session`` for a proxy or an own certificate store; ``clock`` counts seconds upwards;
    ``observer`` is told of every call that has ended; ``breaker`` leaves the service alone while it gives no answer,
    one for all clients of a process (without it the client has one of its own).

    Raises ``ValueError`` for a base address, key or session that can't be used. Every call may raise ``Unavailable``,
    ``Misconfigured``, ``Garbled``, ``VendorFault``, and what the error's name says ("Error names" of the contract).
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        deadline: float = 30.0,
        aggregate_deadline: float = 300.0,
        statement_deadline: float = 60.0,
        upload_deadline: float = 60.0,
        max_reply_bytes: int = MEBIBYTE,
        max_command_bytes: int = 64 * MEBIBYTE,
        max_aggregate_bytes: int = 256 * MEBIBYTE,
        max_statement_bytes: int = 16 * MEBIBYTE,
        max_catalog_bytes: int = 16 * MEBIBYTE,
        link_hosts: Iterable[str] = HOSTS,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        observer: Observer | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._watch = Watch(observer, clock)
        self._door = Door(
            base_url=base_url,
            api_key=api_key,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            max_refusal_bytes=max_reply_bytes,
            session=session,
            clock=clock,
            breaker=breaker or Breaker(),
        )
        self._links = Links(base_url=base_url, hosts=link_hosts)
        self._deadline = deadline
        self._aggregate_deadline = aggregate_deadline
        self._statement_deadline = statement_deadline
        self._upload_deadline = upload_deadline
        self._max_reply_bytes = max_reply_bytes
        self._max_command_bytes = max_command_bytes
        self._max_aggregate_bytes = max_aggregate_bytes
        self._max_statement_bytes = max_statement_bytes
        self._max_catalog_bytes = max_catalog_bytes
        self._clock = clock

    def close(self) -> None:
        """Close the connections that wait in the pool; the next call opens new ones."""
        self._door.close()

    @watched
    def begin_signin(
        self, *, redirect_uri: str, owner_external_id: str, country: str, locale: str, target: str | None = None
    ) -> Redirection:
        """Open a hosted sign-in ("SignIn Redirection", steps 1 and 2).

        ``country`` and ``locale`` are the vendor's two letters (``cz``, not ``cs``); ``target`` pre-selects a bank.
        A lost answer is ``Unavailable``: another sign-in may be opened, an unused one ends by itself.
        """
        fields: dict[str, Any] = {
            "redirectUri": redirect_uri,
            wire.OWNER_PARAMETER: owner_external_id,
            "country": country,
            "locale": locale,
            "psd2": wire.ACCESS_MODE,
        }
        if target is not None:
            fields[wire.TARGET_FIELD] = target
        call = Call("POST", wire.SIGNIN_REDIRECTION, accept="application/json", json=fields)
        with self._door.open(call, deadline=self._deadline) as answer:
            body = answer.body(self._max_reply_bytes)
        return replies.redirection(body, status=answer.status, may_lead_to=self._links.allow)

    @watched
    def signin_status(self, *, redirection_id: str) -> SignInStatus:
        """Say what became of a sign-in ("SignIn Redirection", step 5)."""
        params = {wire.REDIRECTION_PARAMETER: redirection_id}
        call = Call("GET", wire.SIGNIN_STATUS, accept="application/json", params=params)
        with self._door.open(call, deadline=self._deadline) as answer:
            body = answer.body(self._max_reply_bytes)
        return replies.signin_status(body, status=answer.status)

    @watched
    def start_import(self, *, session_id: str, session_signature: str, since: date) -> StartedImport:
        """Start a session's one import ("Default import"); the caller compares the owner id in the answer.

        Raises ``Unavailable`` when the request surely never left, or when the vendor answered with a 5xx; a second
        start is refused by the vendor, so it may be repeated. Raises ``OutcomeUnknown`` when it may have arrived and no
        readable answer came back: watch the aggregate.
        """
        form = {
            wire.SESSION_ID: session_id,
            wire.SESSION_SIGNATURE: session_signature,
            "since": since.isoformat(),
        }
        call = Call("POST", wire.DEFAULT_IMPORT, form=form, once=True)
        return self._door.ask_once(call, deadline=self._deadline, read=self._started)

    def _started(self, answer: Answer) -> StartedImport:
        reply = answer.reply(self._max_reply_bytes)
        command_id = (reply.command or {}).get("id", "")
        if not command_id.strip():
            raise Garbled("NoCommand", status=answer.status)
        return StartedImport(command_id=command_id, owner_external_id=reply.owner_external_id)

    @watched
    def command(self, *, command_id: str) -> CommandStatus:
        """Say where an import stands; of a finished one's result only the accounts' identities are kept.

        Raises ``NoSuchCommand`` when the vendor no longer knows it. A state that is not known counts as running.
        """
        call = Call("GET", wire.COMMAND, command_id=command_id)
        with self._door.open(call, deadline=self._deadline) as answer:
            reply = answer.reply(self._max_command_bytes)
            if reply.command is None:
                raise Garbled("NoCommand", status=answer.status)
        word = reply.command.get("state", "")
        if word in wire.FAILED_STATES:
            state, failure = CommandState.FAILED, reply.exception or "Unnamed"
        else:
            state, failure = CommandState.RUNNING, None
            if word in wire.SUCCESSFUL_STATES:
                state = CommandState.SUCCESSFUL
        return CommandStatus(
            state=state,
            target=reply.command.get("target") or None,
            institution=reply.command.get("institution") or None,
            failure=failure,
            accounts=tuple(reply.accounts),
        )

    @contextmanager
    def aggregate(
        self, *, owner_external_id: str, on_progress: Callable[[int], None] | None = None
    ) -> Iterator[BinaryIO]:
        """Fetch everything held under an owner id ("Aggregated data") into a nameless temporary file, rewound.

        ``on_progress`` gets the bytes so far, at most once a second, so that a caller can hold its lease; what it
        raises passes through. Raises ``NoSuchOwner`` when there is nothing, ``Garbled`` beyond the size limit, and
        ``OSError`` when the temporary file can't be written.
        """
        call = Call("GET", wire.AGGREGATE, params={wire.OWNER_PARAMETER: owner_external_id})
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            told_at = self._clock()
            with self._watch.over("aggregate"), self._door.open(call, deadline=self._aggregate_deadline) as answer:
                size = 0
                for chunk in answer.chunks(self._max_aggregate_bytes):
                    spool.write(chunk)
                    size += len(chunk)
                    if on_progress is not None and self._clock() - told_at >= PROGRESS_EVERY:
                        told_at = self._clock()
                        on_progress(size)
                if not size:
                    raise Garbled("EmptyReply", status=answer.status)
            spool.seek(0)
            yield cast(BinaryIO, spool)

    @watched
    def send_statement(
        self,
        *,
        pdf: bytes,
        owner_external_id: str,
        form: StatementForm,
        password: str = "",
        accept_inconsistent: bool = False,
    ) -> StatementAnswer:
        """Have the vendor read one PDF statement, under an owner id ("PDF statements"); it answers when it has read it.

        ``password`` opens an encrypted file. ``accept_inconsistent`` takes a file whose figures disagree (XML form
        alone). Counts among the commands in parallel.

        Raises ``StatementRefused`` for the file itself, ``QuotaExceeded``, ``Unavailable`` when it surely never left
        or the vendor answered with a 5xx, and ``OutcomeUnknown`` when it may have been taken.
        """
        call = statements.call(
            pdf=pdf,
            owner_external_id=owner_external_id,
            form=form,
            password=password,
            accept_inconsistent=accept_inconsistent,
        )

        def read(answer: Answer) -> StatementAnswer:
            chunks = answer.chunks(self._max_statement_bytes)
            return statements.read_answer(
                chunks,
                max_bytes=self._max_statement_bytes,
                form=form,
                status=answer.status,
                accept_inconsistent=accept_inconsistent,
            )

        return self._door.ask_once(call, deadline=self._statement_deadline, read=read)

    @watched
    def upload_owner(self, *, payload: BinaryIO, size: int) -> UploadAnswer:
        """Upload own data, as ``OwnerPayload`` wrote it ("Owner Upload"); read from where ``payload`` stands.

        ``size`` are the bytes to send. Counts among the commands in parallel.

        Raises ``UploadRefused`` for the content, ``QuotaExceeded``, ``Unavailable`` when it surely never left or the
        vendor answered with a 5xx, ``OutcomeUnknown`` when it may have been taken, and ``ValueError`` when ``payload``
        is empty or shorter than ``size``.
        """
        call = uploads.call(payload=payload, size=size)

        def read(answer: Answer) -> UploadAnswer:
            return uploads.read_answer(answer.body(self._max_reply_bytes), status=answer.status)

        return self._door.ask_once(call, deadline=self._upload_deadline, read=read)

    @watched
    def catalog(self, *, country: str) -> list[CatalogTarget]:
        """List the banks of a country (two letters) that people can sign in to, in no order ("Catalog")."""
        return self._catalog(wire.CATALOG, country)

    @watched
    def statement_catalog(self, *, country: str) -> list[CatalogTarget]:
        """List the banks of a country whose PDF statements are read, in no order ("PDF statements")."""
        return self._catalog(wire.STATEMENT_CATALOG, country)

    def _catalog(self, path: str, country: str) -> list[CatalogTarget]:
        call = Call("GET", path, params={wire.COUNTRY_PARAMETER: country})
        with self._door.open(call, deadline=self._deadline) as answer:
            chunks = answer.chunks(self._max_catalog_bytes)
            return catalogs.read_targets(chunks, max_bytes=self._max_catalog_bytes, status=answer.status, path=path)

    @watched
    def delete_owner(self, *, owner_external_id: str) -> None:
        """Ask for the deletion of everything under an owner id; nothing there counts as done.

        The form of the request is an inference: verify by reading afterwards.
        """
        call = Call("DELETE", wire.AGGREGATE, params={wire.OWNER_PARAMETER: owner_external_id})
        try:
            with self._door.open(call, deadline=self._deadline) as answer:
                body = answer.body(self._max_reply_bytes)
        except NoSuchOwner:
            return
        name = replies.exception_name(body, status=answer.status)
        if name is not None:
            raise replies.error_for(status=answer.status, name=name, path=wire.AGGREGATE)
