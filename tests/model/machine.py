"""The state machine: any order of people, workers, time and faults; the standing checks after every step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import responses
from django.core.management.color import no_style
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from onboarding.models import Aggregation, AggregationState, Erasure, ErasureState, Onboarding, Source, SourceKind
from tests import clocks

from . import standing, wire
from .broker import Broker
from .vendor import FAULTS, VendorModel
from .world import Plan, World

LIMIT = 2
BEGIN = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
LONGEST = timedelta(hours=5)
PEOPLE = (
    "start",
    "add_bank",
    "connect",
    "sign_in",
    "come_back",
    "type_code",
    "try_again",
    "remove",
    "finish",
    "erase",
    "push",
)
AT_WORK = ("work", "work", "work", "work_on_any", "sweep", "sweep", "retire")
NUMBERS = st.integers(0, 11)
MEANWHILE = st.tuples(st.sampled_from([*PEOPLE, *AT_WORK, "wait", "lose_messages"]), NUMBERS, NUMBERS)
PLANS = st.one_of(
    st.none(),
    st.builds(Plan, edge=st.integers(0, 40), dies=st.just(True)),
    st.builds(Plan, edge=st.integers(0, 25), act=MEANWHILE),
)


class Machine(RuleBasedStateMachine):
    """One installation with a few people; see ``World`` for the acts and ``Standing`` for the rules."""

    starts_twice = False

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        self._stopped = clocks.stopped(BEGIN)
        clock = self._stopped.__enter__()
        self.vendor = VendorModel(clock, limit=LIMIT, starts_twice=self.starts_twice)
        self.mocked = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.mocked.start()
        self.vendor.answer_at(self.mocked)
        self.world = World(clock, self.vendor, Broker())
        self.standing = standing.Standing(self.vendor, limit=LIMIT)
        self.holds = True
        self.world.run("start", 0, 0)

    @rule(name=st.sampled_from(PEOPLE), first=NUMBERS, second=NUMBERS)
    def people(self, name: str, first: int, second: int) -> None:
        self.world.run(name, first, second)

    @rule(first=NUMBERS, second=NUMBERS)
    def connect(self, first: int, second: int) -> None:
        self.world.run("connect", first, second)

    @rule(name=st.sampled_from([*PEOPLE, *AT_WORK]), first=NUMBERS, second=NUMBERS, plan=PLANS)
    def disturbed(self, name: str, first: int, second: int, plan: Plan | None) -> None:
        if name in ("sign_in", "connect") and plan and plan.dies:
            # A return that nobody took protects nobody: that is the person's fault of closing the window.
            return
        self.world.run(name, first, second, plan)

    @rule(name=st.sampled_from(AT_WORK), first=NUMBERS, second=NUMBERS, plan=PLANS)
    def work(self, name: str, first: int, second: int, plan: Plan | None) -> None:
        self.world.run(name, first, second, plan)

    @rule()
    def everything_due_is_done(self) -> None:
        self.world.deliver_all()

    @rule(first=NUMBERS)
    def time_passes(self, first: int) -> None:
        self.world.run("wait", first, 0)

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4))
    def the_vendor_misbehaves(self, faults: list[str]) -> None:
        self.vendor.faults.extend(faults)

    @rule()
    def messages_are_lost(self) -> None:
        self.world.run("lose_messages", 0, 0)

    @invariant()
    def what_must_always_hold(self) -> None:
        self._look()

    def _look(self) -> None:
        try:
            self.standing.check()
        except AssertionError:
            self.holds = False
            raise

    def teardown(self) -> None:
        try:
            if self.holds:
                self._let_everything_end()
        finally:
            self.mocked.stop(allow_assert=False)
            self._stopped.__exit__(None, None, None)

    def _let_everything_end(self) -> None:
        self.vendor.faults.clear()
        self._settle()
        self._everybody_sees_everything()
        self._everybody_goes()

    def _settle(self, longest: timedelta = LONGEST) -> None:
        """Let time pass until nothing is open: everything must end by its own deadlines."""
        give_up_at = self.world.clock.now() + longest
        while rows := standing.open_work():
            self.world.deliver_all()
            self._look()
            still = standing.open_work()
            assert self.world.clock.now() < give_up_at, f"stuck: {[vars(row) for row in still]}"
            if rows:
                wait = self.world.next_due(still)
                self.world.clock.forward(seconds=wait.total_seconds())

    def _everybody_sees_everything(self) -> None:
        # A second import of the same accounts can't be told from the first while the vendor does not show it yet.
        self.world.clock.forward(seconds=40)
        people = list(Onboarding.objects.live().filter(sources__state=Source.State.IMPORTED).distinct())
        for nth, person in enumerate(Onboarding.objects.order_by("pk")):
            if person in people:
                self.world.run("finish", nth, 0)
        self._settle()
        for person in people:
            newest = Aggregation.objects.filter(onboarding=person).latest("pk")
            assert newest.state == AggregationState.READY, f"{newest}: {newest.failure}"
            shown = Onboarding.objects.get(pk=person.pk).snapshot_id
            assert shown is not None
            held = self.vendor.held(person.owner_external_id)
            assert standing.rows_of(shown) == wire.expected(held), "a summary lacks something"
            imported = person.sources.imported().filter(kind=SourceKind.BANK).count()
            brought = sum(one.origin == "scraper" for one in held)
            assert imported <= brought, f"{imported} banks are called imported, {brought} are there"
            assert not person.sources.filter(missing_from_summary=True).exists()

    def _everybody_goes(self) -> None:
        self.world.expire_everybody()
        self.world.run("retire", 0, 0)
        self._settle()
        states = set(Erasure.objects.values_list("state", flat=True))
        assert states <= {ErasureState.PROVED}, states
        assert not Source.objects.exists()
        self.world.clock.forward(days=91)
        self.world.run("retire", 0, 0)
        assert not Onboarding.objects.exists()


def empty_tables() -> None:
    """Delete all rows, and let their numbers begin anew."""
    tables = [name for name in connection.introspection.table_names() if name.startswith("onboarding_")]
    flush: list[Any] = connection.ops.sql_flush(no_style(), tables, reset_sequences=True)
    connection.ops.execute_sql_flush(flush)
