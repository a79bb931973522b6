"""Which rows of several sources may be one payment: one to one, and real equal payments stay."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.counting.likeness import MOST_DAYS, MOST_KINDS, Pair, Row, possible_duplicates, similarity

BANK, STATEMENT, FILE = 1, 2, 3
DAY = 739_000

# What a row says of itself, without its number: two such rows are interchangeable.
Said = tuple[int, int, str, int]
TEXTS = ["", "rent landlord", "rent", "landlord rent march", "shop", "shop 12", "transfer", "transfer 7", "cafe"]
SAID = st.tuples(
    st.sampled_from([-2000, -2000, 500]),
    st.integers(DAY, DAY + 9),
    st.sampled_from(TEXTS),
    st.integers(BANK, FILE),
)


def rows(said: list[Said], numbers: list[int] | None = None) -> list[Row]:
    numbered = [Row(*one, pk=pk) for one, pk in zip(said, numbers or count(1), strict=False)]
    return sorted(numbered, key=lambda row: (row.amount_cents, row.day, row.text, row.pk))


def pairs(said: list[Said], numbers: list[int] | None = None) -> list[tuple[Said, Said]]:
    """Return what both rows of each pair say, in order."""
    by_pk = {row.pk: row for row in rows(said, numbers)}
    found = possible_duplicates(rows(said, numbers))
    return sorted((by_pk[pair.later][:4], by_pk[pair.earlier][:4]) for pair in found)


def row(source: int, day: int = 0, text: str = "rent landlord", amount: int = -2000) -> Said:
    return amount, DAY + day, text, source


def test_the_later_sources_row_names_the_earlier_ones() -> None:
    assert pairs([row(STATEMENT), row(BANK)]) == [(row(STATEMENT), row(BANK))]


def test_equal_rows_of_one_source_are_two_payments() -> None:
    assert pairs([row(BANK), row(BANK)]) == []


@pytest.mark.parametrize("most", [3, 40, 1500])
def test_three_in_one_source_and_two_in_the_other_are_two_pairs(most: int) -> None:
    assert len(pairs([row(BANK)] * most + [row(FILE)] * (most - 1))) == most - 1
    assert len(pairs([row(BANK)] * (most - 1) + [row(FILE)] * most)) == most - 1


def test_amounts_of_opposite_signs_are_two_payments() -> None:
    assert pairs([row(BANK, amount=500), row(FILE, amount=-500)]) == []


@pytest.mark.parametrize(("apart", "found"), [(0, 1), (3, 1), (-3, 1), (4, 0), (-4, 0)])
def test_days_may_be_three_apart(apart: int, found: int) -> None:
    assert len(pairs([row(BANK), row(FILE, apart)])) == found


def test_the_nearest_day_wins_then_the_most_similar_text() -> None:
    near = [row(BANK, 1), row(BANK, 3), row(FILE, 1)]
    alike = [row(BANK, text="shop 12"), row(BANK, text="shop 13"), row(FILE, text="shop 13")]

    assert pairs(near) == [(row(FILE, 1), row(BANK, 1))]
    assert pairs(alike) == [(row(FILE, text="shop 13"), row(BANK, text="shop 13"))]


def test_days_that_are_all_shifted_do_not_pair_across() -> None:
    booked_a_day_later = [row(BANK, 1), row(BANK, 3), row(FILE, 2), row(FILE, 4)]
    two_days_later = [row(BANK, 1), row(BANK, 4), row(FILE, 3), row(FILE, 6)]

    assert pairs(booked_a_day_later) == [(row(FILE, 2), row(BANK, 1)), (row(FILE, 4), row(BANK, 3))]
    # The nearest first would leave the outer two without a counterpart.
    assert pairs(two_days_later) == [(row(FILE, 3), row(BANK, 1)), (row(FILE, 6), row(BANK, 4))]


def test_a_payment_in_three_sources_is_one() -> None:
    said = [row(BANK), row(STATEMENT), row(FILE)]

    assert pairs(said) == [(row(STATEMENT), row(BANK)), (row(FILE), row(BANK))]


def test_what_only_the_second_source_had_is_matched_by_the_third() -> None:
    said = [row(BANK, text="shop"), row(STATEMENT), row(FILE)]

    assert pairs(said) == [(row(FILE), row(STATEMENT))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rent landlord", "rent landlord"),
        ("rent march landlord", "landlord rent"),
        ("", "rent landlord"),
        ("", ""),
        ("biedronka warszawa 1234", "biedronka sp zoo warszawa"),
        ("rent 03/2026", "rent 3 2026"),
        ("transfer", "transfer landlord"),
    ],
)
def test_texts_that_may_mean_one_payment(one: str, other: str) -> None:
    assert similarity(one, other, same_day=False) >= 50
    assert similarity(other, one, same_day=False) >= 50


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rent landlord", "shop"),
        ("przelew 1234 jan kowalski", "przelew 1234 anna nowak"),
        ("card payment shop 12", "card payment cafe 12"),
        ("1234", "5678"),
    ],
)
@pytest.mark.parametrize("same_day", [True, False])
def test_texts_that_mean_two_payments(one: str, other: str, same_day: bool) -> None:
    assert similarity(one, other, same_day=same_day) == 0


@pytest.mark.parametrize(("one", "other"), [("lidlwarszawa", "lidl warszawa 12"), ("kowal", "jan kowalski rent")])
def test_a_text_that_holds_the_other_counts_on_the_same_day_alone(one: str, other: str) -> None:
    assert similarity(one, other, same_day=True) >= 50
    assert similarity(one, other, same_day=False) == 0


def test_equal_texts_are_more_alike_than_any_others() -> None:
    assert similarity("shop 12", "shop 12", same_day=False) > similarity("shop 12", "shop 12 x", same_day=False)


@given(st.lists(SAID, max_size=24))
def test_no_row_is_taken_twice_and_no_source_pairs_with_itself(said: list[Said]) -> None:
    by_pk = {one.pk: one for one in rows(said)}
    found = list(possible_duplicates(rows(said)))

    assert len({pair.later for pair in found}) == len(found)
    assert max(Counter((pair.earlier, by_pk[pair.later].source) for pair in found).values(), default=1) == 1
    # What is itself a repeat is nobody's first: leaving out the later ones never leaves out a payment whole.
    assert not {pair.later for pair in found} & {pair.earlier for pair in found}
    for pair in found:
        later, earlier = by_pk[pair.later], by_pk[pair.earlier]
        assert later.source > earlier.source
        assert later.amount_cents == earlier.amount_cents
        assert abs(later.day - earlier.day) <= MOST_DAYS
        assert similarity(later.text, earlier.text, same_day=later.day == earlier.day) >= 50


@given(st.lists(SAID, max_size=24), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_came_changes_nothing(said: list[Said], chance: object) -> None:
    numbers = list(range(1, len(said) + 1))
    chance.shuffle(numbers)  # type: ignore[attr-defined]

    assert pairs(said) == pairs(said, numbers)


@given(st.lists(SAID, max_size=20))
def test_one_source_alone_has_no_duplicates(said: list[Said]) -> None:
    assert pairs([(*one[:3], BANK) for one in said]) == []


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_of_equal_rows_there_are_as_many_pairs_as_the_source_with_fewer_has(one: int, other: int) -> None:
    assert len(pairs([row(BANK)] * one + [row(FILE)] * other)) == min(one, other)


@given(
    st.lists(st.tuples(st.sampled_from([-2000, 500]), st.integers(DAY, DAY + 30), st.sampled_from(TEXTS)), max_size=30)
)
def test_a_source_that_came_twice_is_paired_whole(told: list[tuple[int, int, str]]) -> None:
    said = [(*one, source) for one in told for source in (BANK, FILE)]

    assert len(pairs(said)) == len(told)


def test_many_different_texts_of_one_amount_and_day_still_find_their_equals() -> None:
    said = [row(source, text=f"shop {number * 7919}") for number in range(MOST_KINDS * 2) for source in (BANK, FILE)]

    assert len(pairs(said)) == MOST_KINDS * 2


def test_a_pair_is_the_numbers_of_its_rows() -> None:
    assert list(possible_duplicates(rows([row(BANK), row(FILE)]))) == [Pair(later=2, earlier=1)]
