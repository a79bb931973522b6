"""The lines between the two processes: what is written is read again, and nothing else is."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.reading import exchange
from onboarding.reading.exchange import Garbled, Order, Verb
from onboarding.reading.layout import Columns, DateFormat, Encoding, TableGuess, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.records import AccountBegun, AccountEnded, Format, Row

texts = st.text(alphabet=st.characters(), max_size=30)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=2)
rows = st.builds(
    Row,
    booked_on=st.none() | st.dates(),
    transaction_on=st.none() | st.dates(),
    amount=amounts,
    balance=st.none() | amounts,
    title=texts,
    party=texts,
    party_iban=texts,
    kind=texts,
)
ended = st.builds(
    AccountEnded,
    opening=st.none() | amounts,
    closing=st.none() | amounts,
    difference=st.none() | amounts,
)
guesses = st.builds(
    TableGuess,
    header=st.lists(texts, max_size=4).map(tuple),
    first_rows=st.lists(st.lists(texts, max_size=4).map(tuple), max_size=4).map(tuple),
    certain=st.frozensets(st.sampled_from([field.name for field in fields(Columns)])),
)
orders = st.builds(Order, password=texts, mapping=st.none() | st.builds(TableMapping), limits=st.builds(Limits))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["Row", "Died"]),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(record=rows | ended | st.builds(AccountBegun) | guesses)
def test_a_record_is_read_as_it_was_written(record: Any) -> None:
    line = exchange.write(record)
    assert line.index(b"\n") == len(line) - 1
    assert exchange.read(line) == record


@given(order=orders.filter(lambda order: order.limits is None or order.limits.seconds == order.limits.seconds))
def test_an_order_is_read_as_it_was_written(order: Order) -> None:
    assert exchange.read(exchange.write(order)) == order


@given(line=st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_other_line_is_garbled(line: bytes) -> None:
    try:
        record = exchange.read(line)
    except Garbled:
        return
    assert exchange.read(exchange.write(record)) == record


def test_what_is_garbled_is_not_quoted() -> None:
    with pytest.raises(Garbled) as garbled:
        exchange.read(b'["Row","planted"]')
    assert garbled.value.__suppress_context__
    assert str(garbled.value) == ""


WHOLE = ["Row", "2026-01-02", None, "1.00", None, "title", "", "", ""]


@pytest.mark.parametrize(
    ("place", "value"),
    [(1, "2026-13-01"), (1, 5), (3, "NaN"), (3, "1e"), (3, 1.5), (3, None), (4, "Infinity"), (5, 7), (5, None)],
)
def test_a_row_with_a_wrong_field_is_garbled(place: int, value: Any) -> None:
    assert isinstance(exchange.read(json.dumps(WHOLE).encode()), Row)
    with pytest.raises(Garbled):
        exchange.read(json.dumps([*WHOLE[:place], value, *WHOLE[place + 1 :]]).encode())


@pytest.mark.parametrize("line", [WHOLE[:-1], [*WHOLE, ""], ["Rows", *WHOLE[1:]], ["Limits", 1, 1, 1, 1]])
def test_a_line_with_too_few_or_too_many_fields_or_another_word_is_garbled(line: list[Any]) -> None:
    with pytest.raises(Garbled):
        exchange.read(json.dumps(line).encode())


def test_words_that_are_not_known_are_garbled() -> None:
    with pytest.raises(Garbled):
        exchange.read(b'["Recognised","pdf"]')
    with pytest.raises(Garbled):
        exchange.read(b'["RefusedPdf","unknown"]')


def test_a_mapping_keeps_its_types() -> None:
    mapping = TableMapping(
        Encoding.UTF16_LE, ";", None, DateFormat.DAY_DOTS, ",", Columns(date=0, amount=3), number="1"
    )
    order = Order(Verb.READ, 1, 2, 3, format=Format.CSV, limits=Limits(seconds=5), mapping=mapping)
    read = exchange.read(exchange.write(order))
    assert read == order
    assert isinstance(read.mapping.encoding, Encoding)
