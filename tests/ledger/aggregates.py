"""Records made by hand, as the parser yields them, and the rows that a snapshot hangs on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from onboarding.kontomatik.records import (
    Account,
    AccountKind,
    AccountOpened,
    AggregateRecord,
    Owner,
    Person,
    Target,
    Transaction,
)
from onboarding.models import Aggregation, Onboarding, Snapshot

IBAN = "PL61109010140000071219812874"
OTHER_IBAN = "PL27114020040000300201355387"
FIRST_DAY = date(2026, 1, 1)

ROW = Transaction(
    transaction_on=date(2026, 3, 9),
    booked_on=date(2026, 3, 10),
    amount=Decimal("-20.00"),
    balance=Decimal("100.00"),
    title="Rent",
    party="Landlord",
    party_iban=OTHER_IBAN,
    kind="transfer",
    status="DONE",
    labels=(),
)
FACTS = Account(
    kind=AccountKind.ACCOUNT,
    name="Everyday",
    iban=IBAN,
    currency="PLN",
    balance=Decimal("100.00"),
    funds_available=Decimal("90.00"),
    active_since=date(2020, 1, 1),
    partial=False,
)


def row(amount: str = "-20.00", **changes: object) -> Transaction:
    return replace(ROW, amount=Decimal(amount), **changes)


def rows(count: int, **changes: object) -> list[Transaction]:
    """Make rows that all differ, one a day."""
    return [
        row(f"-{number}.50", booked_on=FIRST_DAY + timedelta(days=number % 300), title=f"Payment {number}", **changes)
        for number in range(1, count + 1)
    ]


def account(*booked: Transaction, iban_first: bool = True, **changes: object) -> list[AggregateRecord]:
    """Make one listing of an account; with ``iban_first=False`` its IBAN and currency stand behind its rows."""
    facts = replace(FACTS, **changes)
    opened = AccountOpened(facts.kind, facts.iban, facts.currency) if iban_first else AccountOpened(facts.kind)
    return [opened, *booked, facts]


def target(
    *accounts: Sequence[AggregateRecord],
    name: str | None = "KontoBankApi",
    official_name: str | None = "KontoBank",
    institution: str | None = "KontoBank",
    people: Sequence[Person] = (),
) -> list[AggregateRecord]:
    return [Target(name, official_name, institution), *people, *(record for one in accounts for record in one)]


def aggregate(
    *targets: Sequence[AggregateRecord], origin: str = "scraper", owner: str = "owner-1"
) -> Iterator[AggregateRecord]:
    """Yield one owner with its targets."""
    yield Owner(owner, origin)
    for one in targets:
        yield from one


def sources(*parts: tuple[str, Sequence[AggregateRecord]]) -> Iterator[AggregateRecord]:
    """Yield one owner element for each origin and its targets, as data of several origins comes."""
    for origin, listed in parts:
        yield from aggregate(listed, origin=origin)


def own_data(*accounts: Sequence[AggregateRecord]) -> list[AggregateRecord]:
    """Make the target of own data that names no bank."""
    return target(*accounts, name=None, official_name=None, institution=None)


def new_onboarding() -> Onboarding:
    now = timezone.now()
    return Onboarding.objects.create(country="pl", locale="pl", consented_at=now, expires_at=now + timedelta(days=1))


def new_snapshot(onboarding: Onboarding | None = None) -> Snapshot:
    onboarding = onboarding or new_onboarding()
    aggregation = Aggregation.objects.create(onboarding=onboarding, state=Aggregation.State.READY)
    return Snapshot.objects.create(onboarding=onboarding, aggregation=aggregation, generated_at=timezone.now())


def held(rows_so_far: int) -> None:
    """Renew a claim that nobody else wants."""
