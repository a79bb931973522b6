from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from onboarding.models import Onboarding, Source
from onboarding.summary.document import build
from onboarding.summary.shown import consistently
from tests.ledger.aggregates import account, new_onboarding, new_snapshot, row, rows, target

from .makers import add_source, shown

pytestmark = pytest.mark.django_db


def test_the_document_has_exactly_the_promised_keys() -> None:
    onboarding = shown(target(account(row(labels=("cash",)))))
    add_source(onboarding, "KontoBank", state="imported")

    document = build(onboarding)

    assert document is not None
    assert list(document) == [
        "ownerExternalId",
        "generatedAt",
        "sources",
        "totals",
        "accounts",
        "months",
        "labels",
        "possibleDuplicates",
    ]
    assert list(document["possibleDuplicates"]) == ["count", "hidden"]
    assert [list(document[name][0]) for name in ("sources", "totals", "accounts", "months", "labels")] == [
        ["kind", "state", "bank", "failure"],
        ["currency", "balance", "in", "out"],
        [
            "bank",
            "name",
            "iban",
            "currency",
            "balance",
            "transactionCount",
            "firstBookedOn",
            "lastBookedOn",
            "partial",
            "origins",
        ],
        ["month", "currency", "in", "out"],
        ["label", "currency", "in", "out", "count"],
    ]


def test_the_document_says_whose_it_is_and_when_its_reply_was_fetched() -> None:
    onboarding = shown(target(account(row())))
    assert onboarding.snapshot is not None
    onboarding.snapshot.generated_at = datetime(2026, 11, 22, 23, 37, 5, 999, tzinfo=UTC)
    onboarding.snapshot.save()

    document = build(onboarding)

    assert document is not None
    assert document["ownerExternalId"] == onboarding.owner_external_id
    assert document["generatedAt"] == "2026-11-22T23:37:05Z"


def test_amounts_are_decimal_texts_and_what_is_not_known_is_null() -> None:
    document = build(
        shown(target(account(row("-149.50", booked_on=None), balance=None, iban=None, name=None), official_name=None))
    )

    assert document is not None
    assert document["totals"] == [{"currency": "PLN", "balance": None, "in": "0.00", "out": "149.50"}]
    assert document["accounts"] == [
        {
            "bank": "KontoBankApi",
            "name": None,
            "iban": None,
            "currency": "PLN",
            "balance": None,
            "transactionCount": 1,
            "firstBookedOn": None,
            "lastBookedOn": None,
            "partial": False,
            "origins": ["bank"],
        }
    ]


def test_a_negative_balance_keeps_its_sign() -> None:
    document = build(shown(target(account(balance=Decimal("-0.05")))))

    assert document is not None
    assert document["totals"][0]["balance"] == "-0.05"


def test_sources_are_those_the_person_sees_oldest_first() -> None:
    onboarding = shown()
    add_source(onboarding, "First Bank", state="imported")
    failed = add_source(onboarding, "Second Bank", state="failed", failure="credentials")
    replaced = add_source(onboarding, "Second Bank", state="failed", failure="timed_out", replaced_by=failed)
    add_source(onboarding, "Gone Bank", state="imported", removed_at=timezone.now())

    document = build(onboarding)

    assert document is not None
    assert replaced.replaced_by == failed
    assert document["sources"] == [
        {"kind": "bank", "state": "imported", "bank": "First Bank", "failure": None},
        {"kind": "bank", "state": "failed", "bank": "Second Bank", "failure": "credentials"},
    ]


def test_a_bank_that_is_not_in_the_summary_is_not_in_its_document() -> None:
    onboarding = shown(target(account()))
    add_source(onboarding, "First Bank", state="imported")
    add_source(onboarding, "Late Bank", state="imported", in_snapshot=None)
    add_source(onboarding, "Once Bank", state="imported", in_snapshot=new_snapshot(onboarding))
    added = add_source(onboarding, "Added Bank", state="failed", failure="credentials")
    Source.objects.filter(pk=added.pk).update(created_at=timezone.now())

    document = build(onboarding)

    assert document is not None
    assert [source["bank"] for source in document["sources"]] == ["First Bank"]


def test_a_bank_still_being_imported_when_the_summary_was_made_is_in_its_document() -> None:
    onboarding = shown(target(account()))
    add_source(onboarding, "Slow Bank", state="importing")

    document = build(onboarding)

    assert document is not None
    assert [source["state"] for source in document["sources"]] == ["importing"]


def test_without_a_summary_there_is_no_document() -> None:
    assert build(new_onboarding()) is None


@pytest.mark.parametrize("count", [10, 1000])
def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_num_queries: object, count: int) -> None:
    onboarding = shown(target(account(*rows(count))))

    with django_assert_num_queries(10):
        build(onboarding)


def test_what_was_read_while_another_snapshot_was_flipped_to_is_read_again() -> None:
    onboarding = shown()
    before, after = onboarding.snapshot_id, new_snapshot(onboarding)
    read: list[int] = []

    def read_slowly(snapshot_pk: int) -> int:
        read.append(snapshot_pk)
        Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=after)
        return snapshot_pk

    assert consistently(onboarding.pk, read_slowly) == after.pk
    assert read == [before, after.pk]


def test_a_person_erased_while_it_was_read_has_no_document() -> None:
    onboarding = shown()

    def erased_meanwhile(snapshot_pk: int) -> int:
        Onboarding.objects.filter(pk=onboarding.pk).update(snapshot=None)
        return snapshot_pk

    assert consistently(onboarding.pk, erased_meanwhile) is None
