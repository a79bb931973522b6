from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.reading.amounts import NoAmount
from onboarding.reading.cells import amount_in, day_in
from onboarding.reading.layout import Columns, DateFormat, Encoding
from onboarding.reading.records import BalanceCheck
from onboarding.reading.refusals import FileRefused, Problem
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, begun, ended, read_table, rows_of


@pytest.mark.parametrize(
    ("text", "decimal", "amount", "currency"),
    [
        ("12,50", ",", "12.50", ""),
        ("-1 234,56 zł", ",", "-1234.56", "PLN"),
        ("1\N{NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567,8", ",", "1234567.80", ""),
        ("1.234.567,89", ",", "1234567.89", ""),
        ("1'234.50 CHF", ".", "1234.50", "CHF"),
        ("1\N{RIGHT SINGLE QUOTATION MARK}234.50", ".", "1234.50", ""),
        ("(1,234.56)", ".", "-1234.56", ""),
        ("12.50-", ".", "-12.50", ""),
        ("+12", ".", "12.00", ""),
        ("\N{MINUS SIGN}7,00", ",", "-7.00", ""),
        ("- 5,00", ",", "-5.00", ""),
        ("EUR -3.10", ".", "-3.10", "EUR"),
        ("€3.10", ".", "3.10", "EUR"),
        ("100,00 Kč", ",", "100.00", "CZK"),
        (".5", ".", "0.50", ""),
        ("-0,00", ",", "0.00", ""),
        ("1,50000", ",", "1.50", ""),
        ("999999999999999,99", ",", "999999999999999.99", ""),
    ],
)
def test_an_amount_is_read_exactly(text: str, decimal: str, amount: str, currency: str) -> None:
    found, beside = amount_in(text, decimal)
    assert (str(found), beside) == (amount, currency)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("", ","),
        ("-", ","),
        (",", ","),
        ("1,23", "."),
        ("1.23", ","),
        ("12.34.56", ","),
        ("1 23 456", ","),
        ("--5", ","),
        ("-5-", ","),
        ("(-5)", ","),
        ("5 EUR 6", ","),
        ("EUR 5 EUR", ","),
        ("1e5", "."),
        ("NaN", "."),
        ("Infinity", "."),
        ("\N{ARABIC-INDIC DIGIT FIVE}", "."),
        ("1,001", ","),
        ("1_000", "."),
        ("9" * 16, "."),
        ("5" * 65, "."),
    ],
)
def test_what_is_no_exact_amount_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        amount_in(text, decimal)


@pytest.mark.parametrize("text", ["1,000", "-12,340", "123,450", "1.000"])
def test_three_digits_behind_the_only_sign_may_be_thousands_and_are_never_read_as_less(text: str) -> None:
    decimal = "," if "," in text else "."
    with pytest.raises(NoAmount):
        amount_in(text, decimal)
    thousands = Decimal(text.replace(decimal, ""))
    assert amount_in(text, {",": ".", ".": ","}[decimal])[0] == thousands


@pytest.mark.parametrize("text", ["0,500", "1234,500", "1.234,500", "00,500"])
def test_three_digits_that_can_t_be_thousands_are_a_fraction(text: str) -> None:
    assert str(amount_in(text, ",")[0]).endswith(".50")


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2026-11-02", DateFormat.YEAR_FIRST),
        ("2026-11-02 13:45:10", DateFormat.YEAR_FIRST),
        ("2026-11-02T13:45:10.123Z", DateFormat.YEAR_FIRST),
        ("02.11.2026", DateFormat.DAY_DOTS),
        ("2. 11. 2026", DateFormat.DAY_DOTS),
        ("02.11.2026 13:45", DateFormat.DAY_DOTS),
        ("02/11/2026", DateFormat.DAY_SLASHES),
        ("11/02/2026", DateFormat.MONTH_SLASHES),
        ("02-11-2026", DateFormat.DAY_DASHES),
        ("20261102", DateFormat.DIGITS),
        ("2026/11/02", DateFormat.YEAR_SLASHES),
        ("02.11.26", DateFormat.DAY_DOTS_SHORT),
        ("2.11.26", DateFormat.DAY_DOTS_SHORT),
        ("02.11.26 13:45", DateFormat.DAY_DOTS_SHORT),
    ],
)
def test_a_day_is_read_in_its_form(text: str, date_format: DateFormat) -> None:
    assert day_in(text, date_format) == date(2026, 11, 2)


@pytest.mark.parametrize(
    "text", ["31.11.2026", "2.11.26", "02.11.2026 at noon", "02.11.", "0002.11.2026", "02.11.1026"]
)
def test_no_day_is_no_day(text: str) -> None:
    assert day_in(text, DateFormat.DAY_DOTS) is None


