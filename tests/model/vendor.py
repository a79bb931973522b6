"""A model of the vendor at the HTTP edge: it keeps its own truth, and notes whatever should never have been asked.

Faults are planned one call ahead: each call takes the next one. ``edge`` is called before and after a call takes
effect, so that a worker can be lost, or somebody else can act, at exactly that moment.
"""

import gzip
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from tests.clocks import MovedClock

from . import wire
from .wire import Delivery

SESSION_LIFE = timedelta(minutes=10)
Answer = tuple[int, dict[str, str], str]

LOST = ("lost", "reset_after", "html", "truncated", "empty", "wrong_root")
"""Faults after which a call has taken effect although no readable answer comes."""
FAULTS = (
    *LOST,
    "no_connection",
    "reset",
    "http_500",
    "http_500_after",
    "http_503",
    "http_429",
    "quota",
    "wrong_key",
    "other_owner",
    "unknown_state",
    "unknown_command",
)


@dataclass
class Redirection:
    """One sign-in at the vendor's pages; ``signer`` is the browser in which somebody finished it."""

    owner: str
    state: str = "open"
    signer: str = ""
    session: str = ""


@dataclass
class Session:
    """What a finished sign-in led to, and what will come of its one import."""

    owner: str
    redirection: str
    ends_at: datetime
    outcome: str
    bank: str
    seconds: int
    lag: int
    commands: list[str] = field(default_factory=list)
    may_start: bool = True
    """Whether no answer that forbids another start has reached a worker that lived on."""


@dataclass
class Command:
    """One import; it never ends without ``ends_at``."""

    session: Session
    ends_at: datetime | None
    delivery: Delivery | None


@dataclass(frozen=True)
class Served:
    """One aggregate that was given out."""

    owner: str
    at: datetime
    held: tuple[Delivery, ...]
    is_foreign: bool


