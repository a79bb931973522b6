"""The figures of the real service's recorded import, wrapped as an aggregate, counted here a second way."""

import io
import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from onboarding import ledger
from onboarding.kontomatik.parser import read_aggregate
from onboarding.summary.document import build
from onboarding.summary.saved import document_of_reply
from tests import needs
from tests.ledger.aggregates import held, new_snapshot

pytestmark = pytest.mark.recorded

WRAPPING = (
    '<reply status="200 OK"><owner externalId="o" origin="scraper">'
    '<target name="KontoBank" officialName="KontoBank" institution="KontoBank">{}</target></owner></reply>'
)


def recorded_result() -> ElementTree.Element:
    path = Path(os.environ[needs.RECORDED]) / "command.successful.200.xml"
    result = ElementTree.parse(path).find("command/result")  # noqa: S314 - a file of our own
    assert result is not None
    return result


def wrapped() -> io.BytesIO:
    inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in recorded_result())
    return io.BytesIO(WRAPPING.format(inner).encode())


def amounts() -> list[Decimal]:
    return [Decimal(found.text or "") for found in recorded_result().iter("currencyAmount")]


def check(document: dict[str, Any]) -> None:
    (account,) = document["accounts"]
    assert (account["balance"], account["currency"], account["transactionCount"]) == ("259402.51", "PLN", 72)
    (total,) = document["totals"]
    assert total == {
        "currency": "PLN",
        "balance": "259402.51",
        "in": str(sum(amount for amount in amounts() if amount > 0)),
        "out": str(-sum(amount for amount in amounts() if amount < 0)),
    }
    for column, sign in (("in", 1), ("out", -1)):
        flow = sum(Decimal(month[column]) for month in document["months"])
        assert flow == sum(sign * amount for amount in amounts() if sign * amount > 0)


def test_the_recorded_import_gives_its_own_figures_without_a_database() -> None:
    check(document_of_reply(read_aggregate(wrapped()), now=timezone.now()))


@pytest.mark.django_db
def test_the_recorded_import_gives_its_own_figures_from_the_ledger() -> None:
    snapshot = new_snapshot()
    ledger.store_aggregate(read_aggregate(wrapped()), snapshot=snapshot, renew=held)
    onboarding = snapshot.onboarding
    onboarding.snapshot = snapshot
    onboarding.save()

    document = build(onboarding)

    assert document is not None
    check(document)
    assert snapshot.transactions.count() == len(amounts()) == 72
