"""Read OFX and QFX statements of bank accounts and credit cards, versions 1 (SGML) and 2 (XML).

Source: the Open Financial Exchange specification, chapters 11.4 (statements) and 3.2.8 (days and times).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Never

from onboarding.reading.amounts import NoAmount, TooExact, day, is_currency, may_be_thousands, plain_amount
from onboarding.reading.limits import Limits, Meter
from onboarding.reading.numbers import account_number, is_wrong_iban, with_account
from onboarding.reading.ofx_tags import Tag, tags
from onboarding.reading.records import AccountBegun, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.tally import Tally

_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_ROWS = frozenset({"STMTTRN", "STMTTRNP"})
_LISTS = frozenset({"BANKTRANLIST", "BANKTRANLISTP"})
_OTHERS = frozenset({"INVSTMTRS", "LOANSTMTRS", "AMRTSTMTRS"})
# Elements that hold elements and must be closed. An unknown one may be: an empty value has no closing tag either.
_HOLDERS = (
    _STATEMENTS
    | _ROWS
    | _LISTS
    | {"OFX", "SIGNONMSGSRSV1", "SONRS", "STATUS", "FI", "BANKMSGSRSV1", "CREDITCARDMSGSRSV1", "STMTTRNRS"}
    | {"CCSTMTTRNRS", "BANKACCTFROM", "CCACCTFROM", "LEDGERBAL", "AVAILBAL", "BANKACCTTO", "CCACCTTO", "PAYEE"}
    | {"CURRENCY", "ORIGCURRENCY", "BALLIST", "BAL"}
)
_DEEPEST = 256
_DAY = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]+)?)?)?)?(?:\s*\[[^\]]*\]?)?"
)
_LONGEST_VALUES = 200


def read(file: BinaryIO, *, limits: Limits) -> Iterator[Record]:
    """Yield the accounts of all statements of a seekable file, in its order.

    Raises ``FileRefused`` with the line and the element. Identifiers of payments (FITID) are not used.
    """
    meter = Meter(limits)
    statements = _Statements(meter)
    line = 1
    for tag in tags(file, meter):
        line = tag.line
        meter.look(line)
        yield from statements.take(tag)
    yield from statements.finish(line)


def _refuse(problem: Problem, element: str, line: int, expected: Expected) -> Never:
    raise FileRefused(problem, line=line, element=element, expected=expected)


@dataclass(slots=True)
class _Values:
    """Hold the texts of one row or of one statement, by ``HOLDER/ELEMENT``."""

    line: int
    texts: dict[str, Tag] = field(default_factory=dict)

    def keep(self, path: str, tag: Tag) -> None:
        if path in self.texts:
            return
        if len(self.texts) >= _LONGEST_VALUES:
            _refuse(Problem.BROKEN, "", tag.line, Expected.A_CLOSING_TAG)
        self.texts[path] = tag

    def first(self, *paths: str) -> str:
        return next((self.texts[path].text for path in paths if path in self.texts), "")

    def amount(self, path: str) -> Decimal:
        tag = self.texts.get(path)
        if tag is None:
            _refuse(Problem.MISSING, path, self.line, Expected.AN_AMOUNT)
        problem = Problem.WRONG_VALUE
        try:
            whole, comma, fraction = tag.text.lstrip("+-").partition(",")
            # The format has a comma for decimals only, but there are programs that write 1,000 for a thousand.
            if not comma or not may_be_thousands(whole, fraction):
                return plain_amount(tag.text)
        except TooExact:
            problem = Problem.TOO_EXACT
        except NoAmount:
            pass
        _refuse(problem, path, tag.line, Expected.AN_AMOUNT)

    def day(self, path: str) -> date | None:
        """Return a day as written: the zone behind it says how to read the hour, which is not kept."""
        tag = self.texts.get(path)
        if tag is None:
            return None
        match = _DAY.fullmatch(tag.text)
        try:
            if match is not None:
                return day(*match.groups())
        except ValueError:
            pass
        _refuse(Problem.WRONG_VALUE, path, tag.line, Expected.A_DATE)


@dataclass(slots=True)
class _Statements:
    meter: Meter
    open: list[str] = field(default_factory=list)
    last_value: str = ""
    bank: str = ""
    statement: _Values | None = None
    row: _Values | None = None
    account: AccountBegun | None = None
    tally: Tally = field(default_factory=Tally)
    accounts: int = 0
    seen_root: bool = False

    def take(self, tag: Tag) -> Iterator[Record]:
        if not tag.name:
            # The text of a CDATA section belongs to the element that begins just before it.
            if self.open and self.open[-1] not in _HOLDERS:
                self._keep(Tag(self.open.pop(), tag.text, tag.line))
        elif tag.name.startswith("/"):
            yield from self._close(tag)
        elif tag.text and tag.name not in _HOLDERS:
            self._keep(tag)
        else:
            yield from self._begin(tag)

    def finish(self, line: int) -> Iterator[Record]:
        if not self.seen_root:
            _refuse(Problem.MISSING, "OFX", line, Expected.AN_OPENING_TAG)
        if self.open:
            holder = next((name for name in reversed(self.open) if name in _HOLDERS), "")
            _refuse(Problem.BROKEN, holder, line, Expected.A_CLOSING_TAG)
        if not self.accounts:
            _refuse(Problem.NO_ROWS, "STMTRS", line, Expected.A_STATEMENT)
        return iter(())

    def _begin(self, tag: Tag) -> Iterator[Record]:
        name = tag.name
        if name == "OFX":
            self.seen_root = True
        elif not self.seen_root:
            _refuse(Problem.BROKEN, "OFX", tag.line, Expected.AN_OPENING_TAG)
        if tag.text:
            _refuse(Problem.BROKEN, name, tag.line, Expected.A_KNOWN_TAG)
        if len(self.open) >= _DEEPEST:
            _refuse(Problem.BROKEN, "", tag.line, Expected.A_CLOSING_TAG)
        if name in _OTHERS:
            _refuse(Problem.NOT_A_STATEMENT, name, tag.line, Expected.A_STATEMENT)
        if name in _STATEMENTS:
            self._refuse_inside(self.statement, name, tag.line)
            self.statement, self.account = _Values(tag.line), None
        if name in _LISTS:
            yield from self._begin_account(tag.line)
        if name in _ROWS:
            self._refuse_inside(self.row, name, tag.line)
            self.row = _Values(tag.line)
        self.open.append(name)

    def _refuse_inside(self, values: _Values | None, name: str, line: int) -> None:
        if values is not None:
            _refuse(Problem.BROKEN, name, line, Expected.A_CLOSING_TAG)

    def _close(self, tag: Tag) -> Iterator[Record]:
        name = tag.name[1:]
        if name == self.last_value and name not in _HOLDERS:
            self.last_value = ""
            return
        while self.open and self.open[-1] != name and self.open[-1] not in _HOLDERS:
            self.open.pop()
        if not self.open or self.open[-1] != name or tag.text:
            holder = self.open[-1] if self.open else ""
            _refuse(Problem.BROKEN, holder, tag.line, Expected.A_CLOSING_TAG)
        self.open.pop()
        if name in _ROWS and self.row is not None:
            yield self._row(self.row, pending=name == "STMTTRNP")
            self.row = None
        elif name in _STATEMENTS:
            yield from self._begin_account(tag.line)
            yield self._end_account()

    def _keep(self, tag: Tag) -> None:
        self.last_value = tag.name
        holder = next((name for name in reversed(self.open) if name in _HOLDERS), "")
        path = f"{holder}/{tag.name}"
        if path == "FI/ORG":
            self.bank = self.meter.text(tag.text)
        values = self.row or self.statement
        if values is not None:
            values.keep(path, tag)

    def _begin_account(self, line: int) -> Iterator[Record]:
        if self.account is not None:
            return
        statement = self.statement
        if statement is None:
            _refuse(Problem.BROKEN, "STMTRS", line, Expected.AN_OPENING_TAG)
        number = statement.first("BANKACCTFROM/ACCTID", "CCACCTFROM/ACCTID")
        if not number:
            _refuse(Problem.MISSING, "BANKACCTFROM/ACCTID", statement.line, Expected.AN_ACCOUNT)
        if is_wrong_iban(number):
            said = statement.texts.get("BANKACCTFROM/ACCTID")
            at = said.line if said is not None else statement.line
            _refuse(Problem.WRONG_VALUE, "BANKACCTFROM/ACCTID", at, Expected.AN_ACCOUNT)
        currency = statement.first("STMTRS/CURDEF", "CCSTMTRS/CURDEF").upper()
        if not is_currency(currency):
            problem = Problem.WRONG_VALUE if currency else Problem.MISSING
            _refuse(problem, "STMTRS/CURDEF", statement.line, Expected.A_CURRENCY)
        number = self.meter.text(account_number(number))
        self.account = AccountBegun(number=number, currency=currency, name="", bank=self.bank, owner="")
        self.tally = Tally()
        self.accounts += 1
        yield self.account

    def _end_account(self) -> Record:
        statement = self.statement
        if statement is not None and "LEDGERBAL/BALAMT" in statement.texts:
            self.tally.closing = statement.amount("LEDGERBAL/BALAMT")
            self.tally.closing_on = statement.day("LEDGERBAL/DTASOF")
        self.statement = None
        return self.tally.end()

    def _row(self, values: _Values, *, pending: bool) -> Row:
        self.meter.row(values.line)
        account = self.account
        if account is None:
            _refuse(Problem.BROKEN, "BANKTRANLIST", values.line, Expected.AN_OPENING_TAG)
        holder = "STMTTRNP" if pending else "STMTTRN"
        booked_on = None if pending else values.day("STMTTRN/DTPOSTED")
        if booked_on is None and not pending:
            _refuse(Problem.MISSING, "STMTTRN/DTPOSTED", values.line, Expected.A_DATE)
        currency = values.texts.get("CURRENCY/CURSYM")
        if currency is not None and currency.text.upper() != account.currency:
            _refuse(Problem.MIXED_CURRENCIES, "STMTTRN/CURRENCY", currency.line, Expected.SAME_CURRENCY)
        text = self.meter.text
        name = values.first(f"{holder}/NAME", "PAYEE/NAME")
        party, party_iban = with_account(name, values.first("BANKACCTTO/ACCTID"))
        row = Row(
            booked_on=booked_on,
            transaction_on=values.day("STMTTRNP/DTTRAN" if pending else "STMTTRN/DTUSER"),
            amount=values.amount(f"{holder}/TRNAMT"),
            balance=None,
            title=text(values.first(f"{holder}/MEMO") or name),
            party=text(party),
            party_iban=party_iban,
            kind=text(values.first(f"{holder}/TRNTYPE")),
        )
        self.tally.add(row)
        return row
