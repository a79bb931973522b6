"""Own data that a host pushes: read whole and exactly, or refused with every place that is wrong."""

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding import pushed

IBAN = "PL61109010140000071219812874"
GOOD: dict[str, Any] = {
    "bank": "Zimorodek Bank",
    "accounts": [
        {
            "name": "Everyday",
            "iban": "PL61 1090 1014 0000 0712 1981 2874",
            "currencyName": "PLN",
            "currencyBalance": "100.00",
            "moneyTransactions": [
                {"bookedOn": "2026-11-02", "currencyAmount": "-12.50", "title": "Bread", "party": "Baker"},
                {"transactionOn": "2026-11-01", "currencyAmount": "0.01", "currencyBalance": "112.50"},
            ],
        }
    ],
}


def read(document: Any, most_rows: int = 1000) -> pushed.Pushed:
    return pushed.read(json.dumps(document).encode(), most_rows=most_rows)


def with_value(path: list[Any], value: Any) -> dict[str, Any]:
    document = deepcopy(GOOD)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return document


def test_a_good_document_is_read_to_the_cent() -> None:
    found = read(GOOD)
    account = found.accounts[0]
    assert (found.bank, account.iban, account.currency, account.balance) == (
        "Zimorodek Bank", IBAN, "PLN", Decimal("100.00"),
    )  # fmt: skip
    assert [row.amount for row in account.rows] == [Decimal("-12.50"), Decimal("0.01")]
    assert found.row_count == 2


ROW = ["accounts", 0, "moneyTransactions", 0]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["accounts"], "none", "accounts"),
        (["accounts"], [], "accounts"),
        (["accounts", 0], 7, "accounts[0]"),
        (["accounts", 0, "iban"], "PL00109010140000071219812874", "accounts[0].iban"),
        (["accounts", 0, "iban"], "ABXY1234", "accounts[0].iban"),
        (["accounts", 0, "iban"], "", "accounts[0].iban"),
        ([*ROW, "partyIban"], "PL00109010140000071219812874", "accounts[0].moneyTransactions[0].partyIban"),
        (["accounts", 0, "iban"], None, "accounts[0].iban"),
        (["accounts", 0, "currencyName"], "pln", "accounts[0].currencyName"),
        (["accounts", 0, "currencyName"], 985, "accounts[0].currencyName"),
        (["accounts", 0, "currencyBalance"], 100.0, "accounts[0].currencyBalance"),
        (["accounts", 0, "name"], "x" * 501, "accounts[0].name"),
        (["accounts", 0, "moneyTransactions"], {}, "accounts[0].moneyTransactions"),
        ([*ROW, "currencyAmount"], -12.5, "accounts[0].moneyTransactions[0].currencyAmount"),
        ([*ROW, "currencyAmount"], "-12.505", "accounts[0].moneyTransactions[0].currencyAmount"),
        ([*ROW, "currencyAmount"], "12,50", "accounts[0].moneyTransactions[0].currencyAmount"),
        ([*ROW, "currencyAmount"], "NaN", "accounts[0].moneyTransactions[0].currencyAmount"),
        ([*ROW, "currencyAmount"], None, "accounts[0].moneyTransactions[0].currencyAmount"),
        ([*ROW, "bookedOn"], "02.11.2026", "accounts[0].moneyTransactions[0].bookedOn"),
        ([*ROW, "bookedOn"], "2026-02-30", "accounts[0].moneyTransactions[0].bookedOn"),
        ([*ROW, "title"], "a\x00b", "accounts[0].moneyTransactions[0].title"),
        ([*ROW, "amount"], "1.00", "accounts[0].moneyTransactions[0].amount"),
        (["extra"], 1, "extra"),
    ],
)
def test_a_wrong_place_is_named_by_its_path(path: list[Any], value: Any, named: str) -> None:
    with pytest.raises(pushed.PushRefused) as refused:
        read(with_value(path, value))
    assert [place for place, _expected in refused.value.problems] == [named]


def test_a_row_without_any_date_is_refused() -> None:
    document = deepcopy(GOOD)
    del document["accounts"][0]["moneyTransactions"][0]["bookedOn"]
    with pytest.raises(pushed.PushRefused) as refused:
        read(document)
    assert refused.value.problems[0][0] == "accounts[0].moneyTransactions[0].bookedOn"


def test_several_problems_are_told_at_once_but_not_without_end() -> None:
    rows = [{"bookedOn": "2026-11-02", "currencyAmount": "x"} for _ in range(100)]
    with pytest.raises(pushed.PushRefused) as refused:
        read(with_value(["accounts", 0, "moneyTransactions"], rows))
    assert len(refused.value.problems) == pushed.MOST_PROBLEMS


def test_more_rows_than_the_limit_are_refused() -> None:
    with pytest.raises(pushed.PushRefused) as refused:
        read(GOOD, most_rows=1)
    assert refused.value.problems == [("accounts[0].moneyTransactions", "at most 1 entries")]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1, 2", b"\xff\xfe", b"null", b'"text"', b"[" * 100_000, b'{"accounts": NaN}']
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(pushed.PushRefused):
        pushed.read(body, most_rows=10)


def test_a_name_twice_in_one_object_is_refused_since_one_of_them_would_be_lost() -> None:
    body = json.dumps(GOOD).replace('"currencyName": "PLN"', '"currencyName": "PLN", "currencyName": "EUR"')
    with pytest.raises(pushed.PushRefused) as refused:
        pushed.read(body.encode(), most_rows=10)
    assert refused.value.problems == [("", "no name twice in one object")]


def test_a_refusal_repeats_nothing_of_the_document() -> None:
    with pytest.raises(pushed.PushRefused) as refused:
        read(with_value([*ROW, "secret 4111 key"], "planted"))
    said = f"{refused.value} {refused.value.problems}"
    assert "planted" not in said
    assert "4111" not in said


@given(st.decimals(min_value=-(10**13) + 1, max_value=10**13 - 1, places=2))
def test_every_amount_comes_back_as_it_was_written(amount: Decimal) -> None:
    found = read(with_value([*ROW, "currencyAmount"], f"{amount:.2f}"))
    assert found.accounts[0].rows[0].amount == amount


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_whatever_comes_is_read_or_refused(anything: Any) -> None:
    with pytest.raises(pushed.PushRefused):
        read(with_value(ROW, anything))
