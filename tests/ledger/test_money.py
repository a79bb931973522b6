from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.money import LARGEST_CENTS, InexactAmount, amount_text, format_money, from_cents, to_cents

CENTS = st.integers(-LARGEST_CENTS, LARGEST_CENTS)


@given(CENTS)
def test_every_number_of_cents_survives_the_way_to_an_amount_and_back(cents: int) -> None:
    assert to_cents(from_cents(cents)) == cents


@given(CENTS)
def test_every_amount_has_exactly_two_decimals(cents: int) -> None:
    assert from_cents(cents).as_tuple().exponent == -2
    assert amount_text(cents) == f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_turned_into_cents_exactly_or_refused(amount: Decimal) -> None:
    try:
        cents = to_cents(amount)
    except InexactAmount:
        exact = amount.is_finite() and abs(amount) <= from_cents(LARGEST_CENTS) and amount == round(amount, 2)
        assert not exact
    else:
        assert from_cents(cents) == amount


@pytest.mark.parametrize("text", ["0.005", "1e400", "1e-400", "NaN", "sNaN", "Infinity", "92233720368547758.08"])
def test_what_is_no_storable_number_of_cents_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InexactAmount) as refused:
        to_cents(Decimal(text))
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        ("-1234567.50", "PLN", "pl", "\u22121\u00a0234\u00a0567,50\u00a0zł"),
        ("1234.50", "EUR", "en", "€1,234.50"),
        ("-20.00", "PLN", "en", "\u2212PLN\u00a020.00"),
        ("1234.5", "EUR", "pt", "1\u00a0234,50\u00a0€"),
        ("12.50", "JPY", "pl", "12,50\u00a0JPY"),
        ("0.00", "CZK", "cs", "0,00\u00a0Kč"),
        ("-5.00", "QQQ", "es", "\u22125,00\u00a0QQQ"),
        ("5.00", "", "pl", "5,00"),
        ("5.00", "EUR", "xx", "€5.00"),
        ("92233720368547758.07", "EUR", "en", "€92,233,720,368,547,758.07"),
    ],
)
def test_amounts_are_written_as_people_of_the_locale_write_them(
    amount: str, currency: str, locale: str, text: str
) -> None:
    assert format_money(Decimal(amount), currency, locale) == text


@given(CENTS, st.sampled_from(["en", "pl", "cs", "es", "pt", "ro", "lt", "lv", "et"]), st.sampled_from(["PLN", "QQX"]))
def test_a_written_amount_never_breaks_a_line(cents: int, locale: str, currency: str) -> None:
    written = format_money(from_cents(cents), currency, locale)
    assert " " not in written
    assert "-" not in written
    assert written.startswith("\u2212") == (cents < 0)
