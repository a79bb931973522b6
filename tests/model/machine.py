"""The state machine: any order of people, workers, time and faults; the standing checks after every step."""

from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .installation import installed
from .vendor import FAULTS
from .world import Plan

LIMIT = 2
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
        self._installed = installed(limit=LIMIT, starts_twice=self.starts_twice)
        self.here = self._installed.__enter__()
        self.world, self.vendor = self.here.world, self.here.vendor
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
            self.here.standing.check()
        except AssertionError:
            self.holds = False
            raise

    def teardown(self) -> None:
        try:
            if self.holds:
                self.here.let_everything_end()
        finally:
            self._installed.__exit__(None, None, None)


def empty_tables() -> None:
    """Delete all rows, and let their numbers begin anew."""
    tables = [name for name in connection.introspection.table_names() if name.startswith("onboarding_")]
    if connection.vendor != "postgresql":
        flush: list[Any] = connection.ops.sql_flush(no_style(), tables, reset_sequences=True)
        connection.ops.execute_sql_flush(flush)
        return
    # TRUNCATE writes every file anew; of the few rows here DELETE is many times as fast. Keys are checked at the end.
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
        numbered = [one for one in connection.introspection.sequence_list() if one["table"] in tables]
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), numbered):
            cursor.execute(statement)
