"""Statements and own data in the aggregate: further owners with another origin, and all of it optional."""

from datetime import date
from decimal import Decimal

import pytest

from onboarding.kontomatik.records import Account, Owner, Person, Target, Transaction
from tests.kontomatik.documents import (
    account,
    element,
    fields,
    only,
    owner,
    records,
    reply,
    target,
    transaction,
    with_transactions,
)

ROWS = with_transactions(transaction(title="own"), transaction(transactionOn="2023-05-22", bookedOn=""), name="")


def upload(*inner: str, **attributes: str) -> str:
    return element("owner", *inner, **attributes)


@pytest.mark.parametrize("origin", ["pdf", "statement", "owner", "a word of tomorrow"])
def test_a_further_origin_is_read_after_the_banks(origin: str) -> None:
    document = reply(
        owner(target(account(), name="A")),
        owner(target(account(), account(), name="P"), origin=origin),
        owner(target(account(), name="Q"), origin=origin),
    )
    assert [(read.external_id, read.origin) for read in only(Owner, document)] == [
        ("o-1", "scraper"),
        ("o-1", origin),
        ("o-1", origin),
    ]
    assert [read.name for read in only(Target, document)] == ["A", "P", "Q"]
    assert len(only(Account, document)) == 4


def test_a_target_may_have_an_official_name_alone() -> None:
    document = reply(upload(element("target", element("accounts", account()), officialName="Bank SA"), origin="owner"))
    assert only(Target, document) == [Target(name=None, official_name="Bank SA", institution=None)]
    assert len(only(Account, document)) == 1


@pytest.mark.parametrize("attributes", [{}, {"name": ""}, {"unknown": "x"}])
def test_a_target_may_have_no_name_at_all(attributes: dict[str, str]) -> None:
    document = reply(upload(element("target", element("accounts", ROWS), **attributes), origin="owner"))
    assert only(Target, document) == [Target(name=None, official_name=None, institution=None)]
    assert len(only(Transaction, document)) == 2


def test_an_owner_may_say_neither_its_id_nor_its_origin() -> None:
    document = reply(upload(target(ROWS)))
    assert only(Owner, document) == [Owner(external_id=None, origin=None)]


def test_an_uploaded_account_needs_only_its_currency() -> None:
    document = reply(upload(element("target", element("accounts", element("account", fields(currencyName="EUR"))))))
    (read,) = only(Account, document)
    assert (read.name, read.iban, read.currency, read.balance) == (None, None, "EUR", None)


def test_rows_of_every_origin_are_read_alike() -> None:
    document = reply(owner(target(account(name="A"))), upload(target(ROWS), origin="owner"))
    assert [(row.transaction_on, row.booked_on, row.amount) for row in only(Transaction, document)] == [
        (None, date(2023, 5, 23), Decimal("-20.00")),
        (date(2023, 5, 22), None, Decimal("-20.00")),
    ]


def test_equal_rows_of_two_origins_all_come() -> None:
    same = target(with_transactions(transaction(title="rent")))
    document = reply(owner(same), owner(same, origin="pdf"), owner(same, origin="owner"))
    assert len(only(Transaction, document)) == 3


def test_persons_of_a_statement_belong_to_its_target() -> None:
    person = element("owners", element("owner", fields(name="Maria Sochacka", kind="OWNER")))
    document = reply(owner(element("target", person, element("accounts", account())), origin="pdf"))
    assert [type(read) for read in records(document)][:3] == [Owner, Target, Person]


def test_an_owner_without_targets_or_accounts_holds_nothing() -> None:
    document = reply(upload(origin="owner"), upload(element("target"), origin="pdf"), owner(target(account())))
    assert len(only(Account, document)) == 1
    assert len(only(Owner, document)) == 3
