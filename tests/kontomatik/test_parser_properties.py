"""The parser against documents that hypothesis makes up."""

import io
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given
from hypothesis import strategies as st

from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.parser import Limits, read_aggregate
from onboarding.kontomatik.records import (
    Account,
    AccountKind,
    AccountOpened,
    AggregateRecord,
    Owner,
    Person,
    Target,
    Transaction,
)
from tests.kontomatik.documents import steady

GROUPS = {
    AccountKind.ACCOUNT: ("accounts", "account"),
    AccountKind.CARD: ("creditCards", "creditCard"),
    AccountKind.DEPOSIT: ("deposits", "deposit"),
}

letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"))
texts = st.text(letters, min_size=1, max_size=20)
ibans = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=34)
amounts = st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=2)
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
currencies = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


persons = st.builds(Person, name=texts, kind=maybe(st.sampled_from(["OWNER", "CO_OWNER", "COMPANY"])))
transactions = st.builds(
    Transaction,
    transaction_on=days,
    booked_on=maybe(days),
    amount=amounts,
    balance=maybe(amounts),
    title=maybe(texts),
    party=maybe(texts),
    party_iban=maybe(ibans),
    kind=maybe(texts),
    status=maybe(texts),
    labels=st.lists(texts, max_size=3).map(lambda found: tuple(sorted(set(found)))),
)
accounts = st.builds(
    Account,
    kind=st.sampled_from(AccountKind),
    name=maybe(texts),
    iban=maybe(ibans),
    currency=currencies,
    balance=maybe(amounts),
    funds_available=maybe(amounts),
    active_since=maybe(days),
    partial=st.booleans(),
    credit_limit=maybe(amounts),
    due_on=maybe(days),
)
banks = st.tuples(
    st.builds(Target, name=maybe(texts), official_name=maybe(texts), institution=maybe(texts)),
    st.lists(persons, max_size=2),
    st.lists(
        st.tuples(accounts, st.lists(transactions, max_size=3), st.lists(persons, max_size=2)),
        max_size=3,
    ),
)
owners = st.lists(
    st.tuples(st.builds(Owner, external_id=maybe(texts), origin=maybe(texts)), st.lists(banks, max_size=2)), max_size=2
)


