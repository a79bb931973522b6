"""Rows that are balances by their text: taken as such where that is proven, refused where a payment could be lost."""

from decimal import Decimal

import pytest

from onboarding.reading.layout import Columns
from onboarding.reading.records import BalanceCheck
from onboarding.reading.refusals import Expected, FileRefused, Problem
from tests.reading.written import ended, read_table, rows_of

HEADER = "Kuupäev;Selgitus;Summa;Valuuta;D/K\n"
OPENING = "01.11.2026;Algsaldo;100,00;EUR;K\n"
PAYMENT = "02.11.2026;a;10,00;EUR;D\n"
TURNOVER = "30.11.2026;Käive;10,00;EUR;D\n"
CLOSING = "30.11.2026;Lõppsaldo;90,00;EUR;K\n"
NEXT = "01.12.2026;Algsaldo;90,00;EUR;K\n02.12.2026;b;5,00;EUR;K\n31.12.2026;Lõppsaldo;95,00;EUR;K\n"
WITH_BALANCES = "Date;Details;Amount;Balance\n"


@pytest.mark.parametrize(
    ("body", "titles", "closing"),
    [
        (OPENING + PAYMENT + TURNOVER + CLOSING, ["a"], 90),
        (CLOSING + PAYMENT + OPENING, ["a"], 90),
        (PAYMENT + TURNOVER, ["a"], None),
        (OPENING + PAYMENT + CLOSING + NEXT, ["a", "b"], 95),
        (OPENING + PAYMENT + "03.11.2026;b;4,00;EUR;K\n" + "30.11.2026;Käive;10,00;EUR;D\n"
         + "30.11.2026;Käive;4,00;EUR;K\n" + CLOSING.replace("90", "94"), ["a", "b"], 94),
    ],
)  # fmt: skip
def test_rows_that_are_proven_to_be_balances_are_no_payments(body: str, titles: list[str], closing: int | None) -> None:
    records = read_table((HEADER + body).encode())
    assert [row.title for row in rows_of(records)] == titles
    (end,) = ended(records)
    assert end.closing == closing
    assert end.balance_check is (BalanceCheck.UNKNOWN if closing is None else BalanceCheck.OK)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (OPENING + PAYMENT, 2),
        (PAYMENT + CLOSING, 3),
        (OPENING + PAYMENT + CLOSING.replace("90", "80"), 2),
        (PAYMENT + TURNOVER.replace("10", "11"), 3),
        (PAYMENT + TURNOVER + TURNOVER, 3),
        (OPENING + PAYMENT + CLOSING + "05.11.2026;Closing balance;7,00;EUR;D\n", 2),
        (OPENING + PAYMENT + CLOSING + "05.11.2026;Käive;7,00;EUR;D\n", 2),
    ],
)
def test_a_row_that_might_be_a_payment_is_refused_and_never_unseen(body: str, line: int) -> None:
    with pytest.raises(FileRefused) as caught:
        read_table((HEADER + body).encode())
    refused = caught.value
    assert (refused.problem, refused.line, refused.column) == (Problem.WRONG_VALUE, line, 2)
    assert refused.expected is Expected.A_BALANCE


def test_without_titles_every_row_with_an_amount_is_a_payment() -> None:
    content = (HEADER + PAYMENT + CLOSING).encode()
    columns = Columns(date=0, amount=2, currency=3, direction=4)
    assert [row.amount for row in rows_of(read_table(content, columns=columns))] == [Decimal(-10), Decimal(90)]


def test_a_row_with_a_balance_and_no_amount_is_a_remark() -> None:
    body = "2026-11-01;Opening balance;;100.00\n2026-11-02;a;-10.00;\n2026-11-30;Closing balance;;90.00\n"
    records = read_table((WITH_BALANCES + body).encode())
    (end,) = ended(records)
    assert [row.title for row in rows_of(records)] == ["a"]
    assert (end.opening, end.closing, end.balance_check) == (Decimal(100), Decimal(90), BalanceCheck.OK)


def test_a_remark_whose_balance_is_not_right_is_said_but_hides_no_payment() -> None:
    body = "2026-11-01;Opening balance;;100.00\n2026-11-02;a;-10.00;\n2026-11-30;Closing balance;;80.00\n"
    (end,) = ended(read_table((WITH_BALANCES + body).encode()))
    assert (end.balance_check, end.difference) == (BalanceCheck.WRONG, Decimal(-10))


def test_a_payment_without_amount_is_still_refused() -> None:
    content = WITH_BALANCES + "2026-11-02;a;-10.00;90.00\n2026-11-03;b;;80.00\n"
    with pytest.raises(FileRefused) as caught:
        read_table(content.encode())
    assert (caught.value.problem, caught.value.line, caught.value.column) == (Problem.MISSING, 3, 3)