class VendorModel:
    """What the vendor knows, and how it answers. ``limit`` is its own of commands in flight."""

    def __init__(self, clock: MovedClock, *, limit: int, starts_twice: bool = False) -> None:
        self.clock = clock
        self.limit = limit
        self.starts_twice = starts_twice
        self.faults: deque[str] = deque()
        self.redirections: dict[str, Redirection] = {}
        self.sessions: dict[str, Session] = {}
        self.commands: dict[str, Command] = {}
        self.uploads: dict[str, list[Delivery]] = {}
        self.upload_bodies: Counter[str] = Counter()
        self.erased_at: dict[str, datetime] = {}
        self.served: list[Served] = []
        self.proved: set[tuple[str, str]] = set()
        self.violations: list[str] = []
        self.answered: list[Session] = []
        """Sessions whose start was answered, for whoever lived to read it, in a way that forbids another one."""
        self.edge: Callable[[str], None] = lambda _where: None
        self.before_start: Callable[[Session], str | None] = lambda _session: None
        self.asked_for: Callable[[str], None] = lambda _owner: None

    def answer_at(self, mocked: responses.RequestsMock) -> None:
        """Put this vendor on the HTTP edge."""
        for method in ("GET", "POST", "DELETE"):
            mocked.add_callback(method, wire.ANY_ADDRESS, callback=self._answer)

    def in_flight(self, owner: str | None = None) -> list[Command]:
        """The commands that run at this moment."""
        now = self.clock.now()
        return [
            one
            for one in self.commands.values()
            if (one.ends_at is None or one.ends_at > now) and owner in (None, one.session.owner)
        ]

    def held(self, owner: str) -> tuple[Delivery, ...]:
        """What the vendor holds under an owner id and shows by now."""
        now, since = self.clock.now(), self.erased_at.get(owner)
        imported = [one.delivery for one in self.commands.values() if one.delivery and one.session.owner == owner]
        every = [*imported, *self.uploads.get(owner, [])]
        return tuple(
            sorted(
                (one for one in every if one.shown_at <= now and (since is None or one.made_at > since)),
                key=lambda one: (one.origin, one.shown_at, one.number),
            )
        )

    def finish_signin(
        self, redirection_id: str, *, signer: str, outcome: str, bank: str, seconds: int, lag: int
    ) -> bool:
        """Let somebody finish an open sign-in in their browser; return whether it was open."""
        redirection = self.redirections[redirection_id]
        if redirection.state != "open":
            return False
        redirection.signer = signer
        if outcome in wire.SIGNIN_FAILURES:
            redirection.state = outcome
            return True
        session_id = f"s-{len(self.sessions) + 1}"
        redirection.state, redirection.session = "finished", session_id
        life = timedelta(0) if outcome == "session_over" else SESSION_LIFE
        self.sessions[session_id] = Session(
            redirection.owner, redirection_id, self.clock.now() + life, outcome, bank, seconds, lag
        )
        return True

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        address = urlsplit(str(request.url))
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        fault = self.faults.popleft() if self.faults else ""
        if fault == "no_connection":
            raise requests.exceptions.ConnectTimeout
        reply = self._route(str(request.method), address.path, query, request.body)
        self.edge("before")
        if fault == "reset":
            raise requests.exceptions.ConnectionError
        if fault in wire.REFUSALS:
            return wire.REFUSALS[fault]
        if fault == "lost":
            self.clock.forward(seconds=35)
        status, headers, body = reply(fault)
        self.edge("after")
        return self._spoil(fault, (status, headers, body))

    def _spoil(self, fault: str, answer: Answer) -> Answer:
        if fault == "lost":
            raise requests.exceptions.ReadTimeout
        if fault == "reset_after":
            raise requests.exceptions.ConnectionError
        status, headers, body = answer
        if fault == "http_500_after":
            return 500, {}, "<html>Internal error</html>"
        spoiled = {"html": "<html><p>Hello</p></html>", "truncated": body[: len(body) // 2], "empty": ""}
        if fault == "wrong_root":
            return status, headers, '["no"]' if body.startswith("{") else "<session/>"
        return status, headers, spoiled.get(fault, body)

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> Callable[[str], Answer]:
        if path == wire.REDIRECTION:
            wish = json.loads(body)
            return lambda _fault: self._open(wish["ownerExternalId"])
        if path == wire.STATUS:
            return lambda _fault: self._status(query["redirectionId"])
        if path == wire.START:
            form = {name: values[0] for name, values in parse_qs(body).items()}
            return self._prepare_start(form)
        if path.startswith(wire.COMMAND):
            command_id = path.removeprefix(wire.COMMAND).removesuffix(".xml")
            return lambda fault: self._command(command_id, fault)
        if path == wire.UPLOAD:
            document = json.loads(gzip.decompress(body if isinstance(body, bytes) else b"".join(body)))
            return lambda _fault: self._upload(document)
        owner = query["ownerExternalId"]
        self.asked_for(owner)
        if method == "DELETE":
            return lambda _fault: self._erase(owner)
        return lambda fault: self._aggregate(owner, fault)

    def _open(self, owner: str) -> Answer:
        self.asked_for(owner)
        redirection_id = f"r-{len(self.redirections) + 1}"
        self.redirections[redirection_id] = Redirection(owner)
        link = f"https://signin.vendor.example/{redirection_id}"
        return 200, {}, json.dumps({"redirectionId": redirection_id, "redirectionLink": link})

    def _status(self, redirection_id: str) -> Answer:
        redirection = self.redirections[redirection_id]
        self.asked_for(redirection.owner)
        if redirection.state == "open":
            return 200, {}, json.dumps({"status": "in_progress"})
        if redirection.state != "finished":
            return 200, {}, json.dumps({"status": "error", "params": {"exception": redirection.state}})
        session = self.sessions[redirection.session]
        said = {"sessionId": redirection.session, "sessionIdSignature": f"signature-of-{redirection.session}"}
        return 200, {}, json.dumps({"status": "success", "params": {**said, "target": session.bank}})

    def _prepare_start(self, form: dict[str, str]) -> Callable[[str], Answer]:
        session = self.sessions[form["sessionId"]]
        self.asked_for(session.owner)
        if form["sessionIdSignature"] != f"signature-of-{form['sessionId']}":
            self.violations.append("a session was used with the signature of another one")
        if not session.may_start:
            self.violations.append("an import was asked for again after an answer that forbids it")
        if (wrong := self.before_start(session)) is not None:
            self.violations.append(wrong)
        return lambda fault: self._start_noting(session, fault)

    def _start_noting(self, session: Session, fault: str) -> Answer:
        answer = self._start(session, fault)
        if fault in LOST or (not fault and answer[0] == 202) or "AlreadyExecuted" in answer[2]:
            self.answered.append(session)
        return answer

    def _start(self, session: Session, fault: str) -> Answer:
        if session.commands and not self.starts_twice:
            return wire.refusal("DefaultImportAlreadyExecuted")
        if session.ends_at <= self.clock.now():
            return wire.refusal("SessionExpired")
        if len(self.in_flight()) >= self.limit:
            return wire.refusal("JobsQuotaExceeded")
        command_id = f"c-{len(self.commands) + 1}"
        now = self.clock.now()
        ends_at = None if session.outcome == "never" else now + timedelta(seconds=session.seconds)
        delivery = None
        if session.outcome == "ok" and ends_at is not None:
            shown_at = ends_at + timedelta(seconds=session.lag)
            delivery = Delivery("scraper", session.bank, len(self.commands), ends_at, shown_at, session.owner)
        self.commands[command_id] = Command(session, ends_at, delivery)
        session.commands.append(command_id)
        owner = "another-owner" if fault == "other_owner" else session.owner
        return wire.started(command_id, owner)

    def _command(self, command_id: str, fault: str) -> Answer:
        command = self.commands[command_id]
        self.asked_for(command.session.owner)
        if fault == "unknown_command":
            return wire.refusal("InvalidCommandId")
        if command in self.in_flight():
            return wire.running(command_id, "banana" if fault == "unknown_state" else "in_progress")
        if command.delivery is None:
            return wire.failed(command_id, command.session.outcome)
        return wire.successful(command_id, command.delivery)

    def _upload(self, document: dict[str, Any]) -> Answer:
        owner = document["ownerExternalId"]
        self.asked_for(owner)
        if len(self.in_flight()) >= self.limit:
            return wire.refusal("JobsQuotaExceeded")
        accounts = wire.accounts_of(document)
        self.upload_bodies[json.dumps(document, sort_keys=True)] += 1
        taken = self.uploads.setdefault(owner, [])
        now = self.clock.now()
        taken.append(Delivery("upload", "", 1000 + sum(map(len, self.uploads.values())), now, now, owner, accounts))
        return 200, {}, json.dumps({"requestId": f"u-{len(taken)}"})

    def _aggregate(self, owner: str, fault: str) -> Answer:
        held = self.held(owner)
        is_foreign = fault == "other_owner" and bool(held)
        self.served.append(Served(owner, self.clock.now(), held, is_foreign))
        if not held:
            return wire.refusal("InvalidOwnerExternalId", status=404)
        return 200, {}, wire.aggregate("another-owner" if is_foreign else owner, held)

    def _erase(self, owner: str) -> Answer:
        # What has arrived and is not shown yet goes as well; what a command still brings does not.
        self.erased_at[owner] = self.clock.now()
        return 200, {}, '<reply status="200 OK"/>'
