from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from onboarding.summary.charts import MONTHS_DRAWN, PLOT_HEIGHT, Bar, MonthFlow, month_chart

MONTHS = st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(lambda day: day.replace(day=1))
FLOWS = st.lists(
    st.builds(MonthFlow, MONTHS, st.integers(0, 2**63), st.integers(0, 2**63)),
    unique_by=lambda flow: flow.month,
    max_size=30,
)


def test_the_tallest_bar_fills_the_plot_and_the_others_are_in_proportion() -> None:
    chart = month_chart([MonthFlow(date(2026, 1, 1), 1000, 250), MonthFlow(date(2026, 2, 1), 0, 500)])

    first, second = chart.slots
    assert first.incoming == Bar(5, 0, 14, 160)
    assert first.outgoing == Bar(21, 120, 14, 40)
    assert second.incoming is None
    assert second.outgoing == Bar(61, 80, 14, 80)
    assert (chart.width, chart.baseline, chart.largest_cents) == (80, 160, 1000)


def test_a_month_without_money_keeps_its_place() -> None:
    chart = month_chart([MonthFlow(date(2025, 11, 1), 1, 0), MonthFlow(date(2026, 2, 1), 1, 0)])

    assert [slot.month for slot in chart.slots] == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


def test_the_smallest_amount_is_still_seen() -> None:
    chart = month_chart([MonthFlow(date(2026, 1, 1), 10**9, 1)])

    assert chart.slots[0].outgoing is not None
    assert chart.slots[0].outgoing.height == 1


def test_without_months_the_chart_is_empty() -> None:
    assert month_chart([]).slots == ()


def test_months_that_only_have_rows_of_zero_have_no_bars() -> None:
    (slot,) = month_chart([MonthFlow(date(2026, 1, 1), 0, 0)]).slots

    assert (slot.incoming, slot.outgoing) == (None, None)


@given(FLOWS)
def test_every_bar_stands_on_the_baseline_inside_the_chart(flows: list[MonthFlow]) -> None:
    chart = month_chart(flows)

    assert len(chart.slots) <= MONTHS_DRAWN
    bars = [bar for slot in chart.slots for bar in (slot.incoming, slot.outgoing) if bar is not None]
    for bar in bars:
        assert bar.y + bar.height == chart.baseline
        assert 1 <= bar.height <= PLOT_HEIGHT
        assert bar.x >= 0
        assert bar.x + bar.width <= chart.width
    for left, right in pairwise(bars):
        assert left.x + left.width <= right.x
