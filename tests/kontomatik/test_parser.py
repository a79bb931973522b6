"""What aggregated data is read as."""

import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import (
    Account,
    AccountKind,
    AccountOpened,
    Owner,
    Person,
    Target,
    Transaction,
)
from tests.kontomatik.documents import (
    account,
    element,
    fields,
    one_account,
    one_transaction,
    only,
    owner,
    records,
    reply,
    target,
    transaction,
    with_transactions,
)

FULL_TRANSACTION = {
    "transactionOn": "2023-05-22",
    "bookedOn": "2023-05-23",
    "currencyAmount": "-0.01",
    "currencyBalance": "259402.51",
    "title": "Oplata weryfikacyjna",
    "party": "Jan Kowalski",
    "partyIban": "PL16 1560 0013",
    "kind": "PRZELEW ZEWNĘTRZNY",
    "status": "DONE",
}


def refusal(document: bytes, **limits: int) -> AggregateRefused:
    with pytest.raises(AggregateRefused) as refused:
        records(document, **limits)
    return refused.value


def test_a_transaction_is_read_whole() -> None:
    labels = element("labels", element("label", "verification"), element("label", "monthly payment"))
    assert only(Transaction, one_transaction(labels, **FULL_TRANSACTION)) == [
        Transaction(
            transaction_on=date(2023, 5, 22),
            booked_on=date(2023, 5, 23),
            amount=Decimal("-0.01"),
            balance=Decimal("259402.51"),
            title="Oplata weryfikacyjna",
            party="Jan Kowalski",
            party_iban="PL1615600013",
            kind="PRZELEW ZEWNĘTRZNY",
            status="DONE",
            labels=("monthly payment", "verification"),
        )
    ]


def test_what_a_transaction_leaves_out_is_none() -> None:
    (row,) = only(Transaction, one_transaction())
    assert (row.transaction_on, row.balance, row.title, row.party, row.party_iban, row.kind, row.status) == (None,) * 7
    assert row.labels == ()


@pytest.mark.parametrize("empty", ["<{0}/>", "<{0}></{0}>", "<{0}>  \n </{0}>"])
@pytest.mark.parametrize("name", ["transactionOn", "currencyBalance", "title", "partyIban", "labels", "kind"])
def test_an_empty_element_is_the_same_as_a_missing_one(name: str, empty: str) -> None:
    assert records(one_transaction(empty.format(name))) == records(one_transaction())


def test_labels_are_a_set_in_order() -> None:
    labels = element("labels", *(element("label", text) for text in ("b", " a", "b", "", "c d")))
    (row,) = only(Transaction, one_transaction(labels))
    assert row.labels == ("a", "b", "c d")


def test_equal_transactions_all_count() -> None:
    twice = with_transactions(transaction(title="Rent"), transaction(title="Rent"))
    assert len(only(Transaction, reply(owner(target(twice))))) == 2


def test_the_order_is_owner_target_persons_then_each_account_with_its_rows() -> None:
    persons = element("owners", element("owner", fields(name="Maria", kind="OWNER")))
    holder = element("owners", element("owner", fields(name="Jan", kind="CO-OWNER")))
    held = account(holder, element("moneyTransactions", transaction(), transaction()))
    document = reply(owner(element("target", persons, element("accounts", held, account()), name="K")))
    kinds = [type(record) for record in records(document)]
    start = [Owner, Target, Person, AccountOpened, Transaction, Transaction, Person, Account]
    assert kinds == [*start, AccountOpened, Account]


def test_persons_keep_name_and_kind_and_one_spelling() -> None:
    rows = [fields(name="Maria Sochacka", kind="OWNER", polishPesel="90010112345"), fields(name="Jan", kind="CO-OWNER")]
    rows += [fields(name="ACME", kind="COMPANY"), fields(name="Eva"), fields(kind="OWNER")]
    persons = element("owners", *(element("owner", row) for row in rows))
    document = reply(owner(element("target", persons)))
    assert only(Person, document) == [
        Person(name="Maria Sochacka", kind="OWNER"),
        Person(name="Jan", kind="CO_OWNER"),
        Person(name="ACME", kind="COMPANY"),
        Person(name="Eva", kind=None),
    ]


def test_an_account_is_read_whole() -> None:
    texts = {
        "name": "Konto 0",
        "friendlyName": "Konto",
        "currencyBalance": "-1.5",
        "currencyFundsAvailable": "98.50",
        "activeSinceAtLeast": "2022-10-08",
    }
    (read,) = only(Account, one_account(**texts, partial="true"))
    assert read == Account(
        kind=AccountKind.ACCOUNT,
        name="Konto 0",
        iban="PL61109010140000071219812874",
        currency="PLN",
        balance=Decimal("-1.5"),
        funds_available=Decimal("98.50"),
        active_since=date(2022, 10, 8),
        partial=True,
    )


def test_an_account_without_a_balance_has_none_rather_than_zero() -> None:
    (read,) = only(Account, one_account())
    assert (read.balance, read.funds_available) == (None, None)


