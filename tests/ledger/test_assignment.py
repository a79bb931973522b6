from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.counting.assignment import best_pairs

MATRICES = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda size: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 2, 5, 4100]), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


def best_by_trying_all(benefits: list[list[int]]) -> int:
    rows, columns = len(benefits), len(benefits[0])
    if rows > columns:
        return best_by_trying_all([list(column) for column in zip(*benefits, strict=True)])
    return max(sum(map(list.__getitem__, benefits, chosen)) for chosen in permutations(range(columns), rows))


@given(MATRICES)
def test_no_other_choice_of_pairs_is_worth_more(benefits: list[list[int]]) -> None:
    pairs = best_pairs(benefits)

    assert sum(benefits[row][column] for row, column in pairs) == best_by_trying_all(benefits)


@given(MATRICES)
def test_each_row_and_column_is_in_one_pair_at_most_and_a_worthless_pair_in_none(benefits: list[list[int]]) -> None:
    pairs = best_pairs(benefits)

    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(benefits[row][column] for row, column in pairs)


@pytest.mark.parametrize("benefits", [[], [[]], [[0]], [[0, 0], [0, 0]]])
def test_where_nothing_is_worth_anything_there_are_no_pairs(benefits: list[list[int]]) -> None:
    assert best_pairs(benefits) == []
