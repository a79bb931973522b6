"""An onboarding whose summary is shown, made through the ledger."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone

from onboarding import ledger
from onboarding.kontomatik.records import AggregateRecord
from onboarding.models import BankSignIn, Onboarding, Source
from tests.ledger.aggregates import aggregate, held, new_onboarding, new_snapshot


def shown(*targets: Sequence[AggregateRecord]) -> Onboarding:
    return shown_of(aggregate(*targets))


def shown_of(records: Iterable[AggregateRecord]) -> Onboarding:
    onboarding = new_onboarding()
    snapshot = new_snapshot(onboarding)
    ledger.store_aggregate(records, snapshot=snapshot, renew=held)
    onboarding.snapshot = snapshot
    onboarding.save()
    return onboarding


def add_source(onboarding: Onboarding, bank: str, **facts: object) -> Source:
    """Add a source that was there before the summary; an imported one is in it unless ``in_snapshot`` says no."""
    if facts["state"] == "imported":
        facts.setdefault("in_snapshot", onboarding.snapshot)
    source = Source.objects.create(onboarding=onboarding, state_since=timezone.now(), **facts)
    Source.objects.filter(pk=source.pk).update(created_at=timezone.now() - timedelta(hours=1))
    BankSignIn.objects.create(source=source, official_name=bank)
    return source
