"""The sandbox's memory: one object, one lock; every rule of the contract about order and number is kept here."""

import datetime as dt
import hmac
import random
import secrets
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import clock
from sandbox.banks import Bank
from sandbox.deliveries import Delivery
from sandbox.environment import ENVIRONMENT
from sandbox.records import (
    PASSWORD_WAS_WRONG,
    REDIRECTION_SECONDS,
    Import,
    Owner,
    Redirection,
    Session,
    Step,
)
from sandbox.refusals import (
    Refusal,
    already_executed,
    invalid_owner,
    invalid_parameter,
    quota_exceeded,
    session_expired,
    unavailable,
    unknown_command,
    wrong_signature,
)
from sandbox.scenarios import Scenario, SignInEnd, find

WRONG_CODES_ALLOWED = 3


class State:
    """Redirections, sessions and imports of this process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self.redirections: dict[str, Redirection] = {}
            self.sessions: dict[str, Session] = {}
            self.imports: dict[str, Import] = {}
            self.owners: dict[str, Owner] = {}
            self.calls: Counter[str] = Counter()
            self.most_in_flight = 0
            self._held_slots = 0

    def count_call(self, route: str) -> None:
        """Note that a route was called."""
        with self._lock:
            self.calls[route] += 1

    # The sign-in, as the client sees it

    def open_redirection(
        self,
        *,
        owner: str,
        country: str,
        locale: str,
        access_mode: str,
        bank: Bank | None,
        redirect_uri: str = "",
        embedded_in: str = "",
    ) -> Redirection:
        """Begin one sign-in for a client, who gives an address to come back to or the origin of an embedding page."""
        opened = Redirection(
            id=str(uuid.uuid4()),
            redirect_uri=redirect_uri,
            owner=owner,
            country=country,
            locale=locale,
            access_mode=access_mode,
            opened_at=clock.now(),
            bank=bank,
            embedded_in=embedded_in,
        )
        with self._lock:
            self.redirections[opened.id] = opened
        return opened

    def redirection(self, redirection_id: str) -> Redirection:
        """Return a redirection; one that nobody followed within an hour has expired.

        Raises Refusal InvalidParameter (404) for an id that was never given out.
        """
        with self._lock:
            found = self.redirections.get(redirection_id)
            if found is None:
                raise Refusal("InvalidParameter", "Parameter redirectionId is not known.", 404)
            if found.end is None and clock.now() - found.opened_at >= dt.timedelta(seconds=REDIRECTION_SECONDS):
                self._end(found, SignInEnd.EXPIRED)
            return found

    def status(self, redirection_id: str) -> Redirection:
        """Return a redirection for its status reply.

        Raises Refusal ServiceTemporarilyUnavailable while the bank plays dead.
        """
        found = self.redirection(redirection_id)
        if found.session and found.session.bank_is_down(clock.now()):
            raise unavailable()
        return found

    # The sign-in, as the person sees it

    def choose_bank(self, redirection: Redirection, bank: Bank) -> None:
        """Take the bank; a choice made anew begins the steps after it anew."""
        with self._lock:
            if redirection.step is not Step.DONE and redirection.bank is not bank:
                redirection.bank = bank
                redirection.consented = False
                redirection.scenario = None

    def consent(self, redirection: Redirection) -> None:
        """Note that the person agreed to what is read."""
        with self._lock:
            if redirection.step is not Step.DONE and redirection.bank is not None:
                redirection.consented = True

    def log_in(self, redirection: Redirection, login: str, password: str) -> None:
        """Check login and password; a wrong one ends the sign-in at once, as at the vendor's test bank."""
        with self._lock:
            if redirection.bank is None or redirection.step not in {Step.LOGIN, Step.CODE}:
                return
            scenario = find(redirection.bank, login)
            if scenario is None or not hmac.compare_digest(scenario.password.encode(), password.encode()):
                redirection.exception = PASSWORD_WAS_WRONG
                self._end(redirection, SignInEnd.FAILED)
                return
            redirection.scenario = scenario

    def enter_code(self, redirection: Redirection, code: str) -> bool:
        """Check the one-time code and end the sign-in if it is right; tell whether it was taken."""
        with self._lock:
            if redirection.step is not Step.CODE or redirection.scenario is None:
                return redirection.step is Step.DONE
            if code.strip() != redirection.scenario.code:
                redirection.wrong_codes += 1
                if redirection.wrong_codes < WRONG_CODES_ALLOWED:
                    return False
                redirection.exception = PASSWORD_WAS_WRONG
                self._end(redirection, SignInEnd.FAILED)
                return True
            self._end(redirection, redirection.scenario.sign_in_end)
            return True

    def cancel(self, redirection: Redirection) -> None:
        """End the sign-in because the person wants to leave."""
        with self._lock:
            self._end(redirection, SignInEnd.CANCELLED)

    def _end(self, redirection: Redirection, end: SignInEnd) -> None:
        if redirection.end is not None:
            return
        redirection.end = end
        redirection.ended_at = clock.now()
        if end is SignInEnd.FAILED and not redirection.exception:
            redirection.exception = PASSWORD_WAS_WRONG
        if end is SignInEnd.SUCCESS and redirection.bank and redirection.scenario:
            redirection.session = self.open_session(redirection.owner, redirection.bank, redirection.scenario)
            if redirection.access_mode != "SINGLE":
                redirection.multiple_access_id = str(uuid.uuid4())

    # Sessions and imports

    def open_session(self, owner: str, bank: Bank, scenario: Scenario) -> Session:
        """Open a session for an owner who has signed in."""
        session = Session(secrets.token_hex(16), secrets.token_hex(32), owner, bank, scenario, clock.now())
        with self._lock:
            self.sessions[session.id] = session
        return session

    def start_import(self, session_id: str, signature: str, since: dt.date) -> Import:
        """Start the one import of a session.

        Raises Refusal in the order in which the contract lets a client find out: session, signature, bank down,
        started before, too many in parallel.
        """
        now = clock.now()
        with self._lock:
            session = self.sessions.get(session_id)
            if session is None or session.is_over(now):
                raise session_expired()
            if not hmac.compare_digest(session.signature.encode(), signature.encode()):
                raise wrong_signature(session.owner)
            if session.bank_is_down(now):
                raise unavailable()
            if session.import_id:
                session.refused_starts += 1
                raise already_executed(session.owner)
            self._take_slot(session.owner, now)
            return self._started(session, since, now)

    def _started(self, session: Session, since: dt.date, now: dt.datetime) -> Import:
        command_id = f"{secrets.randbelow(10**9):010d}"
        while command_id in self.imports:
            command_id = f"{secrets.randbelow(10**9):010d}"
        started = Import(command_id, session, since, now, _duration(session))
        session.import_id = command_id
        session.effective_starts += 1
        self.imports[command_id] = started
        # An owner recorded from the vendor is older than its import, so the dates are no sign of freshness here either.
        owner = self.owners.setdefault(session.owner, Owner(session.owner, session.opened_at))
        owner.imports.append(started)
        return started

    def in_flight(self, at: dt.datetime) -> int:
        """Count the commands that hold a slot: imports, and the statements and uploads that are being worked on."""
        with self._lock:
            return self._held_slots + sum(one.in_flight(at) for one in self.imports.values())

    def _take_slot(self, owner: str, at: dt.datetime) -> None:
        in_flight = self.in_flight(at)
        if in_flight >= ENVIRONMENT.max_commands:
            raise quota_exceeded(owner)
        self.most_in_flight = max(self.most_in_flight, in_flight + 1)

    @contextmanager
    def slot(self, owner: str) -> Iterator[None]:
        """Hold one of the parallel slots while a statement or an upload is worked on.

        Raises Refusal JobsQuotaExceeded if all are taken.
        """
        with self._lock:
            self._take_slot(owner, clock.now())
            self._held_slots += 1
        try:
            yield
        finally:
            with self._lock:
                self._held_slots = max(self._held_slots - 1, 0)  # A reset in between has let go of it already.

    def keep(self, delivery: Delivery) -> None:
        """Add a statement or an upload to what is known under its owner id."""
        with self._lock:
            owner = self.owners.setdefault(delivery.owner, Owner(delivery.owner, delivery.received_at))
            owner.deliveries.append(delivery)

    def polled(self, command_id: str) -> Import:
        """Return a command for its reply. Raises Refusal InvalidCommandId (404) for an unknown id."""
        with self._lock:
            found = self.imports.get(command_id)
            if found is None:
                raise unknown_command()
            found.polls += 1
            return found

    # The aggregate

    def aggregate(self, owner_id: str) -> tuple[Owner, list[Import], list[Delivery]]:
        """Return an owner with the finished imports, in the order of their start, and with statements and uploads.

        Raises Refusal InvalidOwnerExternalId (404) if there are none.
        """
        now = clock.now()
        with self._lock:
            owner = self.owners.get(owner_id)
            imports = [one for one in owner.imports if _is_shown(one, now)] if owner else []
            deliveries = [one for one in owner.deliveries if not one.erased] if owner else []
            if owner is None or not (imports or deliveries):
                raise invalid_owner("Nothing is known of this owner.", 404)
            return owner, imports, deliveries

    def erase(self, owner_id: str) -> None:
        """Erase what is known of an owner; an import that is still running lands afterwards.

        Raises Refusal InvalidOwnerExternalId (404) if there is nothing.
        """
        with self._lock:
            _owner, imports, deliveries = self.aggregate(owner_id)
            for one in imports:
                one.erased = True
            for delivery in deliveries:
                delivery.erased = True

    def mock_session(self, owner: str, bank: Bank, login: str) -> Session:
        """Open a session without any page. Raises Refusal InvalidParameter if the login cannot sign in."""
        scenario = find(bank, login)
        if scenario is None or scenario.sign_in_end is not SignInEnd.SUCCESS:
            raise invalid_parameter("login", "a login that signs in at the test bank")
        return self.open_session(owner, bank, scenario)


def _is_shown(one: Import, now: dt.datetime) -> bool:
    return not one.erased and one.state(now) == "successful"


def _duration(session: Session) -> float:
    low, high = ENVIRONMENT.import_seconds
    drawn = random.Random(session.id).uniform(low, high)  # noqa: S311 - a duration, not a secret
    return (session.scenario.import_seconds or drawn) / ENVIRONMENT.speed


STATE = State()
