"""What a writer writes is read back equal, to the last cent, by every reader."""

from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

import mt940
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.reading.records import BalanceCheck, Format, Record
from tests.reading import written
from tests.reading.written import Payment, begun, ended, records_of, rows_of

# Letters, digits and what the formats use themselves; nothing that is cut into lines or joined differently on purpose.
WORDS = st.lists(
    st.text(alphabet="abcXYZ0189żóŁćéñă.,;:'\"()-+&<>", min_size=1, max_size=8), min_size=1, max_size=4
).map(" ".join)
PLAIN_WORDS = st.lists(st.text(alphabet="abcXYZ0189żółć.,", min_size=1, max_size=6), min_size=1, max_size=3).map(
    " ".join
)
CENTS = st.integers(-(10**13) + 1, 10**13 - 1)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def payments(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[Payment]]:
    return st.lists(
        st.builds(
            Payment, on=DAYS, amount=CENTS.map(lambda cents: Decimal(cents).scaleb(-2)), title=words, party=words
        ),
        min_size=1,
        max_size=12,
    )


def said(records: list[Record]) -> list[tuple[date | None, str, str, str]]:
    return [(row.booked_on, str(row.amount), row.title, row.party) for row in rows_of(records)]


def meant(made: list[Payment]) -> list[tuple[date | None, str, str, str]]:
    return [(each.on, f"{each.amount + 0:.2f}", each.title, each.party) for each in made]


@settings(max_examples=60, deadline=None)
@given(payments(PLAIN_WORDS), CENTS)
def test_mt940_is_read_back_equal(made: list[Payment], opening_cents: int) -> None:
    opening = Decimal(opening_cents).scaleb(-2)
    records = records_of(written.mt940(made, opening=opening).encode(), Format.MT940)
    assert said(records) == meant(made)
    (end,) = ended(records)
    assert (end.opening, end.closing) == (opening, opening + sum(each.amount for each in made))
    assert end.balance_check is BalanceCheck.OK


@settings(max_examples=30, deadline=None)
@given(payments(PLAIN_WORDS))
def test_mt940_means_to_the_library_what_it_means_to_us(made: list[Payment]) -> None:
    text = written.mt940(made)
    theirs = mt940.models.Transactions(options=mt940.Options.all())
    theirs.parse(text)
    ours = rows_of(records_of(text.encode(), Format.MT940))
    assert [(each.data["entry_date"], each.data["amount"].amount) for each in theirs] == [
        (row.booked_on, row.amount) for row in ours
    ]


@settings(max_examples=60, deadline=None)
@given(payments(WORDS), CENTS)
def test_camt_is_read_back_equal(made: list[Payment], opening_cents: int) -> None:
    opening = Decimal(opening_cents).scaleb(-2)
    safe = [Payment(each.on, each.amount, escape(each.title), escape(each.party)) for each in made]
    records = records_of(written.camt(safe, opening=opening).encode(), Format.CAMT053)
    assert said(records) == meant(made)
    assert ended(records)[0].balance_check is BalanceCheck.OK


@settings(max_examples=60, deadline=None)
@given(payments(WORDS))
def test_ofx_is_read_back_equal(made: list[Payment]) -> None:
    safe = [Payment(each.on, each.amount, escape(each.title), escape(each.party)) for each in made]
    records = records_of(written.ofx("".join(map(written.ofx_row, safe))).encode(), Format.OFX)
    assert said(records) == meant(made)


@settings(max_examples=60, deadline=None)
@given(payments(PLAIN_WORDS))
def test_a_table_is_read_back_equal(made: list[Payment]) -> None:
    content = written.table(made).encode()
    records = written.read_table(content, columns=written.COLUMNS, decimal=".")
    assert said(records) == meant(made)
    assert begun(records)[0].number == written.IBAN
