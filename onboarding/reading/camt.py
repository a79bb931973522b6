"""Read CAMT.053 statements (ISO 20022), versions 001.01 to 001.13, in constant memory.

The libraries for CAMT build a tree of the whole file and check nothing; here defusedxml's parser is walked along.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from onboarding.reading.amounts import is_currency
from onboarding.reading.camt_parts import CURRENCY, Part, entry_rows, signed
from onboarding.reading.limits import Limits, Meter
from onboarding.reading.numbers import account_number, is_wrong_iban
from onboarding.reading.records import AccountBegun, Record
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.tally import Tally
from onboarding.reading.xml_walk import walk

# Related messages, by the element under Document; they are no statements, and the person is told which they are.
OTHER_MESSAGES = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "AcctRptgReq": "camt.060",
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrDrctDbtInitn": "pain.008",
}
MESSAGE = "BkToCstmrStmt"
# Some countries wrap the name in one of their own.
_NAMESPACE = re.compile(r"camt\.053\.001\.[0-9]{2}(?![0-9])")
_OWN_ENVELOPE = "/SplmtryData"
# A part's own path begins anew, so that paths are short and the same in every envelope.
_PARTS = {
    "Stmt/Bal": "Bal",
    "Stmt/Ntry": "Ntry",
    "Ntry/NtryDtls/TxDtls": "TxDtls",
}
_MOST_DETAILS = 10_000
_LONGEST_PATH = 256
_NUMBERS = ("Stmt/Acct/Id/IBAN", "Stmt/Acct/Id/Othr/Id", "Stmt/Acct/Id/PrtryAcct/Id")
_OPENINGS = ("OPBD", "PRCD", "ITBD")
_CLOSINGS = ("CLBD", "ITBD")


def read(file: BinaryIO, *, limits: Limits) -> Iterator[Record]:
    """Yield the accounts of all statements of a file; consecutive statements of one account are one.

    Raises ``FileRefused`` with the line and the element.
    """
    meter = Meter(limits)
    walker = _Statements(meter)
    yield from walk(file, walker, meter)
    yield from walker.finish()


@dataclass(slots=True)
class _Statements:
    meter: Meter
    paths: list[str] = field(default_factory=list)
    out: list[Record] = field(default_factory=list)
    statement: Part | None = None
    entry: Part | None = None
    details: list[Part] = field(default_factory=list)
    detail: Part | None = None
    balance: Part | None = None
    balances: dict[str, Part] = field(default_factory=dict)
    begun: bool = False
    fresh: bool = True
    account: AccountBegun | None = None
    tally: Tally = field(default_factory=Tally)
    seen_message: bool = False
    namespace: str = ""

    def begin(self, name: str, namespace: str, attributes: dict[str, str], line: int) -> None:
        above = self.paths[-1] if self.paths else ""
        self._check_message(name, above, line)
        self._check_namespace(name, namespace, above, line)
        path = "Stmt" if name == "Stmt" and above == MESSAGE else f"{above}/{name}" if above else ""
        if name == MESSAGE:
            path = MESSAGE
        path = _PARTS.get(path, path)
        if len(path) > _LONGEST_PATH:
            raise FileRefused(Problem.BROKEN, line=line, expected=Expected.PLAIN_XML)
        self.paths.append(path)
        match path:
            case "Stmt":
                self.statement, self.balances, self.begun = Part(path, line), {}, False
            case "Bal":
                self.balance = Part(path, line)
            case "Ntry":
                self._begin_account(line)
                self.entry, self.details = Part(path, line), []
            case "TxDtls":
                self.detail = Part(path, line)
        part = self._part(path)
        if part is not None and "Ccy" in attributes:
            part.keep(path + CURRENCY, attributes["Ccy"].strip(), line)

    def end(self, text: str, line: int) -> None:
        path = self.paths.pop()
        part = self._part(path)
        if part is None:
            return
        if text:
            part.keep(path, text, line)
        match path:
            case "Stmt":
                self._begin_account(line)
                self._end_statement()
            case "Bal" if self.balance is not None:
                self._keep_balance(self.balance)
            case "Ntry" if self.entry is not None and self.account is not None:
                self._add_rows(self.entry, self.account.currency)
            case "TxDtls" if self.detail is not None and len(self.details) <= _MOST_DETAILS:
                self.details.append(self.detail)

    def ready(self) -> list[Record]:
        records, self.out = self.out, []
        return records

    def finish(self) -> Iterator[Record]:
        """Say the last account's end; raises ``FileRefused`` when there was none."""
        if not self.seen_message:
            raise FileRefused(Problem.NOT_A_STATEMENT, expected=Expected.A_STATEMENT)
        if self.account is None:
            raise FileRefused(Problem.NO_ROWS, element="Stmt", expected=Expected.A_STATEMENT)
        yield self.tally.end()

    def _check_message(self, name: str, above: str, line: int) -> None:
        if above or self.seen_message:
            return
        if name in OTHER_MESSAGES:
            element = OTHER_MESSAGES[name]
            raise FileRefused(Problem.NOT_A_STATEMENT, line=line, element=element, expected=Expected.A_STATEMENT)
        self.seen_message = name == MESSAGE

    def _check_namespace(self, name: str, namespace: str, above: str, line: int) -> None:
        """Refuse a message of another kind that has our elements, and foreign elements within a statement.

        Only what a bank adds in its own envelope may be of another namespace.
        """
        if name == MESSAGE:
            if namespace and _NAMESPACE.search(namespace) is None:
                element = next((known for known in OTHER_MESSAGES.values() if known in namespace), "")
                raise FileRefused(Problem.NOT_A_STATEMENT, line=line, element=element, expected=Expected.A_STATEMENT)
            self.namespace = namespace
        elif above and namespace != self.namespace and _OWN_ENVELOPE not in above:
            raise FileRefused(Problem.NOT_A_STATEMENT, line=line, element="Stmt", expected=Expected.A_STATEMENT)

    def _part(self, path: str) -> Part | None:
        match path.partition("/")[0]:
            case "TxDtls":
                return self.detail
            case "Ntry":
                return self.entry
            case "Bal":
                return self.balance
            case "Stmt":
                return self.statement
        return None

    def _begin_account(self, line: int) -> None:
        """Begin the statement's account, or go on with the same one."""
        statement = self.statement
        if self.begun or statement is None:
            return
        self.begun = True
        path = next((path for path in _NUMBERS if path in statement.texts), "Stmt/Acct/Id")
        number = statement.first(path)
        if not number or is_wrong_iban(number):
            statement.refuse(Problem.WRONG_VALUE if number else Problem.MISSING, path, Expected.AN_ACCOUNT)
        text = self.meter.text
        account = AccountBegun(
            number=text(account_number(number)),
            currency=self._currency(statement, line),
            name=text(statement.first("Stmt/Acct/Nm")),
            bank=text(statement.first("Stmt/Acct/Svcr/FinInstnId/Nm")),
            owner=text(statement.first("Stmt/Acct/Ownr/Nm", "Stmt/Acct/Ownr/Pty/Nm")),
        )
        before = self.account
        if before is not None:
            if (before.number, before.currency) == (account.number, account.currency):
                return
            self.out.append(self.tally.end())
        self.account = account
        self.tally = Tally()
        self.fresh = True
        self.out.append(account)

    def _currency(self, statement: Part, line: int) -> str:
        currency = statement.texts.get("Stmt/Acct/Ccy", "")
        for balance in self.balances.values():
            of_balance = balance.currency("Bal/Amt")
            currency = currency or of_balance
            if of_balance != currency:
                balance.refuse(Problem.MIXED_CURRENCIES, "Bal/Amt", Expected.SAME_CURRENCY)
        if not is_currency(currency):
            statement.refuse(Problem.WRONG_VALUE if currency else Problem.MISSING, "Stmt/Acct/Ccy", Expected.A_CURRENCY)
        return currency

    def _keep_balance(self, balance: Part) -> None:
        code = balance.first("Bal/Tp/CdOrPrtry/Cd", "Bal/Tp/Cd")
        self.balance = None
        if code in _OPENINGS or code in _CLOSINGS:
            # Of several intermediate balances the first opens and the last closes.
            self.balances.setdefault(f"{code} first", balance)
            self.balances[code] = balance

    def _end_statement(self) -> None:
        first = next((self.balances[f"{code} first"] for code in _OPENINGS if code in self.balances), None)
        last = next((self.balances[code] for code in _CLOSINGS if code in self.balances), None)
        if first is last:
            # One intermediate balance alone does not say on which side of the entries it stands.
            first = last = None
        if self.fresh:
            self.tally.opening = _amount(first)
        self.tally.closing = _amount(last)
        self.tally.closing_on = last.day("Bal/Dt") if last is not None else None
        self.statement, self.fresh = None, False

    def _add_rows(self, entry: Part, currency: str) -> None:
        details = self.details if len(self.details) <= _MOST_DETAILS else []
        for row in entry_rows(entry, details, currency, self.meter):
            self.meter.row(entry.line)
            self.tally.add(row)
            self.out.append(row)
        self.entry, self.details, self.detail = None, [], None


def _amount(balance: Part | None) -> Decimal | None:
    if balance is None:
        return None
    return signed(balance.amount("Bal/Amt"), debit=balance.is_debit("Bal/CdtDbtInd"))
