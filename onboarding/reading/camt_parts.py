"""What the parts of a CAMT.053 statement say: balances, entries, details of entries.

Source: ISO 20022 message definition BankToCustomerStatement, camt.053.001.02 to .13. Paths begin at the part
(``Ntry/Amt``); newer versions nest what older ones had plainly, so several paths say the same.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Never

from onboarding.reading.amounts import NoAmount, TooExact, day, is_currency, plain_amount
from onboarding.reading.limits import Meter
from onboarding.reading.numbers import with_account
from onboarding.reading.records import Row
from onboarding.reading.refusals import Expected, FileRefused, Problem

CURRENCY = "@Ccy"
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_UNSTRUCTURED = ("TxDtls/RmtInf/Ustrd",)
MANY = frozenset({"TxDtls/RmtInf/Ustrd", "Ntry/AddtlNtryInf"})
_ABOVE = {"Ntry": "Stmt/", "Bal": "Stmt/", "TxDtls": "Stmt/Ntry/NtryDtls/"}
MOST_TEXTS = 2_000
LONGEST_TOGETHER = 10_000
_BOOKED = frozenset({"BOOK"})
_NOT_BOOKED = frozenset({"PDNG", "INFO", "FUTR"})


@dataclass(slots=True)
class Part:
    """Hold the texts of a part's elements by their paths, with their lines."""

    name: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def keep(self, path: str, text: str, line: int) -> None:
        """Keep a text: the first of its path, or all of them where there may be many."""
        before = self.texts.get(path)
        if before is None:
            if len(self.texts) >= MOST_TEXTS:
                self.refuse(Problem.BROKEN, "", Expected.PLAIN_XML)
            self.texts[path] = text
            self.lines[path] = line
        elif path in MANY and len(before) < LONGEST_TOGETHER:
            self.texts[path] = f"{before} {text}"

    def first(self, *paths: str) -> str:
        """Return the first text that there is, or ``""``."""
        return next((self.texts[path] for path in paths if path in self.texts), "")

    def refuse(self, problem: Problem, path: str, expected: Expected) -> Never:
        """Refuse the file at an element of this part."""
        line = self.lines.get(path, self.line)
        element = f"{_ABOVE.get(self.name, '')}{path or self.name}"
        raise FileRefused(problem, line=line, element=element, expected=expected)

    def amount(self, path: str) -> Decimal:
        """Return a part's amount without a sign; raises ``FileRefused``."""
        text = self.texts.get(path)
        if text is None:
            self.refuse(Problem.MISSING, path, Expected.AN_AMOUNT)
        problem = Problem.WRONG_VALUE
        try:
            amount = plain_amount(text, ".")
        except TooExact:
            problem = Problem.TOO_EXACT
        except NoAmount:
            pass
        else:
            if amount >= 0:
                return amount
        self.refuse(problem, path, Expected.AN_AMOUNT)

    def is_debit(self, path: str) -> bool:
        """Tell the direction; raises ``FileRefused``."""
        text = self.texts.get(path)
        if text is None:
            self.refuse(Problem.MISSING, path, Expected.A_DIRECTION)
        if text not in ("DBIT", "CRDT"):
            self.refuse(Problem.WRONG_VALUE, path, Expected.A_DIRECTION)
        return text == "DBIT"

    def currency(self, path: str) -> str:
        """Return an amount's currency; raises ``FileRefused``."""
        currency = self.texts.get(path + CURRENCY, "")
        if not is_currency(currency):
            self.refuse(Problem.WRONG_VALUE if currency else Problem.MISSING, path, Expected.A_CURRENCY)
        return currency

    def day(self, path: str) -> date | None:
        """Return a day written as ``Dt`` or ``DtTm`` (as written, whatever its zone); raises ``FileRefused``."""
        for full in (f"{path}/Dt", f"{path}/DtTm"):
            text = self.texts.get(full)
            if text is None:
                continue
            match = _DATE.fullmatch(text)
            try:
                made = day(*match.groups()) if match else None
            except ValueError:
                made = None
            if made is None:
                self.refuse(Problem.WRONG_VALUE, full, Expected.A_DATE)
            return made
        return None