def test_an_account_without_a_name_takes_its_friendly_name() -> None:
    (read,) = only(Account, one_account(friendlyName="Everyday"))
    assert read.name == "Everyday"


@pytest.mark.parametrize(("written", "partial"), [("true", True), ("1", True), ("TRUE", True), ("false", False)])
def test_a_history_cut_short_is_told(written: str, partial: bool) -> None:
    (read,) = only(Account, one_account(partial=written))
    assert read.partial is partial


def test_a_partial_account_does_not_mark_the_next() -> None:
    first, second = only(Account, reply(owner(target(account(partial="true"), account()))))
    assert (first.partial, second.partial) == (True, False)


def test_an_account_reads_the_same_whatever_the_order_of_its_children() -> None:
    rows = element("moneyTransactions", transaction())
    before = fields(iban="PL1", currencyBalance="5.00", currencyName="EUR") + rows
    after = rows + fields(currencyName="EUR", currencyBalance="5.00", iban="PL1")
    first, second = (reply(owner(target(element("account", inner)))) for inner in (before, after))
    assert only(Account, first) == only(Account, second)
    assert only(Transaction, first) == only(Transaction, second)


def test_the_start_of_an_account_says_what_stood_before_its_first_transaction() -> None:
    rows = element("moneyTransactions", transaction())
    documents = [element("account", fields(iban="PL1"), rows, fields(currencyName="EUR")), account()]
    opened = only(AccountOpened, reply(owner(target(*documents))))
    assert [(one.iban, one.currency) for one in opened] == [
        ("PL1", None),
        ("PL61109010140000071219812874", "PLN"),
    ]


def test_a_credit_card_keeps_its_last_digits_its_limit_and_its_due_day() -> None:
    card = account(tag="creditCard", number="5412 7512 3456 7890", limit="5000.00", dueDate="2023-06-10", iban="")
    (read,) = only(Account, reply(owner(target(card, group="creditCards"))))
    assert read.kind is AccountKind.CARD
    assert (read.last_digits, read.credit_limit, read.due_on) == ("7890", Decimal("5000.00"), date(2023, 6, 10))


def test_the_whole_number_of_a_card_is_in_no_record() -> None:
    card = account(tag="creditCard", number="5412751234567890", cardId="5412751234567890")
    assert "541275" not in repr(records(reply(owner(target(card, group="creditCards")))))


def test_a_deposit_may_have_no_currency() -> None:
    deposit = account(tag="deposit", currencyName="", iban="", currencyBalance="100.00")
    (read,) = only(Account, reply(owner(target(deposit, group="deposits"))))
    assert (read.kind, read.currency, read.balance) == (AccountKind.DEPOSIT, None, Decimal("100.00"))


@pytest.mark.parametrize(("name", "group"), [("account", "accounts"), ("creditCard", "creditCards")])
def test_an_account_or_card_without_a_currency_refuses_all(name: str, group: str) -> None:
    refused = refusal(reply(owner(target(account(tag=name, currencyName=""), group=group))))
    assert refused.reason == "there is no currency"
    assert refused.where == f"reply/owner[1]/target[1]/{group}/{name}[1]"


def test_two_banks_of_one_owner_are_read() -> None:
    document = reply(owner(target(account(), name="A"), target(account(), account(), name="B")))
    assert [read.name for read in only(Target, document)] == ["A", "B"]
    assert len(only(Account, document)) == 3


def test_every_owner_is_read() -> None:
    document = reply(owner(target(account(), name="A")), owner(target(account(), name="P"), origin="pdf"))
    assert only(Owner, document) == [Owner("o-1", "scraper"), Owner("o-1", "pdf")]
    assert len(only(Account, document)) == 2


def test_the_owner_says_when_the_reply_was_made() -> None:
    (read,) = only(Owner, reply(owner(), responseTimestamp="2023-05-23T07:42:50Z"))
    assert read.replied_at == datetime(2023, 5, 23, 7, 42, 50, tzinfo=UTC)


def test_a_reply_without_owners_holds_nothing() -> None:
    assert records(reply()) == []


def test_unknown_elements_are_passed_over_with_all_they_hold() -> None:
    unknown = element("extra", element("currencyAmount", "999.99"), element("moneyTransaction", "text"), colour="red")
    known = account(unknown, element("moneyTransactions", transaction(unknown), unknown), unknown)
    document = reply(unknown, owner(unknown, target(known, unknown), unknown))
    assert records(document) == records(reply(owner(target(with_transactions(transaction())))))


@pytest.mark.parametrize(
    "written",
    ["1<!-- one -->23.5<![CDATA[0]]>", "<![CDATA[123.50]]>", "123<?note x?>.50", "\n  123.50\n  ", "&#49;23.50"],
)
def test_a_text_in_several_pieces_is_read_whole(written: str) -> None:
    (row,) = only(Transaction, one_transaction(currencyAmount=written))
    assert row.amount == Decimal("123.50")


def test_a_text_goes_on_after_an_unknown_element_inside_of_it() -> None:
    (row,) = only(Transaction, one_transaction(title="Rent <b>not this<i>nor this</i></b>in <b/>May"))
    assert row.title == "Rent in May"


