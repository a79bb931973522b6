"""Nothing of a field of MT940 is read as less than what stands there."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.reading.encodings import find_encoding
from onboarding.reading.mt940_fields import read_balance, read_line
from onboarding.reading.records import Format
from onboarding.reading.refusals import Expected, FileRefused, Problem
from tests.reading import written
from tests.reading.test_fuzz import GOOD, PIECES, mutated
from tests.reading.written import rows_of

BALANCE = ":60F:"


def refusal(text: str) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_line(text, 7, "PLN")
    return caught.value


@pytest.mark.parametrize(
    "amount",
    [
        "1O90,80",
        "1o90,80",
        "1090",
        "1 090,80",
        "1.090,80",
        "1,090.80",
        "1.090",
        "1.000",
        "I90,80",
        "O90,80",
        "1090,8O",
        "1090,80,",
        ",80",
        "l090,80",
        "-5,00",
        "1090,80  ",
        "10\N{ARABIC-INDIC DIGIT NINE},80",
    ],
)
def test_an_amount_that_is_not_digits_with_one_sign_is_refused_and_never_cut(amount: str) -> None:
    refused = refusal(f"2611021102D{amount}NMSCNONREF")
    assert (refused.problem, refused.line, refused.element) == (Problem.WRONG_VALUE, 7, ":61:")
    assert refused.expected in (Expected.AN_AMOUNT, Expected.A_DIRECTION)


@pytest.mark.parametrize("kind", ["", "O90", "X", "1234", "NM", "nmsc", "N9,8", "N-12", "XMSC"])
def test_an_amount_must_be_followed_by_the_type_of_the_payment(kind: str) -> None:
    refused = refusal(f"2611021102D1,{kind}")
    assert (refused.problem, refused.expected) == (Problem.WRONG_VALUE, Expected.AN_AMOUNT)


@pytest.mark.parametrize("kind", ["NTRF", "FMSC", "S034", "N511", "NET "])
def test_the_types_of_the_banks_are_read(kind: str) -> None:
    line = read_line(f"2611021102D1,{kind}NONREF//1\nat the shop", 1, "PLN")
    assert (line.amount, line.kind, line.details) == (Decimal("-1.00"), kind.strip(), "at the shop")


@pytest.mark.parametrize("days", ["2611021131", "2611020230", "2602301101", "2611020229"])
def test_a_day_that_does_not_exist_is_refused_and_never_moved(days: str) -> None:
    assert refusal(f"{days}D1,NTRF").expected is Expected.A_DATE


@pytest.mark.parametrize("text", ["C261101PLN100", "C261101PLN1O0,00", "C261101PLN1.000,00", "C261101PLN1,00 2"])
def test_a_balance_is_digits_with_one_sign(text: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read_balance(BALANCE, text, 3)
    assert (caught.value.problem, caught.value.expected) == (Problem.WRONG_VALUE, Expected.A_BALANCE)


@pytest.mark.parametrize("tag", [":61:261104D1,NTRFX", ":62F:C261130PLN1,00"])
def test_a_field_that_is_set_in_by_blanks_is_no_part_of_the_text_before_it(tag: str) -> None:
    plain = written.mt940().replace(":62F:", f"{tag}\n:62F:") if ":61:" in tag else written.mt940()
    inset = plain.replace(tag, f"  {tag}") if ":61:" in tag else plain.replace(":62F:", " \t:62F:")
    assert written.records_of(inset.encode(), Format.MT940) == written.records_of(plain.encode(), Format.MT940)


@settings(max_examples=300, deadline=None)
@given(
    whole=st.text("0123456789", min_size=1, max_size=12),
    fraction=st.text("0123456789", max_size=2),
    mark=st.sampled_from(["C", "D", "RC", "RD", "CN", "DN", "RDN"]),
    strange=st.tuples(st.integers(0, 40), st.text("OolI.,- N0", min_size=1, max_size=2)),
)
def test_an_amount_with_anything_put_into_it_is_refused_or_read_with_all_its_digits(
    whole: str, fraction: str, mark: str, strange: tuple[int, str]
) -> None:
    place, put = strange
    amount = f"{whole},{fraction}"
    changed = amount[: place % (len(amount) + 1)] + put + amount[place % (len(amount) + 1) :]
    try:
        line = read_line(f"2611021102{mark}{changed}NTRFNONREF", 1, "PLN")
    except FileRefused:
        return
    # Before the amount there may be the currency's third letter and a blank; an N behind it begins the type.
    said = changed.removeprefix("N").removeprefix(" ").partition("N")[0]
    assert abs(line.amount) == Decimal(said.replace(",", "."))
    assert (line.amount < 0) == (mark[0] + mark[1:2] in ("D", "DN", "RC") and line.amount != 0)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**9), changes=st.integers(1, 6))
def test_every_statement_line_of_a_file_that_is_read_is_a_row(seed: int, changes: int) -> None:
    content = mutated(GOOD[Format.MT940], PIECES[Format.MT940], seed, changes)
    text = content.decode(find_encoding(BytesIO(content)).encoding, errors="replace")
    try:
        rows = rows_of(written.records_of(content, Format.MT940))
    except FileRefused:
        return
    # A line may end with a carriage return alone, or begin behind an envelope.
    assert len(rows) >= len(re.findall(r"^\s*:61:", text, re.MULTILINE))
