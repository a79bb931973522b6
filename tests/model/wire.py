"""How the vendor's model says things, and the one truth of each delivery: its accounts and their rows."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.vendor_says import refusal as exception_reply

ANY_ADDRESS = re.compile(r"https://vendor\.example/.*")
REDIRECTION = "/v1/signin/redirection"
STATUS = "/v1/signin/redirection-status"
START = "/v1/command/default-import.xml"
COMMAND = "/v1/command/"
UPLOAD = "/v1/owner"
BANKS = ("BankA", "BankB")
SIGNIN_FAILURES = ("Cancelled", "InvalidCredentials", "Expired")
OUTCOMES = ("ok", "ok", "ok", "never", "TargetCredentialsMismatch", "SomethingNeverSeen", "session_over")
FIRST_DAY = date(2026, 10, 20)
Rows = Counter[tuple[str, int, str]]
Answer = tuple[int, dict[str, str], str]


def refusal(name: str, *, status: int = 400) -> Answer:
    return status, {}, exception_reply(name)


REFUSALS: dict[str, Answer] = {
    "http_500": (500, {}, "<html>Internal error</html>"),
    "http_503": refusal("ServiceMaintenance", status=503),
    "http_429": (429, {"Retry-After": "7"}, ""),
    "quota": refusal("JobsQuotaExceeded"),
    "wrong_key": (401, {}, "<reply><comment>No.</comment></reply>"),
}


@dataclass(frozen=True)
class Delivery:
    """What one import or upload brought: at the vendor from ``made_at`` on, in the aggregate from ``shown_at`` on.

    A bank has the same two accounts for everybody who signs in there once more, and one more row each time.
    """

    origin: str
    bank: str
    number: int
    made_at: datetime
    shown_at: datetime
    owner: str
    uploaded: tuple[tuple[str, tuple[tuple[str, int, str], ...]], ...] = field(default=())

    @property
    def accounts(self) -> dict[str, Rows]:
        """The rows of each account by its number."""
        if self.origin == "upload":
            return {iban: Counter(rows) for iban, rows in self.uploaded}
        first = ibans_of(self.owner, self.bank)[0]
        shared = [(day(nth), -1001 * (nth + 1), f"{self.bank} {nth}") for nth in range(2)]
        # Two equal payments of one day are both real.
        rows = Counter([*shared, shared[0], (day(40 + self.number), 77_700 + self.number, f"new {self.number}")])
        return {first: rows, ibans_of(self.owner, self.bank)[1]: Counter()}


def ibans_of(owner: str, bank: str) -> tuple[str, str]:
    """Return a bank's two account numbers of one owner."""
    seed = int(owner.replace("-", "")[:12], 16) * 10 + BANKS.index(bank)
    return iban(seed), iban(seed + 5)


def iban(seed: int) -> str:
    """Make a Polish account number with right check digits."""
    local = f"{seed % 10**24:024d}"
    return f"PL{98 - int(local + '252100') % 97:02d}{local}"


def day(nth: int) -> str:
    return (FIRST_DAY + timedelta(days=nth)).isoformat()


def expected(held: tuple[Delivery, ...]) -> dict[str, Rows]:
    """Work out what a summary of these deliveries must show: an account once, of each row as many as one import has."""
    found: dict[str, Rows] = {}
    for delivery in held:
        for number, rows in delivery.accounts.items():
            found[number] = found.get(number, Counter()) | rows
    return found


def started(command_id: str, owner: str) -> Answer:
    command = f'<command id="{command_id}" state="setup" name="DefaultImportCommand"/>'
    return 202, {}, f'<reply status="202 Accepted" ownerExternalId="{owner}">{command}</reply>'


def running(command_id: str, state: str) -> Answer:
    return 200, {}, f'<reply status="200 OK"><command id="{command_id}" state="{state}"/></reply>'


def failed(command_id: str, name: str) -> Answer:
    exception = f'<exception name="{name}"><message>No.</message></exception>'
    return 200, {}, f'<reply status="200 OK"><command id="{command_id}" state="fatal">{exception}</command></reply>'


def successful(command_id: str, delivery: Delivery) -> Answer:
    accounts = "".join(
        f"<account><name>Konto</name><iban>{number}</iban><currencyName>PLN</currencyName></account>"
        for number in delivery.accounts
    )
    attributes = f'id="{command_id}" state="successful" target="{delivery.bank}" institution="{delivery.bank}"'
    result = f"<result><accounts>{accounts}</accounts></result>"
    return 200, {}, f'<reply status="200 OK"><command {attributes}>{result}</command></reply>'


def aggregate(owner: str, held: tuple[Delivery, ...]) -> str:
    """Write deliveries as one aggregate: an ``owner`` element for each origin."""
    parts = []
    for origin in ("scraper", "upload"):
        targets = "".join(_target(one) for one in held if one.origin == origin)
        if targets:
            parts.append(f'<owner externalId="{owner}" origin="{origin}">{targets}</owner>')
    return f'<reply status="200 OK">{"".join(parts)}</reply>'


def _target(delivery: Delivery) -> str:
    name = delivery.bank or "Own"
    accounts = "".join(_account(number, rows) for number, rows in delivery.accounts.items())
    attributes = f'name="{name}" officialName="{name} SA" institution="{name}"'
    return f"<target {attributes}><accounts>{accounts}</accounts></target>"


def _account(number: str, rows: Rows) -> str:
    booked = "".join(
        f"<moneyTransaction><bookedOn>{on}</bookedOn><currencyAmount>{Decimal(cents) / 100:.2f}</currencyAmount>"
        f"<title>{title}</title></moneyTransaction>"
        for on, cents, title in rows.elements()
    )
    return (
        f"<account><name>Konto</name><iban>{number}</iban><currencyBalance>100.00</currencyBalance>"
        f"<currencyName>PLN</currencyName><moneyTransactions>{booked}</moneyTransactions></account>"
    )


def accounts_of(document: dict[str, Any]) -> tuple[tuple[str, tuple[tuple[str, int, str], ...]], ...]:
    """Read the accounts of an uploaded document."""
    return tuple(
        (
            account["iban"],
            tuple(
                (row["bookedOn"], int(Decimal(row["currencyAmount"]) * 100), row["title"])
                for row in account["moneyTransactions"]
            ),
        )
        for account in document["accounts"]
    )
