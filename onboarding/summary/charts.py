"""Bars of money in and out by month, as whole numbers for an inline SVG (no style attribute needs computing)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

MONTHS_DRAWN = 13
"""A year and the month it began in; older months stand in the table alone."""

SLOT = 40
BAR = 14
GAP = 2
PLOT_HEIGHT = 160
FOOT = 24


class Bar(NamedTuple):
    """One bar in units of the SVG's view box."""

    x: int
    y: int
    width: int
    height: int


class Slot(NamedTuple):
    """One month of the chart: its middle, and a bar for each direction that had money."""

    month: date
    middle: int
    incoming: Bar | None
    outgoing: Bar | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of one currency. Months without money keep their place; ``largest_cents`` is the tallest bar."""

    slots: tuple[Slot, ...]
    largest_cents: int

    @property
    def width(self) -> int:
        return SLOT * len(self.slots)

    @property
    def height(self) -> int:
        return PLOT_HEIGHT + FOOT

    @property
    def baseline(self) -> int:
        return PLOT_HEIGHT

    @property
    def label_y(self) -> int:
        return PLOT_HEIGHT + FOOT - 6


class MonthFlow(NamedTuple):
    """Money of one month, named by its first day; both amounts are positive."""

    month: date
    in_cents: int
    out_cents: int


def month_chart(flows: Iterable[MonthFlow]) -> Chart:
    """Draw the last ``MONTHS_DRAWN`` calendar months that end with the newest one of ``flows``."""
    by_month = {flow.month: flow for flow in flows}
    if not by_month:
        return Chart((), 0)
    newest = max(by_month)
    first = max(min(by_month), _months_before(newest, MONTHS_DRAWN - 1))
    shown = [by_month.get(month, MonthFlow(month, 0, 0)) for month in _calendar(first, newest)]
    largest = max(max(flow.in_cents, flow.out_cents) for flow in shown)
    return Chart(tuple(_slot(number, flow, largest) for number, flow in enumerate(shown)), largest)


def _slot(number: int, flow: MonthFlow, largest: int) -> Slot:
    middle = SLOT * number + SLOT // 2
    return Slot(
        flow.month,
        middle,
        _bar(middle - GAP // 2 - BAR, flow.in_cents, largest),
        _bar(middle + GAP // 2, flow.out_cents, largest),
    )


def _bar(x: int, cents: int, largest: int) -> Bar | None:
    if not cents:
        return None
    # The smallest amount is still seen.
    height = max(1, cents * PLOT_HEIGHT // largest)
    return Bar(x, PLOT_HEIGHT - height, BAR, height)


def _months_before(month: date, count: int) -> date:
    months = month.year * 12 + month.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _calendar(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [_months_before(last, back) for back in range(count, -1, -1)]