@pytest.mark.parametrize("text", ["31.11.26", "02.11.2026", "02.11.6", "02.11.126", "02.11."])
def test_two_digits_of_the_year_are_two_digits(text: str) -> None:
    assert day_in(text, DateFormat.DAY_DOTS_SHORT) is None


def test_a_table_is_an_account_with_rows_and_an_end() -> None:
    records = read_table(written.table().encode())
    assert (begun(records)[0].number, begun(records)[0].currency) == (IBAN, "PLN")
    row = rows_of(records)[0]
    assert (row.booked_on, row.transaction_on, row.amount) == (written.DAY, written.DAY, Decimal("-12.50"))
    assert (row.title, row.party) == ("Rent for November", "Jan Kowalski")
    (end,) = ended(records)
    assert (end.row_count, end.balance_check, end.opening) == (2, BalanceCheck.UNKNOWN, None)


def test_a_person_names_what_the_table_does_not() -> None:
    records = read_table(written.table().encode(), number=OTHER_IBAN, currency="CZK", name="Mine", bank="Theirs")
    account = begun(records)[0]
    assert (account.number, account.currency, account.name, account.bank) == (OTHER_IBAN, "CZK", "Mine", "Theirs")


BALANCES = "Date;Title;Amount;Balance\n2026-11-01;a;-10.00;90.00\n2026-11-02;b;5.00;95.00\n2026-11-02;c;1.00;96.00\n"


def test_balances_are_checked_whichever_end_is_newest() -> None:
    header, *rows = BALANCES.splitlines()
    for ordered in (rows, rows[::-1]):
        (end,) = ended(read_table("\n".join([header, *ordered]).encode()))
        assert (end.opening, end.closing, end.balance_check) == (Decimal(100), Decimal(96), BalanceCheck.OK)
        assert end.closing_on == date(2026, 11, 2)


def test_balances_of_one_day_are_checked_in_the_order_that_adds_up() -> None:
    header, *rows = BALANCES.replace("11-01", "11-02").splitlines()
    for ordered in (rows, rows[::-1]):
        (end,) = ended(read_table("\n".join([header, *ordered]).encode()))
        assert (end.opening, end.balance_check) == (Decimal(100), BalanceCheck.OK)


def test_a_missing_row_shows_in_the_balances() -> None:
    (end,) = ended(read_table(BALANCES.replace("2026-11-02;b;5.00;95.00\n", "").encode()))
    assert (end.balance_check, end.difference) == (BalanceCheck.WRONG, Decimal(5))


def test_debits_and_credits_have_their_own_columns() -> None:
    content = "Date;Details;Debit;Credit\n2026-11-02;a;10.00;\n2026-11-02;b;-7.00;0.00\n2026-11-03;c;0.00;20.00\n"
    assert [row.amount for row in rows_of(read_table(content.encode()))] == [Decimal(-10), Decimal(-7), Decimal(20)]


def test_a_row_that_is_both_debit_and_credit_is_refused() -> None:
    content = "Date;Details;Debit;Credit\n2026-11-02;a;10.00;10.00\n"
    with pytest.raises(FileRefused) as caught:
        read_table(content.encode())
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_a_direction_may_have_its_own_column() -> None:
    content = "Kuupäev;Selgitus;Summa;Valuuta;D/K\n02.11.2026;a;10,00;EUR;D\n03.11.2026;b;20,00;EUR;K\n"
    records = read_table(content.encode())
    assert [row.amount for row in rows_of(records)] == [Decimal(-10), Decimal(20)]
    with pytest.raises(FileRefused) as caught:
        read_table(content.replace("EUR;K", "EUR;Q").encode())
    assert (caught.value.problem, caught.value.element) == (Problem.WRONG_VALUE, "column 5")


def test_rows_that_are_balances_are_taken_as_balances() -> None:
    content = (
        "Kuupäev;Selgitus;Summa;Valuuta;D/K\n01.11.2026;Algsaldo;100,00;EUR;K\n02.11.2026;a;10,00;EUR;D\n"
        "30.11.2026;Käive;10,00;EUR;D\n30.11.2026;Lõppsaldo;90,00;EUR;K\n"
    )
    records = read_table(content.encode())
    (end,) = ended(records)
    assert (end.opening, end.closing, end.balance_check) == (Decimal(100), Decimal(90), BalanceCheck.OK)
    assert [row.title for row in rows_of(records)] == ["a"]


def test_blank_lines_and_remarks_are_no_payments() -> None:
    content = written.table() + ";;;\n\nThis is no document of the bank\nEnd;;;;;;\n"
    assert len(rows_of(read_table(content.encode()))) == 2


def test_accounts_may_take_turns_in_one_table() -> None:
    content = (
        f"Date;Account number;Amount;Title\n2026-11-01;{IBAN};1.00;a\n2026-11-02;{OTHER_IBAN};2.00;b\n"
        f"2026-11-03;{IBAN};3.00;c\n"
    )
    records = read_table(content.encode())
    assert [account.number for account in begun(records)] == [IBAN, OTHER_IBAN]
    assert [row.amount for row in rows_of(records)] == [Decimal(1), Decimal(3), Decimal(2)]
    assert [end.row_count for end in ended(records)] == [2, 1]


