"""Rows that may have come twice are all stored; the later one says which earlier one it may be."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection

from onboarding import ledger
from onboarding.kontomatik.records import AggregateRecord
from onboarding.models import AccountListing, Snapshot, Transaction
from tests.ledger.aggregates import OTHER_IBAN, account, held, new_snapshot, own_data, row, rows, sources, target

pytestmark = pytest.mark.django_db


class ClaimLost(Exception):
    pass


def stored(*parts: tuple[str, list[AggregateRecord]]) -> Snapshot:
    snapshot = new_snapshot()
    ledger.store_aggregate(sources(*parts), snapshot=snapshot, renew=held)
    snapshot.refresh_from_db()
    return snapshot


def marked(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the titles of each later row and of the earlier one that it names."""
    titles = dict(snapshot.transactions.values_list("pk", "title"))
    return [(one.title, titles[one.twin]) for one in snapshot.transactions.possible_duplicates().order_by("pk")]


def test_both_rows_of_a_pair_are_stored_and_counted() -> None:
    snapshot = stored(("scraper", target(account(row()))), ("upload", own_data(account(row(title="Rent March")))))

    assert snapshot.transactions.count() == snapshot.transaction_count == snapshot.accounts.get().transaction_count == 2
    assert snapshot.currency_totals.get().out_cents == 4000
    assert snapshot.currency_totals.get().balance_cents == 10_000
    assert marked(snapshot) == [("Rent March", "Rent")]


def test_each_row_says_which_listing_it_came_with_and_each_listing_where_it_came_from() -> None:
    first, second = rows(2)
    snapshot = stored(
        ("scraper", target(account(first))), ("statement", target(account(second), official_name="PKO BP"))
    )

    assert list(snapshot.transactions.order_by("pk").values_list("title", "listing")) == [
        ("Payment 1", 1),
        ("Payment 2", 2),
    ]
    listings = snapshot.account_listings.values_list("number", "origin", "bank", "transaction_count")
    assert list(listings) == [(1, "scraper", "KontoBank", 1), (2, "statement", "PKO BP", 1)]


def test_a_repeated_sign_in_is_a_listing_too_and_has_no_pairs() -> None:
    snapshot = stored(("scraper", target(account(row()))), ("scraper", target(account(row(), row(title="New")))))

    assert list(snapshot.account_listings.values_list("number", "transaction_count")) == [(1, 1), (2, 1)]
    assert marked(snapshot) == []


@pytest.mark.parametrize(
    "change", [{"iban": OTHER_IBAN}, {"currency": "EUR"}, {"iban": None}], ids=["number", "currency", "no number"]
)
def test_rows_of_two_accounts_are_never_paired(change: dict[str, object]) -> None:
    snapshot = stored(("scraper", target(account(row()))), ("upload", own_data(account(row(), **change))))

    assert snapshot.accounts.count() == 2
    assert marked(snapshot) == []


def test_texts_are_compared_without_case_and_accents_and_days_by_what_is_shown() -> None:
    unbooked = row(title="ŁÓDŹ", party=None, booked_on=None, transaction_on=date(2026, 3, 10))
    snapshot = stored(
        ("scraper", target(account(row(title="Łódź", party=None)))), ("upload", own_data(account(unbooked)))
    )

    assert marked(snapshot) == [("ŁÓDŹ", "Łódź")]


def test_pairs_beyond_one_batch_are_all_written_and_the_claim_is_renewed_in_each() -> None:
    count = ledger.ROWS_A_COMMIT[connection.vendor] + 3
    renewals: list[int] = []
    snapshot = new_snapshot()
    ledger.store_aggregate(
        sources(("scraper", target(account(*rows(count)))), ("upload", own_data(account(*rows(count))))),
        snapshot=snapshot,
        renew=renewals.append,
    )

    assert snapshot.transactions.possible_duplicates().count() == count
    # Before the account is read, for the two batches of pairs, and for the snapshot's own count.
    assert renewals[-4:] == [2 * count] * 4


def test_rows_of_equal_days_and_amounts_in_two_accounts_find_their_own() -> None:
    def both() -> list[AggregateRecord]:
        return target(account(*rows(20)), account(*rows(20), iban=OTHER_IBAN))

    snapshot = stored(("scraper", both()), ("statement", both()))

    assert len(marked(snapshot)) == 40
    accounts = dict(snapshot.transactions.values_list("pk", "account_id"))
    pairs = snapshot.transactions.possible_duplicates()
    assert all(one.twin and accounts[one.twin] == one.account_id for one in pairs)


def test_a_claim_lost_while_pairs_are_written_ends_the_writing() -> None:
    calls: list[int] = []

    def renew(rows_so_far: int) -> None:
        calls.append(rows_so_far)
        if calls.count(4) == 3:
            raise ClaimLost

    snapshot = new_snapshot()
    records = sources(("scraper", target(account(*rows(2)))), ("upload", own_data(account(*rows(2)))))
    with pytest.raises(ClaimLost):
        ledger.store_aggregate(records, snapshot=snapshot, renew=renew)


def test_an_erasure_while_rows_are_read_for_pairs_is_told() -> None:
    snapshot = new_snapshot()

    def renew(rows_so_far: int) -> None:
        if snapshot.account_listings.exists():
            ledger.discard(snapshot.pk)

    records = sources(("scraper", target(account(row()))), ("upload", own_data(account(row()))))
    with pytest.raises(ledger.SnapshotGone):
        ledger.store_aggregate(records, snapshot=snapshot, renew=renew)


def test_discarding_takes_the_listings_too() -> None:
    snapshot = stored(("scraper", target(account(row()))), ("upload", own_data(account(row()))))

    ledger.discard(snapshot.pk)

    assert not AccountListing.objects.exists()
    assert not Transaction.objects.exists()


def test_ten_thousand_equal_payments_in_two_sources_are_paired_once_each() -> None:
    def many() -> Iterator[AggregateRecord]:
        day = date(2026, 3, 1)
        yield from sources(
            ("scraper", target(account(*(row(booked_on=day + timedelta(days=n % 2)) for n in range(5000))))),
            ("upload", own_data(account(*(row(booked_on=day + timedelta(days=n % 2)) for n in range(5000))))),
        )

    snapshot = new_snapshot()
    ledger.store_aggregate(many(), snapshot=snapshot, renew=held)

    twins = list(snapshot.transactions.possible_duplicates().values_list("twin", flat=True))
    assert len(twins) == len(set(twins)) == 5000
