"""The best one-to-one matching of two small sets (the assignment problem, solved by shortest augmenting paths)."""

from collections.abc import Sequence

Benefits = Sequence[Sequence[int]]


def best_pairs(benefits: Benefits) -> list[tuple[int, int]]:
    """Choose pairs (row, column) so that their benefits add up to the most; each row and column is in one at most.

    ``benefits`` is a matrix of integers from 0 on; a pair of benefit 0 is never chosen. Of equally good choices the
    same matrix always gives the same one. Takes rows x columns x the smaller of both steps (Kuhn 1955, Munkres 1957).
    """
    if not benefits or not benefits[0]:
        return []
    if len(benefits) == 1:
        best = max(range(len(benefits[0])), key=lambda column: (benefits[0][column], -column))
        return [(0, best)] if benefits[0][best] else []
    turned = len(benefits) > len(benefits[0])
    narrow = list(zip(*benefits, strict=True)) if turned else benefits
    pairs = [(row, column) for column, row in enumerate(_rows_of_columns(narrow)) if row is not None]
    chosen = [(row, column) for row, column in pairs if narrow[row][column]]
    return sorted((column, row) if turned else (row, column) for row, column in chosen)


def _rows_of_columns(benefits: Benefits) -> list[int | None]:
    """Give every row a column of its own; there are at least as many columns as rows."""
    width = len(benefits[0])
    row_price = [0] * len(benefits)
    column_price = [0] * width
    holder: list[int | None] = [None] * width
    for newcomer in range(len(benefits)):
        _seat(newcomer, benefits, row_price, column_price, holder)
    return holder


def _seat(
    newcomer: int, benefits: Benefits, row_price: list[int], column_price: list[int], holder: list[int | None]
) -> None:
    """Seat one more row at the least cost, moving those that are seated along one path of exchanges."""
    width = len(column_price)
    slack: list[int | None] = [None] * width
    came_from: list[int | None] = [None] * width
    visited: list[int] = []
    open_columns = list(range(width))
    row: int | None = newcomer
    column: int | None = None
    while row is not None:
        for other in open_columns:
            cost = row_price[row] - benefits[row][other] - column_price[other]
            known = slack[other]
            if known is None or cost < known:
                slack[other], came_from[other] = cost, column
        column = min(open_columns, key=lambda other: (_known(slack[other]), other))
        step = _known(slack[column])
        row_price[newcomer] -= step
        for other in visited:
            column_price[other] -= step
            row_price[_known(holder[other])] -= step
        for other in open_columns:
            slack[other] = _known(slack[other]) - step
        open_columns.remove(column)
        visited.append(column)
        row = holder[column]
    while column is not None:
        before = came_from[column]
        holder[column] = newcomer if before is None else holder[before]
        column = before


def _known(number: int | None) -> int:
    if number is None:
        raise ValueError("a column was reached before it was looked at")
    return number
