"""Writing the payload of an owner upload: exactly what was given, in constant memory, the same bytes each time."""

import gzip
import io
import json
import tracemalloc
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.kontomatik.owner_payload import OwnerPayload, PayloadRow, amount_text
from tests.kontomatik.calls import OWNER
from tests.kontomatik.documents import steady

ROW = PayloadRow(transaction_on=date(2023, 5, 22), booked_on=date(2023, 5, 23), amount=Decimal("-20.00"))
IBAN = "PL69137013140000049678278112"
Account = tuple[dict[str, Any], list[PayloadRow], Decimal | None]


def written(*accounts: Account) -> bytes:
    out = io.BytesIO()
    with OwnerPayload(out, owner_external_id=OWNER) as payload:
        for fields, rows, balance in accounts:
            payload.begin_account(**fields)
            for row in rows:
                payload.add(row)
            payload.end_account(balance=balance)
    return out.getvalue()


def read(document: bytes) -> Any:
    return json.loads(gzip.decompress(document))


def fields(**given: str | None) -> dict[str, str | None]:
    return {"name": None, "iban": None, "currency": "PLN", "bank": None, **given}


def test_a_whole_payload_is_written_in_the_names_of_the_aggregate() -> None:
    row = replace(
        ROW,
        balance=Decimal("1000"),
        title='Zażółć "gęślą" \\ \n jaźń',
        party="Maria Sochacka",
        party_iban=IBAN,
        kind="TRANSFER",
    )
    first = (fields(name="Current", iban=IBAN, bank="Bank SA"), [row, ROW], Decimal("259402.51"))
    second = (fields(currency="EUR"), [], None)
    assert read(written(first, second)) == {
        "ownerExternalId": OWNER,
        "accounts": [
            {
                "name": "Current",
                "iban": IBAN,
                "currencyName": "PLN",
                "target": {"officialName": "Bank SA"},
                "moneyTransactions": [
                    {
                        "transactionOn": "2023-05-22",
                        "bookedOn": "2023-05-23",
                        "currencyAmount": "-20.00",
                        "currencyBalance": "1000.00",
                        "title": 'Zażółć "gęślą" \\ \n jaźń',
                        "party": "Maria Sochacka",
                        "partyIban": IBAN,
                        "kind": "TRANSFER",
                    },
                    {"transactionOn": "2023-05-22", "bookedOn": "2023-05-23", "currencyAmount": "-20.00"},
                ],
                "currencyBalance": "259402.51",
            },
            {"currencyName": "EUR", "moneyTransactions": []},
        ],
    }


def test_a_payload_without_accounts_is_one() -> None:
    assert read(written()) == {"ownerExternalId": OWNER, "accounts": []}


def test_the_same_rows_give_the_same_bytes_without_a_time_or_a_name() -> None:
    document = written((fields(), [ROW], None))
    assert document == written((fields(), [ROW], None))
    # Flags and the four bytes of the time (RFC 1952, 2.3).
    assert document[3:8] == b"\0\0\0\0\0"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("-0.000", "0.00"),
        ("0E+30", "0.00"),
        ("5", "5.00"),
        ("-5.1", "-5.10"),
        ("0.01", "0.01"),
        ("-0.01", "-0.01"),
        ("1E+3", "1000.00"),
        ("1.230000", "1.23"),
        ("999999999999999.99", "999999999999999.99"),
        ("-999999999999999.99", "-999999999999999.99"),
    ],
)
def test_an_amount_has_exactly_two_decimals(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount)) == text


@pytest.mark.parametrize(
    "amount",
    ["0.001", "-1.005", "1.2300001", "1E-3", "1E-999999", "1E+15", "1E+999999", "NaN", "sNaN", "Infinity", "-Infinity"],
)
def test_an_amount_that_can_not_be_said_exactly_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"^(not a number|an amount has more than .*)$"):
        amount_text(Decimal(amount))


CENTS = st.integers(min_value=-(10**17) + 1, max_value=10**17 - 1)
AMOUNTS = st.builds(
    lambda cents, zeros: Decimal(f"{cents}{'0' * zeros}E-{2 + zeros}"), cents=CENTS, zeros=st.integers(0, 6)
)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
DATES = st.dates(date(1900, 1, 1), date(2200, 12, 31))
ROWS = st.builds(
    PayloadRow,
    transaction_on=DATES,
    booked_on=st.none() | DATES,
    amount=AMOUNTS,
    balance=st.none() | AMOUNTS,
    title=TEXTS,
    party=TEXTS,
    party_iban=TEXTS,
    kind=TEXTS,
)
ACCOUNTS = st.tuples(
    st.fixed_dictionaries({"name": TEXTS, "iban": TEXTS, "currency": st.sampled_from(["PLN", "EUR"]), "bank": TEXTS}),
    st.lists(ROWS, max_size=5),
    st.none() | AMOUNTS,
)


