"""What the sandbox remembers: redirections, sessions and imports."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox import ledger
from sandbox.banks import Bank
from sandbox.deliveries import Delivery
from sandbox.environment import ENVIRONMENT
from sandbox.scenarios import Failure, Outcome, Scenario, SignInEnd

# The vendor gives a command that never ends its slot back some day; without that, eight of them would stop the demo.
SLOT_SECONDS = 15 * 60
# A link that nobody followed is dead after an hour.
REDIRECTION_SECONDS = 3600
PASSWORD_WAS_WRONG = "InvalidCredentials"  # noqa: S105 - the name of an exception


class Step(StrEnum):
    """The pages of a sign-in, in their order."""

    BANK = "bank"
    CONSENT = "consent"
    LOGIN = "login"
    CODE = "code"
    DONE = "done"


class CommandState(StrEnum):
    """The states of a command in the contract."""

    SETUP = "setup"
    IN_PROGRESS = "in_progress"
    SUCCESSFUL = "successful"
    ERROR = "error"
    FATAL = "fatal"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing will change any more."""
        return self in {CommandState.SUCCESSFUL, CommandState.ERROR, CommandState.FATAL}


@dataclass(slots=True)
class Session:
    """A person signed in at a bank; good for one import within its lifetime."""

    id: str
    signature: str
    owner: str
    bank: Bank
    scenario: Scenario
    opened_at: dt.datetime
    import_id: str = ""
    effective_starts: int = 0
    refused_starts: int = 0

    def is_over(self, at: dt.datetime) -> bool:
        """Tell whether the session's time has run out."""
        lifetime = dt.timedelta(seconds=ENVIRONMENT.session_seconds)
        return self.scenario.session_over or at - self.opened_at >= lifetime

    def bank_is_down(self, at: dt.datetime) -> bool:
        """Tell whether the bank is in its minute of silence after the sign-in."""
        return self.scenario.bank_down and at - self.opened_at < dt.timedelta(seconds=ENVIRONMENT.down_seconds)


@dataclass(slots=True)
class Redirection:
    """One sign-in: what the client asked for and how far the person has come.

    It ends at `redirect_uri`, or in the frame of a page of the origin `embedded_in`; only one of them is given.
    """

    id: str
    redirect_uri: str
    owner: str
    country: str
    locale: str
    access_mode: str
    opened_at: dt.datetime
    bank: Bank | None = None
    embedded_in: str = ""
    consented: bool = False
    scenario: Scenario | None = None
    wrong_codes: int = 0
    end: SignInEnd | None = None
    ended_at: dt.datetime | None = None
    exception: str = ""
    session: Session | None = None
    multiple_access_id: str = ""

    @property
    def step(self) -> Step:
        """Return the first page that is still to be done."""
        if self.end:
            return Step.DONE
        if self.bank is None:
            return Step.BANK
        if not self.consented:
            return Step.CONSENT
        return Step.CODE if self.scenario else Step.LOGIN

    def settled(self, at: dt.datetime) -> bool:
        """Tell whether the end is already known to the client's side."""
        if self.end is None or self.ended_at is None:
            return False
        seconds = self.scenario.status_seconds if self.scenario else 0
        return at - self.ended_at >= dt.timedelta(seconds=seconds / ENVIRONMENT.speed)


@dataclass(slots=True)
class Import:
    """One default import: its state is worked out from the clock, never stored."""

    id: str
    session: Session
    since: dt.date
    started_at: dt.datetime
    seconds: float
    polls: int = 0
    erased: bool = field(default=False)

    def state(self, at: dt.datetime) -> CommandState:
        """Return the state at an instant."""
        elapsed = (at - self.started_at).total_seconds()
        if elapsed < self.seconds * 0.2:
            return CommandState.SETUP
        outcome = self.session.scenario.outcome
        if elapsed < self.seconds or outcome is Outcome.ENDLESS:
            return CommandState.IN_PROGRESS
        return CommandState(outcome.value)

    def in_flight(self, at: dt.datetime) -> bool:
        """Tell whether the command holds one of the parallel slots."""
        held = (at - self.started_at).total_seconds() < SLOT_SECONDS
        return held and not self.state(at).is_final

    def failure(self, at: dt.datetime) -> Failure | None:
        """Return what went wrong, once it has."""
        return self.session.scenario.failure if self.state(at).is_final else None

    def holdings(self) -> ledger.Holdings:
        """Return what the import found, as the bank stood on the day it started."""
        session = self.session
        return ledger.holdings(session.bank.target, session.scenario.login, self.started_at.date(), self.since)


@dataclass(slots=True)
class Owner:
    """Everything known under one owner id."""

    id: str
    created_at: dt.datetime
    imports: list[Import] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
