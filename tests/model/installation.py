"""One installation of the model: stopped clocks, the vendor's model at the edge, the world, and how everything ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import responses

from onboarding.models import Aggregation, AggregationState, Erasure, ErasureState, Onboarding, Source, SourceKind
from tests import clocks

from . import standing, wire
from .broker import Broker
from .vendor import VendorModel
from .world import World

BEGIN = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
LONGEST = timedelta(hours=5)


@dataclass(frozen=True)
class Installation:
    """What belongs together, and the check of liveness: without further faults everything reaches a right end."""

    world: World
    vendor: VendorModel
    standing: standing.Standing

    def let_everything_end(self) -> None:
        """Switch the faults off and let time pass: everything ends, is shown whole, expires and is erased."""
        self.vendor.faults.clear()
        self.settle()
        self._everybody_sees_everything()
        self._everybody_goes()

    def settle(self, longest: timedelta = LONGEST) -> None:
        """Let time pass until nothing is open: everything must end by its own deadlines."""
        give_up_at = self.world.clock.now() + longest
        while standing.open_work():
            self.world.deliver_all()
            self.standing.check()
            still = standing.open_work()
            assert self.world.clock.now() < give_up_at, f"stuck: {[vars(row) for row in still]}"
            if still:
                self.world.clock.forward(seconds=self.world.next_due(still).total_seconds())

    def _everybody_sees_everything(self) -> None:
        # A second import of the same accounts can't be told from the first while the vendor does not show it yet.
        self.world.clock.forward(seconds=40)
        with_data = Onboarding.objects.live().filter(sources__state=Source.State.IMPORTED)
        people = set(with_data.values_list("pk", flat=True))
        for nth, pk in enumerate(Onboarding.objects.order_by("pk").values_list("pk", flat=True)):
            if pk in people:
                self.world.run("finish", nth, 0)
        self.settle()
        for person in Onboarding.objects.filter(pk__in=people):
            self._sees_everything(person)

    def _sees_everything(self, person: Onboarding) -> None:
        newest = Aggregation.objects.filter(onboarding=person).latest("pk")
        assert newest.state == AggregationState.READY, f"{newest}: {newest.failure}"
        assert person.snapshot_id is not None
        held = self.vendor.held(person.owner_external_id)
        assert standing.rows_of(person.snapshot_id) == wire.expected(held), "a summary lacks something"
        imported = person.sources.imported().filter(kind=SourceKind.BANK).count()
        brought = sum(one.origin == "scraper" for one in held)
        assert imported <= brought, f"{imported} banks are called imported, {brought} are there"
        assert not person.sources.filter(missing_from_summary=True).exists()

    def _everybody_goes(self) -> None:
        self.world.expire_everybody()
        self.world.run("retire", 0, 0)
        self.settle()
        states = set(Erasure.objects.values_list("state", flat=True))
        assert states <= {ErasureState.PROVED}, states
        assert not Source.objects.exists()
        self.world.clock.forward(days=91)
        self.world.run("retire", 0, 0)
        assert not Onboarding.objects.exists()


@contextmanager
def installed(*, limit: int, at: datetime = BEGIN, starts_twice: bool = False) -> Iterator[Installation]:
    """Stop the clocks, put the vendor's model on the edge, and begin with nobody."""
    mocked = responses.RequestsMock(assert_all_requests_are_fired=False)
    with clocks.stopped(at) as clock, mocked:
        vendor = VendorModel(clock, limit=limit, starts_twice=starts_twice)
        vendor.answer_at(mocked)
        yield Installation(World(clock, vendor, Broker()), vendor, standing.Standing(vendor, limit=limit))