def test_one_account_in_two_currencies_is_refused() -> None:
    content = "Date;Amount;Currency;Title\n2026-11-01;1.00;PLN;a\n2026-11-02;2.00;EUR;b\n"
    with pytest.raises(FileRefused) as caught:
        read_table(content.encode())
    assert (caught.value.problem, caught.value.line, caught.value.column) == (Problem.MIXED_CURRENCIES, 3, 3)


def test_too_many_accounts_are_refused() -> None:
    rows = "".join(f"2026-11-01;{number};1.00;a\n" for number in range(51))
    columns = Columns(date=0, number=1, amount=2, title=3)
    with pytest.raises(FileRefused) as caught:
        read_table(f"Date;Account number;Amount;Title\n{rows}".encode(), columns=columns)
    assert (caught.value.problem, caught.value.column) == (Problem.TOO_MANY_ROWS, 2)


def test_quoted_cells_may_hold_quotes_delimiters_and_line_ends() -> None:
    content = 'Date;Amount;Title\n2026-11-01;1.00;"a ""b"";\nc"\n2026-11-02;x;d\n'
    with pytest.raises(FileRefused) as caught:
        read_table(content.encode(), columns=Columns(date=0, amount=1, title=2), decimal=".")
    assert caught.value.line == 4
    rows = rows_of(read_table(content.replace(";x;", ";2;").encode()))
    assert rows[0].title == 'a "b"; c'


def test_a_mapping_that_lacks_what_is_needed_is_refused() -> None:
    content = written.table().encode()
    for columns in (Columns(amount=1), Columns(date=0)):
        with pytest.raises(FileRefused) as caught:
            read_table(content, columns=columns)
        assert caught.value.problem is Problem.MISSING
    with pytest.raises(FileRefused) as caught:
        read_table(content, currency="")
    assert caught.value.problem is Problem.MISSING


@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding_is_read(encoding: Encoding) -> None:
    party = "Ação" if encoding is Encoding.WINDOWS_1252 else "Żółta Gęś"
    content = written.table([written.Payment(party=party)] * 9).encode(encoding)
    assert rows_of(read_table(content))[0].party == party


SEPARATORS = ["", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "'", "\N{RIGHT SINGLE QUOTATION MARK}"]


@settings(max_examples=400, deadline=None)
@given(
    cents=st.integers(-(10**16), 10**16),
    decimal=st.sampled_from(",."),
    separator=st.sampled_from([*SEPARATORS, "other"]),
)
def test_an_amount_in_groups_of_three_is_read_exactly_whatever_sets_them_apart(
    cents: int, decimal: str, separator: str
) -> None:
    by = {",": ".", ".": ","}[decimal] if separator == "other" else separator
    amount = Decimal(cents).scaleb(-2)
    text = f"{amount:,.2f}".replace(".", "#").replace(",", by).replace("#", decimal)
    assert amount_in(text, decimal) == (amount, "")


@settings(max_examples=400, deadline=None)
@given(
    whole=st.text("0123456789", min_size=1, max_size=9),
    place=st.integers(0, 9),
    decimal=st.sampled_from(",."),
    by=st.sampled_from([" ", "  ", "'", ",", ".", "_", "''"]),
)
def test_a_sign_at_a_wrong_place_is_refused(whole: str, place: int, decimal: str, by: str) -> None:
    at = place % (len(whole) + 1)
    text = f"{whole[:at]}{by}{whole[at:]}{decimal}50"
    is_right = len(whole) - at == 3 and 1 <= at <= 3 and by in (" ", "'", "," if decimal == "." else ".")
    if is_right or (at == 0 and not by.strip()):
        assert amount_in(text, decimal)[0] == Decimal(f"{whole}.50")
    else:
        with pytest.raises(ValueError, match=r"^$"):
            amount_in(text, decimal)


@pytest.mark.parametrize(
    "text", ["1 234.567,89", "1.234 567,89", "1 234'567,89", "12 34,00", "1234 567,00", "1 2345,00"]
)
def test_groups_that_are_set_apart_by_different_signs_or_wrongly_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        amount_in(text, ",")


def test_thousands_are_read_as_they_stand_whatever_the_guess_was() -> None:
    amounts = ["1 234,56", "1.234,56", "1'234,56", "1\N{NARROW NO-BREAK SPACE}234,56", "1234,56"]
    content = "Date;Title;Amount\n" + "".join(f"2026-11-02;tea;{amount}\n" for amount in amounts)
    assert {row.amount for row in rows_of(read_table(content.encode()))} == {Decimal("1234.56")}
