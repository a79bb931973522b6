"""The layout of statements: what is printed is read again, and nothing breaks the reader."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import pdf_writing, statement_reading
from sandbox.pdf_writing import Look
from sandbox.statement_layout import Line, NotThisLayout, Statement, Unreadable, printed, read

DAY = dt.date(2026, 10, 2)
words = st.text("abc ĄŁżź.,:()\\-", max_size=30).map(str.strip)
amounts = st.integers(-(10**11), 10**11)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    running = opening = draw(amounts)
    lines = []
    for _number in range(draw(st.integers(0, 60))):
        moved = draw(st.integers(-(10**8), 10**8))
        running += moved
        lines.append(Line(DAY, moved, running, draw(words), draw(words)))
    return Statement("Zimorodek Bank", "PL1", "PLN", "Halina", DAY, DAY, opening, running, tuple(lines))


@given(statements())
def test_what_is_printed_is_read_again_and_adds_up(statement: Statement) -> None:
    again = read("\n".join(printed(statement)))
    assert again == statement
    assert again.failed_checks() == ()


@given(statements(), st.integers(1, 10**6))
def test_an_amount_that_was_changed_does_not_add_up(statement: Statement, more: int) -> None:
    lines = printed(statement)
    closing = next(place for place, line in enumerate(lines) if line.startswith("Closing"))
    lines[closing] = f"Closing balance: {(statement.closing + more) / 100:.2f}"
    assert read("\n".join(lines)).failed_checks() == ("balances",)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for beginning in ("", "Statement of account\n"):
        try:
            read(beginning + text)
        except (NotThisLayout, Unreadable):
            continue


@pytest.mark.parametrize("number", range(1, 9))
def test_a_statement_without_one_of_its_lines_is_unreadable(number: int) -> None:
    whole = printed(Statement("Bank", "PL1", "PLN", "Halina", DAY, DAY, 100, 100, ()))
    assert len(whole) == 8
    if number == 8:
        whole[2] = "IBAN:"
    else:
        del whole[number]
    with pytest.raises(Unreadable):
        read("\n".join(whole))


def test_a_payment_outside_of_the_period_fails_the_check_of_the_period() -> None:
    late = Line(DAY + dt.timedelta(days=1), 5, 105, "", "")
    assert Statement("Bank", "PL1", "PLN", "Halina", DAY, DAY, 100, 105, (late,)).failed_checks() == ("period",)


def test_a_statement_of_several_pages_is_read_whole_with_its_polish_letters() -> None:
    lines = tuple(Line(DAY, 1, 100 + number, "Żółć (Ąę)", "Świeża \\ łódź") for number in range(1, 120))
    statement = Statement("Zimorodek Bank", "PL1", "PLN", "Halina", DAY, DAY, 100, 219, lines)
    contents = statement_reading.read(
        pdf_writing.document(printed(statement), Look(statement_reading.PRODUCER)), password=""
    )
    (account,) = contents.accounts
    assert (len(account.entries), contents.failed_verifications) == (119, ())
    assert {(entry.party, entry.title) for entry in account.entries} == {("Żółć (Ąę)", "Świeża \\ łódź")}
