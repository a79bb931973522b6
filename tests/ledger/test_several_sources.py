"""An account that came from several sources is one account with all of their rows."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from onboarding.counting import merging
from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.records import AccountKind, AggregateRecord
from tests.ledger.aggregates import IBAN, OTHER_IBAN, account, own_data, row, rows, sources, target

PKO = {"name": "PkoBp", "official_name": "PKO BP", "institution": "PkoBp"}


def complete(records: Iterable[AggregateRecord]) -> list[merging.AccountComplete]:
    return [one for one in merging.merged(records) if isinstance(one, merging.AccountComplete)]


def booked(records: Iterable[AggregateRecord]) -> list[tuple[int, int]]:
    """Return position and listing of every row that counts."""
    return [(one.position, one.listing) for one in merging.merged(records) if isinstance(one, merging.Booked)]


def test_a_statement_and_own_data_of_a_banks_account_are_one_account_with_all_rows() -> None:
    records = list(
        sources(
            ("scraper", target(account(row(), row()))),
            ("statement", target(account(row()), **PKO)),
            ("upload", own_data(account(row()))),
        )
    )
    (one,) = complete(records)

    assert [(listing.number, listing.bank.origin, listing.bank.name) for listing in one.listings] == [
        (1, "scraper", "KontoBank"),
        (2, "statement", "PKO BP"),
        (3, "upload", None),
    ]
    assert [listing.transaction_count for listing in one.listings] == [2, 1, 1]
    assert booked(records) == [(1, 1), (1, 1), (1, 2), (1, 3)]
    assert one.came_from_several


@pytest.mark.parametrize("origin", ["statement", "upload", "a word of tomorrow"])
def test_two_files_are_two_sources_whose_equal_rows_all_count(origin: str) -> None:
    records = list(sources((origin, target(account(row()))), (origin, target(account(row())))))
    (one,) = complete(records)

    assert booked(records) == [(1, 1), (1, 2)]
    assert one.came_from_several


def test_two_sign_ins_at_one_bank_are_one_source() -> None:
    (one,) = complete(sources(("scraper", target(account(row()))), ("scraper", target(account(row(), row())))))

    assert [(listing.number, listing.source, listing.transaction_count) for listing in one.listings] == [
        (1, 1, 1),
        (2, 1, 1),
    ]
    assert not one.came_from_several


def test_a_repeat_of_a_bank_is_compared_with_that_banks_rows_alone() -> None:
    first, second = rows(2)
    records = list(
        sources(
            ("scraper", target(account(first))),
            ("statement", target(account(second))),
            ("scraper", target(account(first, second))),
        )
    )

    assert booked(records) == [(1, 1), (1, 2), (1, 3)]
    assert [listing.source for listing in complete(records)[0].listings] == [1, 2, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (IBAN, "PL61 1090 1014 0000 0712 1981 2874"),
        (IBAN, IBAN.lower()),
        (IBAN, IBAN[2:]),
        (IBAN, IBAN[4:]),
        (IBAN, "61 1090 1014 0000 0712 1981 2874"),
        (IBAN[2:], IBAN),
        (IBAN[4:], IBAN),
        ("0123456789", "012-345-6789"),
    ],
)
@pytest.mark.parametrize("iban_first", [True, False])
def test_a_number_written_otherwise_is_the_same_account(one: str, other: str, iban_first: bool) -> None:
    found = complete(
        sources(
            ("scraper", target(account(row(), iban=one))),
            ("upload", own_data(account(row(), iban=other, iban_first=iban_first))),
        )
    )

    assert [len(account.listings) for account in found] == [2]
    assert IBAN not in (one, other) or found[0].account.iban == IBAN


@pytest.mark.parametrize(
    "change",
    [
        {"iban": None},
        {"iban": OTHER_IBAN},
        {"iban": IBAN[8:]},
        {"iban": IBAN[-10:]},
        {"iban": "PL62" + IBAN[4:]},
        {"currency": "EUR"},
        {"kind": AccountKind.CARD},
    ],
    ids=["no number", "another number", "a tail without the bank", "a short tail", "another IBAN", "currency", "kind"],
)
@pytest.mark.parametrize("iban_first", [True, False])
def test_accounts_that_may_be_different_ones_stay_two(change: dict[str, object], iban_first: bool) -> None:
    records = [
        ("scraper", target(account(row()))),
        ("upload", own_data(account(row(), iban_first=iban_first, **change))),
    ]

    assert len(complete(sources(*records))) == 2
    assert len(complete(sources(*records[::-1]))) == 2


@pytest.mark.parametrize(("number", "accounts"), [("12345678", 2), ("1234567890", 1)])
def test_a_number_that_is_too_short_to_be_one_of_a_kind_joins_nothing(number: str, accounts: int) -> None:
    records = sources(
        ("scraper", target(account(row(), iban=number))), ("upload", own_data(account(row(), iban=number)))
    )

    assert len(complete(records)) == accounts


def test_a_national_number_at_two_named_banks_is_two_accounts() -> None:
    records = sources(
        ("scraper", target(account(row(), iban="1234567890"))),
        ("statement", target(account(row(), iban="1234567890"), **PKO)),
    )

    assert len(complete(records)) == 2


def test_once_its_iban_is_known_an_account_is_found_by_that() -> None:
    found = complete(
        sources(
            ("upload", own_data(account(row(), iban=IBAN[2:]))),
            ("scraper", target(account(row()))),
            ("statement", target(account(row()), **PKO)),
            ("upload", own_data(account(row(), iban="PL62" + IBAN[4:]))),
        )
    )

    assert [(one.account.iban, len(one.listings)) for one in found] == [(IBAN, 3), ("PL62" + IBAN[4:], 1)]


def test_accounts_of_one_number_in_one_file_stay_apart() -> None:
    listing = own_data(account(row()), account(row()))

    assert [len(one.listings) for one in complete(sources(("upload", listing), ("upload", listing)))] == [2, 2]


def test_deposits_without_a_currency_are_never_joined_across_sources() -> None:
    deposit = account(row(), kind=AccountKind.DEPOSIT, currency=None)

    assert len(complete(sources(("scraper", target(deposit)), ("upload", own_data(deposit))))) == 2


def test_the_banks_own_balance_comes_before_a_newer_files() -> None:
    old = row(booked_on=date(2026, 1, 1))
    new = row(booked_on=date(2026, 5, 1))
    records = [
        ("scraper", target(account(old, balance=Decimal("1.00"), funds_available=None, name="At the bank"))),
        ("upload", own_data(account(new, balance=Decimal("2.00"), name="In the file"))),
    ]

    for listed in (records, records[::-1]):
        (one,) = complete(sources(*listed))
        assert (one.account.balance, one.account.name) == (Decimal("1.00"), "At the bank")
        # Funds of another day beside this balance would be a figure that nobody stated.
        assert one.account.funds_available is None
        assert (one.bank.origin, one.bank.name) == ("scraper", "KontoBank")


def test_of_two_files_the_one_with_the_newest_row_says_the_balance() -> None:
    newer = account(row(booked_on=date(2026, 5, 1)), balance=Decimal("2.00"))
    older = account(row(booked_on=date(2026, 1, 1)), balance=Decimal("1.00"))

    for listed in ((newer, older), (older, newer)):
        (one,) = complete(sources(*(("upload", own_data(part)) for part in listed)))
        assert one.account.balance == Decimal("2.00")


def test_a_file_says_the_balance_when_the_bank_said_none() -> None:
    (one,) = complete(
        sources(
            ("scraper", target(account(row(), balance=None))),
            ("upload", own_data(account(row(), balance=Decimal("2.00"), funds_available=Decimal("3.00")))),
        )
    )

    assert (one.account.balance, one.account.funds_available) == (Decimal("2.00"), Decimal("3.00"))


def test_a_named_bank_is_preferred_to_none() -> None:
    records = sources(("upload", own_data(account(row()))), ("statement", target(account(), **PKO)))

    assert [one.bank.name for one in complete(records)] == ["PKO BP"]


@pytest.mark.parametrize(("bank", "file", "whole"), [(True, False, True), (False, True, False)])
def test_a_file_does_not_make_up_for_a_history_that_was_cut_short(bank: bool, file: bool, whole: bool) -> None:
    (one,) = complete(
        sources(("scraper", target(account(row(), partial=bank))), ("upload", own_data(account(row(), partial=file))))
    )

    assert one.account.partial is whole


def test_an_account_that_is_listed_without_end_is_refused() -> None:
    listing = ("upload", own_data(account()))

    assert len(complete(sources(*[listing] * merging.MOST_LISTINGS))) == 1
    with pytest.raises(AggregateRefused, match="too often"):
        complete(sources(*[listing] * (merging.MOST_LISTINGS + 1)))