def known(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def exact(account: dict[str, Any]) -> dict[str, Any]:
    """Return an account as it was read, its amounts as decimals."""
    amounts = {"currencyAmount", "currencyBalance"}
    rows = [
        {name: Decimal(value) if name in amounts else value for name, value in row.items()}
        for row in account["moneyTransactions"]
    ]
    rest = {name: Decimal(value) if name in amounts else value for name, value in account.items()}
    return {**rest, "moneyTransactions": rows}


@steady
@given(accounts=st.lists(ACCOUNTS, max_size=4))
def test_what_is_read_back_is_what_was_written(accounts: list[Account]) -> None:
    read_back = read(written(*accounts))
    assert read_back["ownerExternalId"] == OWNER
    expected = [
        known(
            name=given["name"],
            iban=given["iban"],
            currencyName=given["currency"],
            target={"officialName": given["bank"]} if given["bank"] else None,
            currencyBalance=balance,
            moneyTransactions=[
                known(
                    transactionOn=str(row.transaction_on),
                    bookedOn=str(row.booked_on) if row.booked_on else None,
                    currencyAmount=row.amount,
                    currencyBalance=row.balance,
                    title=row.title,
                    party=row.party,
                    partyIban=row.party_iban,
                    kind=row.kind,
                )
                for row in rows
            ],
        )
        for given, rows, balance in accounts
    ]
    assert [exact(account) for account in read_back["accounts"]] == expected


@steady
@given(amount=st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_written_exactly_or_not_at_all(amount: Decimal) -> None:
    try:
        text = amount_text(amount)
    except ValueError:
        return
    assert Decimal(text) == amount
    assert text[-3] == "."


def test_half_of_a_surrogate_pair_does_not_break_the_payload() -> None:
    document = written((fields(), [replace(ROW, title="a\ud800b")], None))
    assert read(document)["accounts"][0]["moneyTransactions"][0]["title"] == "a?b"


def test_a_row_without_any_date_is_refused() -> None:
    with pytest.raises(ValueError, match="no date"):
        written((fields(), [replace(ROW, transaction_on=None, booked_on=None)], None))


def test_a_row_needs_an_account() -> None:
    with OwnerPayload(io.BytesIO(), owner_external_id=OWNER) as payload, pytest.raises(ValueError, match="was begun"):
        payload.add(ROW)


def test_an_account_that_was_never_begun_can_not_end() -> None:
    with OwnerPayload(io.BytesIO(), owner_external_id=OWNER) as payload, pytest.raises(ValueError, match="was begun"):
        payload.end_account(balance=None)


def test_an_account_within_an_account_is_refused() -> None:
    payload = OwnerPayload(io.BytesIO(), owner_external_id=OWNER)
    payload.begin_account(**fields())
    with pytest.raises(ValueError, match="not ended"):
        payload.begin_account(**fields())


def test_a_payload_whose_account_was_not_ended_is_refused() -> None:
    with pytest.raises(ValueError, match="not ended"), OwnerPayload(io.BytesIO(), owner_external_id=OWNER) as payload:
        payload.begin_account(**fields())


def break_off(out: io.BytesIO) -> None:
    with OwnerPayload(out, owner_external_id=OWNER) as payload:
        payload.begin_account(**fields())
        for number in range(20_000):
            payload.add(replace(ROW, title=f"payment {number}"))
        payload.end_account(balance=None)
        raise KeyError


def test_a_payload_that_was_broken_off_can_not_be_taken_for_a_whole_one() -> None:
    out = io.BytesIO()
    with pytest.raises(KeyError):
        break_off(out)
    assert len(out.getvalue()) > 1000
    with pytest.raises(EOFError):
        gzip.decompress(out.getvalue())


def test_memory_does_not_grow_with_the_rows() -> None:
    class Nowhere(io.RawIOBase):
        def write(self, piece: Any) -> int:
            return len(piece)

    row = replace(ROW, title="A payment " * 10)
    tracemalloc.start()
    with OwnerPayload(Nowhere(), owner_external_id=OWNER) as payload:  # type: ignore[arg-type]
        payload.begin_account(**fields())
        for _ in range(50_000):
            payload.add(row)
        payload.end_account(balance=None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_rows_representation_shows_no_ones_texts() -> None:
    row = replace(ROW, title="planted", party="planted", party_iban=IBAN, balance=Decimal("259402.51"))
    assert repr(row) == ("PayloadRow(transaction_on=datetime.date(2023, 5, 22), booked_on=datetime.date(2023, 5, 23))")


@pytest.mark.parametrize("amount", ["259402.515", "1259402515259402515"])
def test_a_refused_amount_is_not_repeated(amount: str) -> None:
    with pytest.raises(ValueError, match="an amount") as refused:
        written((fields(), [replace(ROW, amount=Decimal(amount))], None))
    assert amount[:6] not in str(refused.value)
