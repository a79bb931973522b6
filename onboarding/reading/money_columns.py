"""Tell how a column of amounts is written, and an amount's column from a balance's."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from onboarding.reading.amounts import NoAmount, TooExact
from onboarding.reading.cells import amount_in

_DECIMAL = re.compile(r"[0-9]([.,])[0-9]{1,2}(?![0-9])(?!.*[0-9])")
_BOTH = re.compile(r"[0-9]([.,])[0-9]{3}(?:\1[0-9]{3})*([.,])[0-9]+(?![0-9])")
_GROUPING = re.compile(
    r"[0-9]([ .,'\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{RIGHT SINGLE QUOTATION MARK}])[0-9]{3}"
)
_MOST_DIGITS = 15
MAJORITY = 0.8
"""What part of a column's cells is enough to tell what it holds; the others are mistakes, and reading finds them."""
_THREES = re.compile(r"[0-9]([.,])[0-9]{3}(?![0-9])")


def mostly(fitting: Iterable[object]) -> bool:
    """Tell whether all of some cells fit, or so many that the others are mistakes."""
    fits = [bool(each) for each in fitting]
    good = sum(fits)
    return good == len(fits) or (good >= 2 and good >= MAJORITY * len(fits))


def is_amount(cell: str) -> bool:
    """Tell whether a cell is an amount with either decimal sign."""
    text = cell.strip()
    if not any(sign.isdigit() for sign in text) or sum(sign.isdigit() for sign in text) > _MOST_DIGITS:
        return False
    return any(_amount(text, decimal) is not None for decimal in ",.")


def decimal_of(cells: list[str]) -> tuple[str, bool]:
    """Return the decimal sign of amounts and whether they leave no doubt."""
    seen: Counter[str] = Counter()
    # One sign before three digits may be thousands or a fraction.
    doubtful: Counter[str] = Counter()
    for cell in cells:
        both = _BOTH.search(cell)
        one = _DECIMAL.search(cell)
        threes = _THREES.search(cell)
        if both and both[1] != both[2]:
            seen[both[2]] += 1
        elif one:
            seen[one[1]] += 1
        elif threes:
            doubtful[threes[1]] += 1
    if seen:
        return ("," if seen[","] >= seen["."] else "."), len(seen) == 1
    return ("." if doubtful[","] > doubtful["."] else ","), not doubtful and bool(cells)


def thousands_of(cells: list[str], decimal: str) -> str:
    """Return the sign between thousands (``""`` where none is seen)."""
    for cell in cells:
        for sign in _GROUPING.findall(cell):
            if sign == decimal:
                continue
            if sign in ".,":
                return str(sign)
            return "'" if sign in "'\N{RIGHT SINGLE QUOTATION MARK}" else " "
    return ""


def told_apart(columns: list[list[str]]) -> tuple[int, int | None]:
    """Return which of some columns of amounts holds the amounts, and which the balances after them (or ``None``)."""
    sign, _ = decimal_of([cell for cells in columns for cell in cells])
    values = [[_amount(cell.strip(), sign) for cell in cells] for cells in columns]
    for amount, amounts in enumerate(values):
        for balance, balances in enumerate(values):
            if amount != balance and _follows(amounts, balances):
                return amount, balance
    # A column with both signs holds amounts sooner than one without.
    signed = (index for index, cells in enumerate(values) if any(each is not None and each < 0 for each in cells))
    return next(signed, 0), None


def _follows(amounts: list[Decimal | None], balances: list[Decimal | None]) -> bool:
    pairs = list(zip(amounts, balances, strict=False))
    # A broken cell leaves out the steps beside it.
    down = [_is_step(before[1], after[0], after[1]) for before, after in pairwise(pairs)]
    up = [_is_step(after[1], before[0], before[1]) for before, after in pairwise(pairs)]
    return any(mostly(known) for steps in (down, up) if (known := [step for step in steps if step is not None]))


def _is_step(before: Decimal | None, amount: Decimal | None, after: Decimal | None) -> bool | None:
    if before is None or amount is None or after is None:
        return None
    return before + amount == after


def _amount(text: str, decimal: str) -> Decimal | None:
    try:
        return amount_in(text, decimal)[0]
    except (NoAmount, TooExact):
        return None
