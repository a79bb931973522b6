"""Reading aggregated data as a stream of records, in constant memory ("Aggregated data" of the wire contract).

The document's shape stands in ``shape``. Whatever is not in it is passed over with all that it holds; whatever is in
it is read in any order. Amounts and dates are read strictly: one that can't be read refuses the whole document, because
a sum over the rest would be wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Never

from onboarding.kontomatik import values, wire
from onboarding.kontomatik.errors import AggregateRefused
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
from onboarding.kontomatik.shape import DOCUMENT, PASSED_OVER, Element
from onboarding.kontomatik.strict_xml import MAX_DEPTH, StrictParser, XmlRefused

CHUNK = 32 * 1024
MAX_LABELS = 256
MAX_PERSONS = 256
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be: levels of nesting, characters of one text, bytes, and transactions."""

    depth: int = MAX_DEPTH
    text: int = 65536
    bytes: int = 256 * MEBIBYTE
    transactions: int = 2_000_000


def read_aggregate(stream: BinaryIO, *, limits: Limits = Limits()) -> Iterator[AggregateRecord]:
    """Yield the records of an aggregated reply as soon as each is complete, in the order of the document.

    An ``Owner`` comes before its targets, a ``Target`` before its persons and accounts. Each account, card or deposit
    is an ``AccountOpened``, its ``Transaction``s, its own ``Person``s, then its ``Account``.

    Raises ``AggregateRefused`` for anything that is not honest aggregated data or goes beyond ``limits``; records that
    were yielded before that must not be used.
    """
    reader = _Reader(limits)
    strict = reader.strict
    refused = None
    # One piece of text is never longer than what was fed, so only texts of several pieces need counting.
    step = max(1, min(CHUNK, limits.text // 2))
    try:
        while chunk := stream.read(step):
            strict.feed(chunk)
            reader.check_text()
            yield from reader.take()
        strict.finish()
        yield from reader.take()
    except XmlRefused as error:
        refused = error
    finally:
        strict.close()
    if refused is not None:
        raise AggregateRefused(refused.reason, where=reader.where(), line=refused.line)


class _Reader:
    """The handlers of one document, and what of it is not complete yet: at most one account's own fields."""

    def __init__(self, limits: Limits) -> None:
        self.strict = StrictParser(max_bytes=limits.bytes)
        self._limits = limits
        self._ready: list[AggregateRecord] = []
        self._element = DOCUMENT
        self._replied_at: datetime | None = None
        self._above: list[Element] = []
        self._counts: dict[Element, int] = {}
        self._texts: list[str] = []
        self._held: list[str] = []
        self._fields: dict[str, Any] = {}
        self._outer_fields: list[dict[str, Any]] = []
        self._kind = AccountKind.ACCOUNT
        self._in_account = False
        self._announced = False
        self._partial = False
        self._persons: list[Person] = []
        self._transactions = 0
        expat = self.strict.expat
        expat.StartElementHandler = self._start
        expat.EndElementHandler = self._end
        expat.CharacterDataHandler = self._texts.append

    def take(self) -> list[AggregateRecord]:
        """Hand over the complete records."""
        ready, self._ready = self._ready, []
        return ready

    def check_text(self) -> None:
        """Refuse a text (or a run of blanks between elements) that grows beyond the limit."""
        if sum(map(len, self._texts)) > self._limits.text:
            self.strict.refuse("a text is too long")

    def where(self) -> str:
        """Return the path of the element at hand, with ordinals, made only of names that we know."""
        steps = []
        for element in (*self._above[1:], self._element):
            steps.append(f"{element.name}[{self._counts[element]}]" if element.counted else element.name)
            if element is PASSED_OVER:
                break
        return "/".join(step for step in steps if step) or "document"

    def _refuse(self, reason: str) -> Never:
        raise AggregateRefused(reason, where=self.where(), line=self.strict.expat.CurrentLineNumber)

    def _start(self, name: str, attributes: list[str]) -> None:
        element, texts = self._element, self._texts
        if len(texts) > 1:
            self.check_text()
        self._above.append(element)
        self._element = child = element.children.get(name, PASSED_OVER)
        if child is PASSED_OVER:
            self._pass_over(element, name)
        texts.clear()
        if child.key is not None:
            return
        if child.counted:
            self._counts[child] = self._counts.get(child, 0) + 1
            for inner in child.inner:
                self._counts[inner] = 0
        if child.opens is not None:
            getattr(self, child.opens)(attributes)

    def _pass_over(self, parent: Element, name: str) -> None:
        if parent is DOCUMENT:
            self._refuse_root(name)
        # Elements that are read can't be deep: their tree has nine levels.
        if len(self._above) > self._limits.depth:
            self._refuse("elements are nested too deep")
        if parent.key is not None:
            # A child inside of a text: the text goes on after it.
            self._held.append("".join(self._texts))

    def _end(self, name: str) -> None:
        element, texts = self._element, self._texts
        if len(texts) > 1:
            self.check_text()
        if element.key is not None:
            text = (texts[0] if len(texts) == 1 else "".join(texts)).strip()
            if text:
                # Not a method of its own: most of the time of a long document is spent here.
                try:
                    value = element.reads(text)
                except ValueError as error:
                    self._refuse(str(error))
                if element.many or self._fields.setdefault(element.key, value) is not value:
                    self._keep_again(element, element.key, value)
        elif element.closes is not None:
            getattr(self, element.closes)()
        texts.clear()
        self._element = parent = self._above.pop()
        if parent.key is not None:
            texts.append(self._held.pop())

    def _keep_again(self, element: Element, key: str, value: object) -> None:
        """Keep one of many texts, or compare a text that was said before with what it said then."""
        if element.many:
            kept = self._fields.setdefault(key, set())
            kept.add(value)
            if len(kept) > MAX_LABELS:
                self._refuse("there are too many labels")
        elif element.reads is not values.line and self._fields[key] != value:
            self._refuse("said twice, and differently")

    def _refuse_root(self, name: str) -> Never:
        self._element = DOCUMENT
        if name.lower() == "html":
            self._refuse("this is a web page, not aggregated data")
        self._refuse("this is not aggregated data: the outermost element is not 'reply'")

    def refuse_other(self, attributes: list[str]) -> None:
        self._refuse(wire.OTHER_REPLIES[self._element.name])

    def open_reply(self, attributes: list[str]) -> None:
        self._replied_at = values.instant(_pairs(attributes).get("responseTimestamp", ""))

    def open_owner(self, attributes: list[str]) -> None:
        own = _pairs(attributes)
        self._ready.append(
            Owner(
                external_id=own.get("externalId") or None,
                origin=own.get("origin") or None,
                replied_at=self._replied_at,
            )
        )

    def open_target(self, attributes: list[str]) -> None:
        own = _pairs(attributes)
        self._ready.append(
            Target(
                name=own.get("name") or None,
                official_name=values.line(own.get("officialName", "")) or None,
                institution=own.get("institution") or None,
            )
        )

    def open_person(self, attributes: list[str]) -> None:
        self._outer_fields.append(self._fields)
        self._fields = {}

    def close_person(self) -> None:
        fields, self._fields = self._fields, self._outer_fields.pop()
        name, kind = fields.get("name"), fields.get("kind")
        if name is None:
            return
        if kind is not None:
            kind = wire.PERSON_KIND_SPELLINGS.get(kind, kind)
        person = Person(name=name, kind=kind)
        if not self._in_account:
            self._ready.append(person)
            return
        self._persons.append(person)
        if len(self._persons) > MAX_PERSONS:
            self._refuse("an account has too many owners")

    def open_account(self, attributes: list[str]) -> None:
        self._open(AccountKind.ACCOUNT, attributes)

    def open_card(self, attributes: list[str]) -> None:
        self._open(AccountKind.CARD, attributes)

    def open_deposit(self, attributes: list[str]) -> None:
        self._open(AccountKind.DEPOSIT, attributes)

    def _open(self, kind: AccountKind, attributes: list[str]) -> None:
        self._kind = kind
        self._in_account = True
        self._announced = False
        self._partial = _pairs(attributes).get(wire.PARTIAL, "").strip().lower() in {"true", "1"}
        self._fields = {}
        self._persons = []

    def _announce(self) -> None:
        iban, currency = self._fields.get("iban"), self._fields.get("currencyName")
        self._announced = True
        self._ready.append(AccountOpened(kind=self._kind, iban=iban, currency=currency))

    def close_account(self) -> None:
        fields, kind = self._fields, self._kind
        self._in_account = False
        currency = fields.get("currencyName")
        if currency is None and kind is not AccountKind.DEPOSIT:
            self._refuse("there is no currency")
        if not self._announced:
            self._announce()
        self._ready.extend(self._persons)
        number = fields.get(wire.CARD_NUMBER)
        self._ready.append(
            Account(
                kind=kind,
                name=fields.get("name") or fields.get("friendlyName"),
                iban=fields.get("iban"),
                currency=currency,
                balance=fields.get("currencyBalance"),
                funds_available=fields.get("currencyFundsAvailable"),
                active_since=fields.get("activeSinceAtLeast"),
                partial=self._partial,
                last_digits=values.last_digits(number) if number and kind is not AccountKind.ACCOUNT else None,
                credit_limit=fields.get(wire.CREDIT_LIMIT),
                due_on=fields.get(wire.CARD_DUE),
            )
        )

    def open_transaction(self, attributes: list[str]) -> None:
        self._transactions += 1
        if self._transactions > self._limits.transactions:
            self._refuse("there are too many transactions")
        self._outer_fields.append(self._fields)
        self._fields = {}

    def close_transaction(self) -> None:
        fields, self._fields = self._fields, self._outer_fields.pop()
        if not self._announced:
            self._announce()
        amount = fields.get("currencyAmount")
        transaction_on, booked_on = fields.get("transactionOn"), fields.get("bookedOn")
        if amount is None:
            self._refuse("there is no amount")
        if transaction_on is None and booked_on is None:
            self._refuse("there is no date")
        labels = fields.get(wire.LABELS)
        self._ready.append(
            Transaction(
                transaction_on=transaction_on,
                booked_on=booked_on,
                amount=amount,
                balance=fields.get("currencyBalance"),
                title=fields.get("title"),
                party=fields.get("party"),
                party_iban=fields.get("partyIban"),
                kind=fields.get("kind"),
                status=fields.get("status"),
                labels=tuple(sorted(labels)) if labels else (),
            )
        )


def _pairs(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))
