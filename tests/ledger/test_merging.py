from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.counting import merging
from onboarding.kontomatik.records import Account, AccountKind, AggregateRecord, Owner, Transaction

from .aggregates import IBAN, OTHER_IBAN, account, aggregate, row, rows, target


def booked(
    *targets: list[AggregateRecord], held_in_memory: int = merging.HELD_IN_MEMORY
) -> list[tuple[int, Transaction]]:
    records = merging.merged(aggregate(*targets), held_in_memory=held_in_memory)
    return [(one.position, one.transaction) for one in records if isinstance(one, merging.Booked)]


def complete(*targets: list[AggregateRecord]) -> list[merging.AccountComplete]:
    return [one for one in merging.merged(aggregate(*targets)) if isinstance(one, merging.AccountComplete)]


def test_equal_rows_of_one_listing_are_all_real() -> None:
    assert booked(target(account(row(), row()))) == [(1, row()), (1, row())]


@pytest.mark.parametrize("iban_first", [True, False])
def test_rows_of_a_repeat_that_the_account_had_are_left_out_and_further_ones_kept(iban_first: bool) -> None:
    first, second, third = rows(3)

    again = target(account(second, third, iban_first=iban_first))
    assert booked(target(account(first, second, iban_first=iban_first)), again) == [(1, first), (1, second), (1, third)]


def test_of_equal_rows_the_account_has_as_many_as_the_listing_with_most() -> None:
    twice, thrice = target(account(row(), row())), target(account(row(), row(), row()))

    assert len(booked(twice, thrice, twice)) == 3
    assert len(booked(thrice, twice)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_on": date(2026, 3, 8)},
        {"booked_on": None},
        {"amount": Decimal("-21.00")},
        {"balance": None},
        {"title": "Rent Landlord"},
        {"party": None},
        {"party_iban": IBAN},
    ],
)
def test_rows_that_differ_in_what_identifies_them_are_two(change: dict[str, object]) -> None:
    other = replace(row(), **change)

    assert booked(target(account(row())), target(account(other))) == [(1, row()), (1, other)]


@pytest.mark.parametrize(
    "change", [{"labels": ("cash",)}, {"status": "PENDING"}, {"kind": None}, {"amount": Decimal("-20.0")}]
)
def test_rows_that_differ_in_what_the_vendor_adds_are_one(change: dict[str, object]) -> None:
    assert len(booked(target(account(row())), target(account(replace(row(), **change))))) == 1


def test_two_amounts_that_hash_alike_are_two_rows() -> None:
    # In Python hash(-1) == hash(-2), for Decimal too.
    rows_apart = row("-0.01", balance=None), row("-0.02", balance=None)

    assert len(booked(target(account(rows_apart[0])), target(account(rows_apart[1])))) == 2


def test_an_account_listed_twice_in_one_target_is_two_accounts() -> None:
    assert len(complete(target(account(row()), account(row())))) == 2


def test_two_accounts_of_one_number_repeat_each_its_own() -> None:
    first, second = rows(2)
    listing = target(account(first), account(second))

    assert [(one.position, one.times_seen) for one in complete(listing, listing)] == [(1, 2), (2, 2)]
    assert booked(listing, listing) == [(1, first), (2, second)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (target(account(row(), iban=None)), target(account(row(), iban=None))),
        (target(account(row(), currency="PLN")), target(account(row(), currency="EUR"))),
        (target(account(row())), target(account(row(), iban=OTHER_IBAN))),
        (target(account(row())), target(account(row(), kind=AccountKind.CARD))),
        (target(account(row())), target(account(row()), institution="OtherBank")),
        (
            target(account(row()), name=None, institution=None),
            target(account(row()), name=None, institution=None),
        ),
    ],
    ids=["no IBAN", "another currency", "another IBAN", "another kind", "another bank", "no bank named"],
)
def test_accounts_that_may_be_different_ones_are_never_merged(
    first: list[AggregateRecord], second: list[AggregateRecord]
) -> None:
    assert len(booked(first, second)) == 2


def test_accounts_of_another_origin_are_never_merged() -> None:
    records = [*aggregate(target(account(row()))), *aggregate(target(account(row())), origin="statement")]

    assert sum(isinstance(one, merging.Booked) for one in merging.merged(records)) == 2


def test_the_institution_recognises_a_bank_whose_target_was_renamed() -> None:
    renamed = target(account(row()), name="KontoBank_pl")

    assert len(booked(target(account(row())), renamed)) == 1


