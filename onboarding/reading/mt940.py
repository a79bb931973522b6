"""Read MT940 statements (SWIFT customer statement message), as banks export them, one field at a time.

The file is cut into fields here, in constant memory; what a balance or statement line means is read by the library
``mt-940`` (``mt940_fields``). Fed a whole file, that library keeps all of it and about 14 times its size in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from onboarding.reading.encodings import find_encoding
from onboarding.reading.limits import Limits, Meter
from onboarding.reading.mt940_fields import Balance, StatementLine, read_balance, read_line, refuse
from onboarding.reading.narrative import read_narrative
from onboarding.reading.numbers import account_number, is_wrong_iban
from onboarding.reading.records import AccountBegun, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.tally import Tally
from onboarding.reading.text_lines import lines

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):")
# Set in by blanks, a field that holds money would pass for a line of the text before it, and nobody would see it.
_INSET = re.compile(r"\s+:(6[012][FM]?):")
_BLOCK = re.compile(r"\{[1235]:(?:[^{}]|\{[^{}]*\})*\}|\{4:")
_KNOWN = frozenset(
    {"13", "13C", "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M"}
    | {"61", "62F", "62M", "64", "65", "86", "90C", "90D", "NS"}
)
_MANY_LINES = frozenset({"61", "86", "NS"})
_MOST_LINES_BEFORE = 8
_LONGEST_LINE_BEFORE = 64
_MOST_LINES_OF_A_FIELD = 100
_ACCOUNT = re.compile(r"(?P<number>.+?)(?:\s*/?\s*(?P<currency>[A-Z]{3}))?")
_LONGEST_NUMBER = 64
_END = ""


@dataclass(slots=True)
class _Field:
    tag: str
    line: int
    texts: list[str]


def read(file: BinaryIO, *, limits: Limits) -> Iterator[Record]:
    """Yield the accounts of all statements of a seekable file; consecutive statements of one account are one.

    Raises ``FileRefused`` with the line and the tag.
    """
    meter = Meter(limits)
    statements = _Statements(meter)
    for each in _fields(file, meter):
        yield from statements.take(each)
    yield from statements.finish()


def _fields(file: BinaryIO, meter: Meter) -> Iterator[_Field]:
    """Cut the text into fields; the end of a message is a field without a tag."""
    current: _Field | None = None
    before = 0
    for number, raw in lines(file, find_encoding(file).encoding, meter):
        text = raw.rstrip()
        ends = text == "-" or text.startswith("-}")
        if ends or text.startswith("{"):
            if current is not None:
                yield current
            current = None
            before = 0
            yield _Field(_END, number, [])
            text = _BLOCK.sub("", text[2:] if ends else text).strip()
        if not text:
            continue
        match = _TAG.match(text) or _INSET.match(text)
        if match is not None and not (current and current.tag == "86" and match[1] not in _KNOWN):
            if match[1] not in _KNOWN:
                refuse(Problem.BROKEN, "", number, Expected.A_KNOWN_TAG)
            if current is not None:
                yield current
            current = _Field(match[1], number, [text[match.end() :]])
        elif current is None:
            before += 1
            if before > _MOST_LINES_BEFORE or len(text) > _LONGEST_LINE_BEFORE:
                refuse(Problem.BROKEN, ":20:", number, Expected.AN_OPENING_TAG)
        else:
            _continue(current, text, number)
    if current is not None:
        yield current


def _continue(current: _Field, text: str, number: int) -> None:
    if current.tag not in _MANY_LINES:
        refuse(Problem.BROKEN, f":{current.tag}:", number, Expected.A_KNOWN_TAG)
    if len(current.texts) >= _MOST_LINES_OF_A_FIELD:
        raise FileRefused(
            Problem.TOO_LONG_A_LINE, line=number, element=f":{current.tag}:", expected=Expected.A_SHORTER_TEXT
        )
    current.texts.append(text)


@dataclass(slots=True)
class _Statements:
    """Turn fields into records, keeping one statement line and what the account came to."""

    meter: Meter
    account: AccountBegun | None = None
    tally: Tally = field(default_factory=Tally)
    number: str | None = None
    number_line: int = 1
    opening: Balance | None = None
    is_open: bool = False
    interim: bool = False
    payment: StatementLine | None = None
    narrative: list[str] = field(default_factory=list)
    last_line: int = 1
    accounts: int = 0

    def take(self, each: _Field) -> Iterator[Record]:
        self.last_line = each.line
        if each.tag != "86":
            yield from self._flush(each.line)
        match each.tag:
            case "86":
                if self.payment is not None:
                    self.narrative += each.texts
            case "20" | "":
                self._begin_message(each)
            case "25" | "25P":
                self._name_account(each)
            case "60F" | "60M":
                yield from self._open(each)
            case "61":
                self._begin_payment(each)
            case "62F" | "62M":
                self._close(each)
            case "34F":
                self.interim = True

    def finish(self) -> Iterator[Record]:
        yield from self._flush(self.last_line)
        self._refuse_open(self.last_line)
        if self.account is None:
            raise FileRefused(Problem.NO_ROWS, expected=Expected.A_PAYMENT)
        yield self.tally.end()

    def _begin_message(self, each: _Field) -> None:
        self._refuse_open(each.line)
        self.interim = False
        if each.tag:
            self.number = None

    def _refuse_open(self, line: int) -> None:
        if self.is_open:
            refuse(Problem.MISSING, ":62F:", line, Expected.A_CLOSING_TAG)
        if self.interim:
            refuse(Problem.NOT_A_STATEMENT, ":34F:", line, Expected.A_STATEMENT)

    def _name_account(self, each: _Field) -> None:
        self._refuse_open(each.line)
        self.number = self.meter.text(each.texts[0]).lstrip("/")
        self.number_line = each.line
        if not self.number or len(self.number) > _LONGEST_NUMBER:
            problem = Problem.WRONG_VALUE if self.number else Problem.MISSING
            refuse(problem, f":{each.tag}:", each.line, Expected.AN_ACCOUNT)

    def _open(self, each: _Field) -> Iterator[Record]:
        tag = f":{each.tag}:"
        if self.is_open:
            refuse(Problem.BROKEN, tag, each.line, Expected.A_CLOSING_TAG)
        if self.number is None:
            refuse(Problem.MISSING, ":25:", each.line, Expected.AN_ACCOUNT)
        opening = read_balance(tag, each.texts[0], each.line)
        self.interim = False
        self.is_open = True
        number = _number(self.number, opening.currency)
        if is_wrong_iban(number):
            refuse(Problem.WRONG_VALUE, ":25:", self.number_line, Expected.AN_ACCOUNT)
        account = AccountBegun(number=number, currency=opening.currency, name="", bank="", owner="")
        if account == self.account:
            return
        if self.account is not None:
            yield self.tally.end()
        self.account = account
        self.tally = Tally(opening=opening.amount)
        yield account

    def _begin_payment(self, each: _Field) -> None:
        if self.interim:
            refuse(Problem.NOT_A_STATEMENT, ":34F:", each.line, Expected.A_STATEMENT)
        if not self.is_open or self.account is None:
            refuse(Problem.MISSING, ":60F:", each.line, Expected.A_BALANCE)
        text = "\n".join((each.texts[0], " ".join(each.texts[1:]))).rstrip()
        self.payment = read_line(text, each.line, self.account.currency)

    def _close(self, each: _Field) -> None:
        tag = f":{each.tag}:"
        if not self.is_open or self.account is None:
            refuse(Problem.MISSING, ":60F:", each.line, Expected.A_BALANCE)
        closing = read_balance(tag, each.texts[0], each.line)
        if closing.currency != self.account.currency:
            refuse(Problem.MIXED_CURRENCIES, tag, each.line, Expected.SAME_CURRENCY)
        self.tally.closing = closing.amount
        self.tally.closing_on = closing.on
        self.is_open = False

    def _flush(self, line: int) -> Iterator[Record]:
        payment = self.payment
        if payment is None:
            return
        said = read_narrative(self.narrative)
        self.payment = None
        self.narrative = []
        self.meter.row(line)
        text = self.meter.text
        row = Row(
            booked_on=payment.booked_on,
            transaction_on=payment.value_on,
            amount=payment.amount,
            balance=None,
            title=text(said.title or payment.details),
            party=text(said.party),
            party_iban=said.party_iban,
            kind=text(said.kind or payment.kind),
        )
        self.tally.add(row)
        yield row


def _number(text: str, currency: str) -> str:
    """Return the account's number without the currency that some banks write behind it."""
    match = _ACCOUNT.fullmatch(text)
    if match is not None and match["currency"] == currency:
        return account_number(match["number"])
    return account_number(text)
