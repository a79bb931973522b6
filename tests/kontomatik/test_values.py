"""How the texts of single elements are read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.kontomatik import values
from tests.kontomatik.documents import steady

UNREADABLE_AMOUNTS = [
    "",
    "-",
    ".5",
    "5.",
    "1,50",
    "1 000.00",
    "1_000",
    "1e5",
    "1E400",
    "NaN",
    "Infinity",
    "-inf",
    "0x10",
    "--1",
    "+-1",
    "1.001",
    "0.005",
    "1.000001",
    "1.2.3",
    "1234567890123456",
    "1000000000000000000",
    "١٢",
    "\uff11\uff12",
    "12 PLN",
    "12\n",
]


@pytest.mark.parametrize("text", UNREADABLE_AMOUNTS)
def test_an_amount_that_is_not_plain_is_unreadable(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a plain amount in 1/100$"):
        values.amount(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("-0.01", "-0.01"),
        ("+5.5", "5.5"),
        ("007.10", "7.10"),
        ("1.10000", "1.10"),
        ("1.000", "1.00"),
        ("100", "100"),
        ("999999999999999.99", "999999999999999.99"),
        ("-999999999999999.99", "-999999999999999.99"),
    ],
)
def test_a_plain_amount_is_read_exactly(text: str, amount: str) -> None:
    assert values.amount(text) == Decimal(amount)


@steady
@given(st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=2))
def test_every_amount_of_two_decimals_survives_being_written_and_read(amount: Decimal) -> None:
    assert values.amount(f"{amount:f}") == amount


@steady
@given(st.text(alphabet="0123456789+-.eE, _", max_size=24))
def test_an_amount_is_exact_in_hundredths_or_unreadable(text: str) -> None:
    try:
        amount = values.amount(text)
    except ValueError:
        return
    assert amount == Decimal(text)
    assert amount * 100 == int(amount * 100)


@steady
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)))
def test_every_date_of_the_years_taken_survives_being_written_and_read(day: date) -> None:
    assert values.day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-02-29",
        "2023-00-10",
        "2023-13-01",
        "2023-04-31",
        "1899-12-31",
        "2201-01-01",
        "9999-12-31",
        "20230522",
        "2023-W21-1",
        "2023-5-2",
        "23-05-02",
        "02.05.2023",
        "05/02/2023",
        "2023-05-22T00:00:00Z",
        "2023-05-22 ",
        "\uff12023-05-22",
    ],
)
def test_what_is_not_a_day_of_the_calendar_is_unreadable(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a (date \(YYYY-MM-DD\)|day of the calendar)$"):
        values.day(text)


@steady
@given(st.text(alphabet="0123456789-", max_size=12))
def test_a_text_is_one_date_or_unreadable(text: str) -> None:
    try:
        day = values.day(text)
    except ValueError:
        return
    assert day.isoformat() == text


@pytest.mark.parametrize("text", ["", "pln", "PL", "PLNN", "P1N", "ZŁO", "€", "PLN "])
def test_what_is_not_three_capital_letters_is_no_currency(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a currency's three letters$"):
        values.currency(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  BILETOMAT BILET ZTM    Warszaw\n", "BILETOMAT BILET ZTM    Warszaw"),
        ("first\n      second", "first second"),
        ("first \r\n\t second\n\nthird", "first second third"),
        ("a\tb", "a b"),
        ("zażółć\u00a0gęślą", "zażółć\u00a0gęślą"),
        (" \n\t ", ""),
    ],
)
def test_a_text_becomes_one_line_and_keeps_its_inner_blanks(text: str, line: str) -> None:
    assert values.line(text) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\u202e00.001- gnp.exe\u202c", "00.001- gnp.exe"),
        ("Bank\u200b\ufeff Pod\u2067 Lipami", "Bank Pod Lipami"),
        ("red\u009b31m\u0085next", "red 31m next"),
        ("one\u2028two", "one two"),
        ("\u200f", ""),
        ("Zażółć\u00a0gęślą", "Zażółć\u00a0gęślą"),
    ],
)
def test_signs_that_nobody_sees_are_left_out_of_a_line(text: str, line: str) -> None:
    assert values.line(text) == line


def test_an_account_number_is_kept_without_blanks_in_capitals() -> None:
    assert values.iban(" pl61 1090 1014\n0000 0712 1981 2874 ") == "PL61109010140000071219812874"


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("5412751234567890", "7890"),
        ("5412 75** **** 7890", "7890"),
        ("XXXX-XXXX-XXXX-7890", "7890"),
        ("7890", "7890"),
        ("541275******", None),
        ("890", None),
        ("****", None),
        ("", None),
    ],
)
def test_only_the_last_four_digits_of_a_card_are_kept(number: str, digits: str | None) -> None:
    assert values.last_digits(number) == digits


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2023-05-23T07:39:06Z", datetime(2023, 5, 23, 7, 39, 6, tzinfo=UTC)),
        ("2023-05-23T07:39:06.123456Z", datetime(2023, 5, 23, 7, 39, 6, 123456, tzinfo=UTC)),
        ("2023-05-23T07:39:06", None),
        ("2023-02-30T07:39:06Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_instant_is_read_or_none(text: str, instant: datetime | None) -> None:
    assert values.instant(text) == instant


@pytest.mark.parametrize("text", ["", "two words", "Zażółć", "a" * 65, "PL61109010140000071219812874", "1st", "a-b"])
def test_what_is_not_one_word_of_the_vendor_has_no_name(text: str) -> None:
    assert values.word(text) == "Unnamed"


@pytest.mark.parametrize("text", ["InvalidSessionId", "Psd2ConsentExpired", "service_down", "X"])
def test_a_word_of_the_vendor_is_kept(text: str) -> None:
    assert values.word(text) == text
