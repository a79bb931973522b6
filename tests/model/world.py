"""Everybody who acts: people in their browsers, workers, the sweep, the broker, and losing any of them at any moment.

Every act takes two numbers and chooses by them among what there is, so that any sequence of acts makes sense.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from onboarding import tasks
from onboarding.kontomatik.owner_payload import PayloadRow
from onboarding.models import Actor, BankSignIn, Onboarding, Source
from onboarding.models.work import NUDGE_EVERY
from onboarding.pushed import Pushed, PushedAccount
from onboarding.services import banks, erasing, finishing, pushing, returning, starting
from onboarding.services import sources as listed
from tests.clocks import MovedClock

from . import wire
from .broker import Broker
from .vendor import Session, VendorModel

MOST_PEOPLE = 3
TASKS = {
    "onboarding.tasks.advance_source": tasks.advance_source,
    "onboarding.tasks.advance_aggregation": tasks.advance_aggregation,
    "onboarding.tasks.advance_erasure": tasks.advance_erasure,
    "onboarding.tasks.sweep": tasks.sweep,
}


class WorkerKilled(BaseException):
    """Say that the process that was at work is no more; nothing of ours can catch it."""


@dataclass(frozen=True)
class Plan:
    """What happens at which edge of an act: at its nth statement or call to the vendor it dies, or another act runs."""

    edge: int = 0
    dies: bool = False
    act: tuple[str, int, int] | None = None


class World:
    """The rows, the vendor's model, and the acts. ``advance`` takes one step of a source that is due."""

    def __init__(self, clock: MovedClock, vendor: VendorModel, broker: Broker) -> None:
        self.clock = clock
        self.vendor = vendor
        self.broker = broker
        self.numbers = 0
        self._plan: Plan | None = None
        self._edges = 0
        vendor.edge = lambda _where: self._edge()
        vendor.before_start = self._wrong_start
        vendor.asked_for = self._note_owner

    # --- running acts

    def run(self, name: str, first: int, second: int, plan: Plan | None = None) -> None:
        """Let one act run, with what is planned to happen in the middle of it."""
        self._plan, self._edges = plan, 0
        died = False
        try:
            with connection.execute_wrapper(self._statement):
                self.act(name, first, second)
        except WorkerKilled:
            died = True
        finally:
            self._plan = None
        if not died and (plan is None or plan.act is None):
            for session in self.vendor.answered:
                session.may_start = False
        self.vendor.answered.clear()
        self.broker.collect()

    def act(self, name: str, first: int, second: int) -> None:
        with suppress(listed.NotPossible, finishing.NothingImported):
            getattr(self, name)(first, second)

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self._edge()
        return execute(sql, params, many, context)

    def _edge(self) -> None:
        plan = self._plan
        if plan is None:
            return
        self._edges += 1
        # Another process could not see a row that is locked here: it acts before the transaction or after it.
        if self._edges <= plan.edge or (not plan.dies and connection.in_atomic_block):
            return
        self._plan = None
        if plan.dies:
            raise WorkerKilled
        if plan.act:
            self.act(*plan.act)

    def _wrong_start(self, session: Session) -> str | None:
        source = Source.objects.with_details().filter(bank__redirection_id=session.redirection).first()
        if source is None or source.onboarding.erased_at:
            return "an import was asked for after the erasure"
        if source.state != Source.State.IMPORTING or source.slot is None:
            return "an import was asked for without a slot"
        signer = self.vendor.redirections[session.redirection].signer
        if signer != source.onboarding.browser and (session.redirection, signer) not in self.vendor.proved:
            return "an import was asked for with the sign-in of somebody who proved nothing"
        return None

    def _note_owner(self, owner: str) -> None:
        if not Onboarding.objects.filter(owner_external_id=owner).exists():
            self.vendor.violations.append("the vendor was asked about an owner that nobody is")

    # --- choosing

    def person(self, nth: int) -> Onboarding | None:
        return _pick(list(Onboarding.objects.order_by("pk")), nth)

    def source_of(self, person: Onboarding, nth: int) -> Source | None:
        return _pick(list(person.sources.listed().select_related("bank", "file", "onboarding").order_by("pk")), nth)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    # --- people

    def start(self, first: int, second: int) -> None:
        if Onboarding.objects.count() >= MOST_PEOPLE:
            return
        nth = self.number()
        for _ in range(1 + second % 2):
            starting.start(
                intent=str(UUID(int=nth)), browser=f"browser-{nth}", browser_before="", country="pl", locale="pl"
            )

    def add_bank(self, first: int, second: int) -> None:
        if (person := self.person(first)) is None:
            return
        intent = UUID(int=self.number())
        for _ in range(1 + second % 2):
            banks.begin(onboarding=person, intent=intent)

    def try_again(self, first: int, second: int) -> None:
        if (person := self.person(first)) is None or (source := self.source_of(person, second)) is None:
            return
        if source.is_repeatable:
            banks.repeat(source=source, actor=Actor.USER)
        else:
            banks.begin(onboarding=person, intent=UUID(int=self.number()), replaces=source)

    def sign_in(self, first: int, second: int) -> None:
        """Let somebody finish a sign-in; in whichever browser it was, the bank sends that one back at once.

        The person who began may also close the window at the bank: the return does not come then.
        """
        still_open = [one for one in self.vendor.redirections if self.vendor.redirections[one].state == "open"]
        redirection_id = _pick(still_open, first)
        source = Source.objects.filter(bank__redirection_id=redirection_id).select_related("onboarding").first()
        if redirection_id is None or source is None:
            return
        own = source.onboarding.browser
        signer = own if second % 4 else f"other-{first % 2}"
        outcome = [*wire.OUTCOMES, *wire.SIGNIN_FAILURES][(first + second) % 10]
        if self._finish(redirection_id, signer, outcome, second) and (signer != own or second % 5):
            returning.come_back(redirection_id=redirection_id, browser=signer)

    def connect(self, first: int, second: int) -> None:
        """Let a person add a bank and sign in there without a detour."""
        if (person := self.person(first)) is None:
            return
        source = banks.begin(onboarding=person, intent=UUID(int=self.number()))
        redirection_id = source.bank.redirection_id
        if redirection_id and self._finish(redirection_id, person.browser, "ok", second):
            returning.come_back(redirection_id=redirection_id, browser=person.browser)

    def _finish(self, redirection_id: str, signer: str, outcome: str, second: int) -> bool:
        return self.vendor.finish_signin(
            redirection_id,
            signer=signer,
            outcome=outcome,
            bank=wire.BANKS[second % 2],
            seconds=(2, 6, 45, 300)[second % 4],
            lag=(0, 0, 30)[second % 3],
        )

    def come_back(self, first: int, second: int) -> None:
        """Let any browser open any return address: early, forged, replayed, unknown."""
        known = [*self.vendor.redirections, "r-unknown"]
        redirection_id = known[first % len(known)]
        person = self.person(second)
        browser = person.browser if person and second % 3 else ("", "other-0", "other-1")[first % 3]
        returning.come_back(redirection_id=redirection_id, browser=browser)

    def type_code(self, first: int, second: int) -> None:
        asked = list(BankSignIn.objects.exclude(return_code_until=None).order_by("pk"))
        if (bank := _pick(asked, first)) is None or bank.redirection_id is None:
            return
        browser = bank.return_browser if second % 4 else f"other-{first % 2}"
        code = bank.return_code if second % 3 else "WRONG7"
        proof, _ = returning.prove(redirection_id=bank.redirection_id, code=code, browser=browser)
        if proof is returning.Proof.RIGHT:
            self.vendor.proved.add((bank.redirection_id, browser))

    def remove(self, first: int, second: int) -> None:
        if (person := self.person(first)) and (source := self.source_of(person, second)):
            listed.remove(source=source)

    def finish(self, first: int, second: int) -> None:
        if person := self.person(first):
            for _ in range(1 + second % 2):
                finishing.finish(onboarding=person)

    def erase(self, first: int, second: int) -> None:
        if person := self.person(first):
            erasing.erase(onboarding=person, actor=Actor.USER)

    def push(self, first: int, second: int) -> None:
        """Let a host push own data; now and then with the number of an earlier request."""
        if (person := self.person(first)) is None:
            return
        nth = self.number()
        rows = tuple(
            PayloadRow(
                transaction_on=None,
                booked_on=date(2026, 11, 1 + one),
                amount=Decimal(nth * 100 + one),
                title=f"own {nth}",
            )
            for one in range(2)
        )
        account = PushedAccount(name=None, iban=wire.iban(nth), currency="PLN", balance=None, rows=rows)
        pushed = Pushed(bank=None, accounts=(account,))
        for _ in range(1 + second % 2):
            pushing.push_document(onboarding=person, key_name="host", idempotency_key=f"k{nth}", pushed=pushed)

    # --- workers, beat, broker

    def work(self, first: int, second: int) -> None:
        """Take one message of the broker, in no order; every third stays there to come once more."""
        message = self.broker.take(first, keep=second % 3 == 0)
        if message is not None:
            name, arguments = message
            TASKS[name](*arguments)

    def work_on_any(self, first: int, second: int) -> None:
        """Run a task with an id that nobody asked to be worked on now, or that is no row's."""
        name = list(TASKS)[second % 3]
        TASKS[name](1 + first % 9)

    def sweep(self, first: int, second: int) -> None:
        tasks.sweep()

    def retire(self, first: int, second: int) -> None:
        tasks.retire()

    def lose_messages(self, first: int, second: int) -> None:
        self.broker.lose()

    def wait(self, first: int, second: int) -> None:
        self.clock.forward(seconds=(1, 2, 4, 5, 10, 16, 30, 76, 200, 650, 1000, 3700)[first % 12])

    # --- letting everything end

    def deliver_all(self) -> None:
        """Let the sweep run and workers take every message, none lost."""
        self.run("sweep", 0, 0)
        while self.broker.messages:
            self.run("work", 0, 1)

    def next_due(self, rows: list[Any]) -> timedelta:
        """Return how long nothing can happen: until the next row is due and free, or a message is sent once more."""
        now = self.clock.now()
        instants = [max(row.due_at or now, row.claimed_until or now) for row in rows]
        if any(at <= now and row.state != Source.State.QUEUED for row, at in zip(rows, instants, strict=True)):
            return NUDGE_EVERY
        return min((at - now for at in instants if at > now), default=NUDGE_EVERY)

    def expire_everybody(self) -> None:
        Onboarding.objects.update(expires_at=F("created_at"))


def _pick(some: list[Any], nth: int) -> Any:
    return some[nth % len(some)] if some else None