class Writer:
    """Write records as a document, with everything in it that must not matter."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, value: object) -> str:
        written = f"{value:f}" if isinstance(value, Decimal) else escape(str(value))
        if "]]>" not in str(value) and self._random.random() < 0.2:
            written = f"<![CDATA[{value}]]>" if not isinstance(value, Decimal) else written
        return self._random.choice(["", " ", "\n   "]) + written + self._random.choice(["", "<!-- x -->", " \n"])

    def element(self, tag: str, /, *inner: str, **attributes: object) -> str:
        given = {key: str(value) for key, value in attributes.items() if value is not None}
        written = "".join(f" {key}={quoteattr(text)}" for key, text in given.items())
        return f"<{tag}{written}>{''.join(inner)}</{tag}>"

    def children(self, *blocks: str, **values: object) -> str:
        known = [self.element(name, self.text(value)) for name, value in values.items() if value is not None]
        noise = ["\n  ", "<!-- note -->", "<unknown a='1'><currencyAmount>1</currencyAmount></unknown>", "<?note?>"]
        mixed = [*known, *blocks, *self._random.sample(noise, self._random.randrange(3))]
        self._random.shuffle(mixed)
        return "".join(mixed)

    def persons(self, found: list[Person]) -> str:
        return self.element(
            "owners", *(self.element("owner", self.children(name=one.name, kind=one.kind)) for one in found)
        )

    def transaction(self, row: Transaction) -> str:
        labels = list(row.labels) * self._random.randrange(1, 3)
        self._random.shuffle(labels)
        holder = self.element("labels", *(self.element("label", self.text(label)) for label in labels))
        inner = self.children(
            holder,
            transactionOn=row.transaction_on,
            bookedOn=row.booked_on,
            currencyAmount=row.amount,
            currencyBalance=row.balance,
            title=row.title,
            party=row.party,
            partyIban=row.party_iban,
            kind=row.kind,
            status=row.status,
        )
        return self.element("moneyTransaction", inner)

    def account(self, one: Account, rows: list[Transaction], holders: list[Person]) -> str:
        group, member = GROUPS[one.kind]
        inner = self.children(
            self.element("moneyTransactions", *(self.transaction(row) for row in rows)),
            self.persons(holders),
            name=one.name,
            iban=one.iban,
            currencyName=one.currency,
            currencyBalance=one.balance,
            currencyFundsAvailable=one.funds_available,
            activeSinceAtLeast=one.active_since,
            limit=one.credit_limit,
            dueDate=one.due_on,
        )
        partial = "true" if one.partial else None
        return self.element(group, self.element(member, inner, partialDueToTimeout=partial))

    def document(self, model: list[Any]) -> bytes:
        written = []
        for owner, held in model:
            targets = []
            for target, people, books in held:
                inner = self.persons(people) + "".join(self.account(*book) for book in books)
                names = {"officialName": target.official_name, "institution": target.institution}
                targets.append(self.element("target", inner, name=target.name, **names))
            written.append(self.element("owner", *targets, externalId=owner.external_id, origin=owner.origin))
        return self.element("reply", *written, status="200 OK").encode()


def expected(model: list[Any]) -> Iterator[AggregateRecord]:
    for owner, held in model:
        yield owner
        for target, people, books in held:
            yield target
            yield from people
            for one, rows, holders in books:
                yield AccountOpened(one.kind)
                yield from rows
                yield from holders
                yield one


def read(document: bytes) -> list[AggregateRecord]:
    return list(read_aggregate(io.BytesIO(document)))


def without_early_knowledge(records: list[AggregateRecord]) -> list[AggregateRecord]:
    return [AccountOpened(record.kind) if isinstance(record, AccountOpened) else record for record in records]


@steady
@given(owners, st.integers())
def test_what_is_written_is_read_whatever_stands_around_it(model: list[Any], seed: int) -> None:
    document = Writer(seed).document(model)
    assert without_early_knowledge(read(document)) == list(expected(model))


class Pieces(io.RawIOBase):
    """A stream that gives its bytes in pieces of the lengths it was told, as a slow network would."""

    def __init__(self, document: bytes, lengths: list[int]) -> None:
        super().__init__()
        self._document = document
        self._lengths = lengths

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._lengths.pop()) if self._lengths else size
        piece, self._document = self._document[:size], self._document[size:]
        return piece


@steady
@given(owners, st.integers(), st.lists(st.integers(min_value=1, max_value=40), max_size=60))
def test_the_pieces_that_bytes_come_in_change_nothing(model: list[Any], seed: int, lengths: list[int]) -> None:
    document = Writer(seed).document(model)
    assert list(read_aggregate(Pieces(document, lengths))) == read(document)


def outcome(stream: Any, limits: Limits) -> list[AggregateRecord] | str:
    try:
        return list(read_aggregate(stream, limits=limits))
    except AggregateRefused as refused:
        return refused.reason


@steady
@given(owners, st.integers(), st.integers(min_value=1, max_value=80), st.integers(min_value=2, max_value=40))
def test_the_pieces_that_bytes_come_in_change_no_refusal(model: list[Any], seed: int, size: int, text: int) -> None:
    document = Writer(seed).document(model)
    limits = Limits(text=text, transactions=3)
    in_pieces = Pieces(document, [size] * (len(document) // size + 1))
    assert outcome(in_pieces, limits) == outcome(io.BytesIO(document), limits)


@steady
@given(st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(document: bytes) -> None:
    assert outcome(io.BytesIO(document), Limits()) is not None


@steady
@given(owners, st.integers(), st.data())
def test_a_damaged_document_is_read_or_refused(model: list[Any], seed: int, data: st.DataObject) -> None:
    document = bytearray(Writer(seed).document(model))
    for _ in range(data.draw(st.integers(min_value=1, max_value=4))):
        place = data.draw(st.integers(min_value=0, max_value=len(document) - 1))
        document[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not document:
            break
    assert outcome(io.BytesIO(bytes(document)), Limits()) is not None


@steady
@given(
    st.sampled_from(["utf-8", "utf-16", "latin-1", "x-unknown", "unicode_escape", "utf-32", "cp037", "hex", ""]),
    st.binary(max_size=200),
)
def test_any_declared_encoding_is_read_or_refused(encoding: str, rest: bytes) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><reply>'.encode() + rest + b"</reply>"
    assert outcome(io.BytesIO(document), Limits()) is not None