def signed(amount: Decimal, *, debit: bool) -> Decimal:
    """Return an amount as it moves the account."""
    return -amount if debit and amount else amount


def entry_rows(entry: Part, details: list[Part], currency: str, meter: Meter) -> list[Row]:
    """Turn an entry into one row, or into one row for each of its details where their amounts add up exactly."""
    amount = signed(entry.amount("Ntry/Amt"), debit=entry.is_debit("Ntry/CdtDbtInd"))
    if entry.currency("Ntry/Amt") != currency:
        entry.refuse(Problem.MIXED_CURRENCIES, "Ntry/Amt", Expected.SAME_CURRENCY)
    booked_on = _booked_on(entry)
    value_on = entry.day("Ntry/ValDt")
    amounts = _amounts(amount, details, currency) if len(details) > 1 else [amount]
    rows = []
    for number, each in enumerate(amounts):
        # A batch that stays one row has no single other party.
        detail = details[number] if len(amounts) == len(details) else Part("TxDtls", entry.line)
        rows.append(_row(entry, detail, booked_on, value_on, each, meter))
    return rows


def _booked_on(entry: Part) -> date | None:
    status = entry.first("Ntry/Sts", "Ntry/Sts/Cd")
    path = "Ntry/Sts/Cd" if "Ntry/Sts/Cd" in entry.texts else "Ntry/Sts"
    if not status:
        entry.refuse(Problem.MISSING, path, Expected.A_STATUS)
    if status in _NOT_BOOKED:
        return None
    if status not in _BOOKED:
        entry.refuse(Problem.WRONG_VALUE, path, Expected.A_STATUS)
    booked_on = entry.day("Ntry/BookgDt")
    if booked_on is None:
        entry.refuse(Problem.MISSING, "Ntry/BookgDt", Expected.A_DATE)
    return booked_on


def _amounts(whole: Decimal, details: list[Part], currency: str) -> list[Decimal]:
    """Return what every detail moved when they say so and it comes to the entry's amount, else only that."""
    amounts = []
    for detail in details:
        path = next((path for path in ("TxDtls/Amt", "TxDtls/AmtDtls/TxAmt/Amt") if path in detail.texts), "")
        if not path or detail.texts.get(path + CURRENCY) != currency:
            return [whole]
        amount = detail.amount(path)
        debit = detail.is_debit("TxDtls/CdtDbtInd") if "TxDtls/CdtDbtInd" in detail.texts else whole < 0
        amounts.append(signed(amount, debit=debit))
    return amounts if sum(amounts) == whole else [whole]


def _row(
    entry: Part, detail: Part, booked_on: date | None, value_on: date | None, amount: Decimal, meter: Meter
) -> Row:
    # A reversal keeps the names of the payment that it takes back: who paid then is paid now.
    reversal = entry.texts.get("Ntry/RvslInd", "") in ("true", "1")
    other = "Cdtr" if (amount < 0) != reversal else "Dbtr"
    parties = "TxDtls/RltdPties/"
    about = entry.first("Ntry/AddtlNtryInf")
    family = "-".join(filter(None, (entry.texts.get(f"Ntry/BkTxCd/Domn/{path}", "") for path in _FAMILY)))
    title = detail.first(
        *_UNSTRUCTURED,
        "TxDtls/RmtInf/Strd/CdtrRefInf/Ref",
        "TxDtls/RmtInf/Strd/AddtlRmtInf",
        "TxDtls/AddtlTxInf",
    )
    account = f"{parties}{other}Acct/Id"
    name = detail.first(
        f"{parties}{other}/Nm",
        f"{parties}{other}/Pty/Nm",
        f"{parties}Ultmt{other}/Nm",
        f"{parties}Ultmt{other}/Pty/Nm",
    )
    party, party_iban = with_account(name, detail.first(f"{account}/IBAN", f"{account}/Othr/Id"))
    return Row(
        booked_on=booked_on,
        transaction_on=value_on,
        amount=amount,
        balance=None,
        title=meter.text(title or about),
        party=meter.text(party),
        party_iban=party_iban,
        kind=meter.text(entry.first("Ntry/BkTxCd/Prtry/Cd") or family),
    )


_FAMILY = ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")