def test_a_text_keeps_its_characters() -> None:
    (row,) = only(Transaction, one_transaction(title="A &amp; B &lt;C&gt; zażółć 😀"))
    assert row.title == "A & B <C> zażółć 😀"


@pytest.mark.parametrize(
    ("encoding", "codec"), [("utf-16", "utf-16"), ("ISO-8859-1", "latin-1"), ("US-ASCII", "ascii"), ("UTF-8", "utf-8")]
)
def test_other_encodings_that_expat_knows_are_read(encoding: str, codec: str) -> None:
    document = one_transaction(title="Cafe").decode().replace("utf-8", encoding)
    (row,) = only(Transaction, document.encode(codec))
    assert row.title == "Cafe"


@pytest.mark.parametrize("encoding", ["windows-1250", "utf-7", "unicode_escape", "rot13", "nonsense", "idna"])
def test_an_encoding_that_expat_does_not_know_is_refused(encoding: str) -> None:
    document = reply().decode().replace("utf-8", encoding)
    assert refusal(document.encode()).reason == "the encoding is not one that is read here"


@pytest.mark.parametrize("name", ["currencyAmount", "currencyBalance"])
def test_an_unreadable_amount_refuses_all_and_names_the_place(name: str) -> None:
    good = with_transactions(transaction(), transaction())
    bad = with_transactions(transaction(), transaction(), transaction(**{name: "12,50"}))
    refused = refusal(reply(owner(target(good)), owner(target(good), target(good, bad))))
    path = "reply/owner[2]/target[2]/accounts/account[2]/moneyTransactions/moneyTransaction[3]"
    assert refused.reason == "not a plain amount in 1/100"
    assert refused.where == f"{path}/{name}"


@pytest.mark.parametrize("name", ["transactionOn", "bookedOn"])
def test_an_unreadable_date_refuses_all_and_names_the_place(name: str) -> None:
    refused = refusal(one_transaction(**{name: "2023-02-30"}))
    assert refused.reason == "not a day of the calendar"
    assert refused.where.endswith(f"/accounts/account[1]/moneyTransactions/moneyTransaction[1]/{name}")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("currencyBalance", "a lot", "not a plain amount in 1/100"),
        ("currencyFundsAvailable", "1e3", "not a plain amount in 1/100"),
        ("currencyName", "zł", "not a currency's three letters"),
        ("activeSinceAtLeast", "long ago", "not a date (YYYY-MM-DD)"),
        ("limit", "NaN", "not a plain amount in 1/100"),
        ("dueDate", "10th", "not a date (YYYY-MM-DD)"),
    ],
)
def test_an_unreadable_figure_of_an_account_refuses_all(name: str, text: str, reason: str) -> None:
    refused = refusal(one_account(**{name: text}))
    assert (refused.reason, refused.where) == (reason, f"reply/owner[1]/target[1]/accounts/account[1]/{name}")


def test_a_refusal_names_the_line() -> None:
    document = one_transaction(currencyAmount="x").replace(b"<bookedOn>", b"\n\n\n<bookedOn>")
    assert refusal(document).line == 4


def test_a_refusal_never_repeats_the_text() -> None:
    refused = refusal(one_transaction(currencyAmount="PL61109010140000071219812874"))
    assert "6110901014" not in str(refused)


def test_a_transaction_without_an_amount_refuses_all() -> None:
    assert refusal(one_transaction(currencyAmount="")).reason == "there is no amount"


def test_a_transaction_without_any_date_refuses_all() -> None:
    assert refusal(one_transaction(bookedOn="")).reason == "there is no date"


@pytest.mark.parametrize("name", ["transactionOn", "bookedOn"])
def test_one_of_the_two_dates_is_enough(name: str) -> None:
    texts = {"transactionOn": "", "bookedOn": "", name: "2023-05-23"}
    assert len(only(Transaction, one_transaction(**texts))) == 1


def test_an_amount_said_twice_and_differently_refuses_all() -> None:
    refused = refusal(one_transaction("<currencyAmount>-30.00</currencyAmount>"))
    assert refused.reason == "said twice, and differently"


def test_an_amount_said_twice_alike_counts_once() -> None:
    (row,) = only(Transaction, one_transaction("<currencyAmount>-20.0</currencyAmount>"))
    assert row.amount == Decimal("-20.00")


def test_records_come_before_the_document_has_ended() -> None:
    document = reply(owner(target(*(with_transactions(transaction()) for _ in range(2000)))))
    stream = io.BytesIO(document)
    reading = read_aggregate(stream)
    assert next(reading) == Owner("o-1", "scraper")
    assert stream.tell() < len(document)


def test_memory_does_not_grow_with_the_document() -> None:
    rows = element("moneyTransactions", *(transaction(title=f"Payment {number}") for number in range(10_000)))
    document = reply(owner(target(account(rows))))
    stream = io.BytesIO(document)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_aggregate(stream))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_004
    assert peak < len(document) / 2
