"""Whatever the order of a file's statements, every account comes once, with all its rows."""

import tempfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.reading import chaining
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.records import AccountBegun, AccountEnded, BalanceCheck, Format, Record, Row
from onboarding.reading.refusals import FileRefused, Problem
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, Payment, begun, ended, records_of, rows_of

THIRD_IBAN = "PL27114020040000300201355387"


def mt940(*statements: tuple[str, int]) -> bytes:
    """Write one statement of one payment for each account and amount, balances following."""
    balances: dict[str, Decimal] = {}
    text = ""
    for number, amount in statements:
        opening = balances.get(number, Decimal(100))
        balances[number] = opening + amount
        text += written.mt940([Payment(amount=Decimal(amount))], number=number, opening=opening)
    return text.encode()


def camt(*statements: tuple[str, int]) -> bytes:
    return written.camt_file(
        "".join(
            written.camt_statement(written.entry(Payment(amount=Decimal(amount))), number=number)
            for number, amount in statements
        )
    ).encode()


def ofx(*statements: tuple[str, int]) -> bytes:
    one = "<STMTTRNRS>{}</STMTTRNRS>".format
    whole = written.ofx(written.ofx_row())
    head, rest = whole.split("<STMTTRNRS>")
    body, tail = rest.split("</STMTTRNRS>")
    return (
        head
        + "".join(one(body.replace(IBAN, number).replace("-12.50", f"{amount}.00")) for number, amount in statements)
        + tail
    ).encode()


WRITERS = pytest.mark.parametrize(
    ("file_format", "write"), [(Format.MT940, mt940), (Format.CAMT053, camt), (Format.OFX, ofx)]
)


def by_account(records: list[Record]) -> dict[str, list[int]]:
    """Return the amounts of each account, which must begin once, with its rows between beginning and end."""
    found: dict[str, list[int]] = {}
    open_account: str | None = None
    for record in records:
        match record:
            case AccountBegun():
                assert open_account is None
                assert record.number not in found
                open_account = record.number
                found[open_account] = []
            case Row():
                assert open_account is not None
                found[open_account].append(int(record.amount))
            case AccountEnded():
                assert record.row_count == len(found[open_account or ""])
                open_account = None
    assert open_account is None
    return found


@WRITERS
def test_an_account_comes_once_though_another_stands_between(file_format: Format, write: Callable[..., bytes]) -> None:
    content = write((IBAN, 1), (OTHER_IBAN, 2), (IBAN, 3), (THIRD_IBAN, 4), (OTHER_IBAN, 5))
    assert by_account(records_of(content, file_format)) == {IBAN: [1, 3], OTHER_IBAN: [2, 5], THIRD_IBAN: [4]}


@WRITERS
@settings(max_examples=60, deadline=None)
@given(statements=st.lists(st.tuples(st.sampled_from([IBAN, OTHER_IBAN, THIRD_IBAN]), st.integers(1, 99)), min_size=1))
def test_no_row_is_lost_or_doubled_in_any_order(
    file_format: Format, write: Callable[..., bytes], statements: list[tuple[str, int]]
) -> None:
    meant: dict[str, list[int]] = {}
    for number, amount in statements:
        meant.setdefault(number, []).append(amount)
    found = by_account(records_of(write(*statements), file_format))
    assert list(found.items()) == list(meant.items())


def test_balances_are_of_the_whole_account() -> None:
    first, second = ended(records_of(mt940((IBAN, 1), (OTHER_IBAN, 2), (IBAN, 3), (OTHER_IBAN, 5)), Format.MT940))
    assert (first.opening, first.closing, first.balance_check) == (Decimal(100), Decimal(104), BalanceCheck.OK)
    assert (second.opening, second.closing, second.balance_check) == (Decimal(100), Decimal(107), BalanceCheck.OK)


def test_a_difference_is_of_the_whole_account() -> None:
    content = mt940((IBAN, 1), (OTHER_IBAN, 2), (IBAN, 3)).replace(b"PLN104,00", b"PLN104,05")
    first, second = ended(records_of(content, Format.MT940))
    assert (first.balance_check, first.difference) == (BalanceCheck.WRONG, Decimal("0.05"))
    assert second.balance_check is BalanceCheck.OK


def test_statements_that_stand_newest_first_are_put_into_their_order() -> None:
    days = [date(2026, 11, 3), date(2026, 11, 2)]
    texts = [
        written.mt940([Payment(on=on, amount=Decimal(5))], opening=Decimal(opening)).replace("261130", f"{on:%y%m%d}")
        for on, opening in zip(days, (105, 100), strict=True)
    ]
    between = written.mt940(number=OTHER_IBAN)
    (end, _) = ended(records_of(between.join(texts).encode(), Format.MT940))
    assert (end.opening, end.closing, end.closing_on) == (Decimal(100), Decimal(110), days[0])
    assert (end.balance_check, end.first_on, end.last_on) == (BalanceCheck.OK, days[1], days[0])


def test_one_number_in_two_currencies_is_two_accounts() -> None:
    content = (written.mt940() + written.mt940(currency="EUR") + written.mt940(opening=Decimal("1087.50"))).encode()
    records = records_of(content, Format.MT940)
    assert [(each.number, each.currency) for each in begun(records)] == [(IBAN, "PLN"), (IBAN, "EUR")]
    assert [end.row_count for end in ended(records)] == [4, 2]


def test_a_file_of_one_account_is_not_kept_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(tempfile, "tempdir", f"{tmp_path}/missing")
    content = written.mt940([Payment()] * 900).encode() + mt940((IBAN, 1)) * 9
    assert len(rows_of(records_of(content, Format.MT940))) == 909


def test_more_accounts_than_anybody_has_are_refused() -> None:
    content = "".join(written.mt940([], number=f"0000/{number}") for number in range(chaining.MOST_ACCOUNTS + 1))
    with pytest.raises(FileRefused) as caught:
        list(read_file(BytesIO(content.encode()), Format.MT940, limits=Limits()))
    assert caught.value.problem is Problem.TOO_MANY_ROWS