def test_a_bank_without_an_institution_is_recognised_by_its_target() -> None:
    listing = target(account(row()), institution=None)

    assert len(booked(listing, listing)) == 1


def test_the_later_listing_wins_where_it_says_something() -> None:
    first = target(account(name="Old", balance=Decimal("1.00"), funds_available=Decimal("1.50"), partial=True))
    later = target(account(name="New", balance=Decimal("2.00"), funds_available=None, partial=False))

    (one,) = complete(first, later)
    assert (one.account.name, one.account.balance, one.account.funds_available) == (
        "New",
        Decimal("2.00"),
        Decimal("1.50"),
    )
    assert (one.times_seen, one.account.partial) == (2, False)


@pytest.mark.parametrize(("first", "second", "both"), [(True, True, True), (True, False, False), (False, True, False)])
def test_an_account_is_partial_only_when_every_listing_of_it_is(first: bool, second: bool, both: bool) -> None:
    (one,) = complete(target(account(partial=first)), target(account(partial=second)))

    assert one.account.partial is both


def test_held_back_rows_beyond_the_memory_limit_come_back_as_they_were() -> None:
    many = [row(title=f"Zażółć {n}\n\u2028", labels=("a b", "ł"), balance=None, booked_on=None) for n in range(50)]

    listed = booked(target(account(row())), target(account(*many, iban_first=False)), held_in_memory=256)
    assert listed == [(1, row()), *((1, one) for one in many)]


def test_a_reply_that_ends_among_held_back_rows_leaves_no_file_open() -> None:
    unfinished = target(account(*rows(5), iban_first=False))[:-1]

    assert len(booked(target(account(row())), unfinished, held_in_memory=1)) == 1


def test_every_listing_is_told_a_repeated_one_too() -> None:
    listing = target(account(row()))
    listed = [one for one in merging.merged(aggregate(listing, listing)) if isinstance(one, merging.AccountListed)]

    assert [(one.bank.target, one.account.iban) for one in listed] == [("KontoBankApi", IBAN)] * 2


def test_accounts_before_any_target_belong_to_no_bank() -> None:
    found = [
        one for one in merging.merged([Owner("o", "upload"), *account(row())]) if isinstance(one, merging.AccountFound)
    ]

    assert found == [(1, AccountKind.ACCOUNT, merging.Bank("upload", None, None, None))]


LISTINGS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["", IBAN, OTHER_IBAN]), st.lists(st.integers(0, 3), max_size=6), st.booleans()),
        max_size=4,
    ),
    max_size=4,
)


@settings(deadline=None)
@given(LISTINGS)
def test_merging_agrees_with_counting_every_row(
    listings: list[list[tuple[str, list[int], bool]]],
) -> None:
    """Compare with a plain model: by bank and IBAN, the nth listing in each target is the nth account."""
    model: dict[tuple[str, int], Counter[int]] = {}
    alone: list[Counter[int]] = []
    for accounts in listings:
        here: Counter[str] = Counter()
        for iban, numbers, _ in accounts:
            if iban:
                nth = (iban, here[iban])
                model[nth] = model.get(nth, Counter()) | Counter(numbers)
                here[iban] += 1
            else:
                alone.append(Counter(numbers))

    by_position: dict[int, Counter[int]] = {}
    for record in merging.merged(aggregate(*(_target_of(accounts) for accounts in listings))):
        if isinstance(record, merging.AccountFound):
            by_position[record.position] = Counter()
        elif isinstance(record, merging.Booked):
            by_position[record.position][int(record.transaction.title or "")] += 1

    expected = [*model.values(), *alone]
    assert sorted(map(_sorted, by_position.values())) == sorted(map(_sorted, expected))


def _target_of(accounts: list[tuple[str, list[int], bool]]) -> list[AggregateRecord]:
    return target(
        *(
            account(*(row(title=str(n)) for n in numbers), iban=iban or None, iban_first=iban_first)
            for iban, numbers, iban_first in accounts
        )
    )


def _sorted(counted: "Counter[int]") -> list[int]:
    return sorted(counted.elements())


def test_an_account_that_ends_without_a_beginning_is_a_fault() -> None:
    facts = account()[-1]
    assert isinstance(facts, Account)

    with pytest.raises(ValueError, match="had not begun"):
        list(merging.merged([facts]))
