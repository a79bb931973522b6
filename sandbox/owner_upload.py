"""Read own data strictly: every name known, every value of its form, and a path for whatever is wrong.

The names are those of the aggregated data (the contract marks the payload's own as not public).
"""

import datetime as dt
import re
from collections.abc import Mapping

from sandbox import iban
from sandbox.deliveries import Contents, DeliveredAccount, Entry, Part
from sandbox.ledger import Person
from sandbox.refusals import invalid_owner_data

AMOUNT = re.compile(r"-?\d{1,15}\.\d{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST_TEXT = 1000
MOST_DETAILS = 100
PERSON_DETAILS = frozenset(
    {"polishPesel", "polishNip", "polishRegon", "phone", "email", "citizenship", "nationality",
     "personalDocumentType", "personalDocumentNumber", "birthDate", "birthPlace"}
)  # fmt: skip
OWNER_KINDS = frozenset({"OWNER", "CO_OWNER", "CO-OWNER", "COMPANY"})
TARGET = frozenset({"name", "officialName", "institution"})
TOP = frozenset({"ownerExternalId", "target", "owners", "accounts"})
PERSON = frozenset({"name", "kind", "address"}) | PERSON_DETAILS
ACCOUNT = frozenset(
    {"name", "friendlyName", "iban", "currencyName", "currencyBalance", "currencyFundsAvailable",
     "activeSinceAtLeast", "target", "owners", "moneyTransactions"}
)  # fmt: skip
ROW = frozenset(
    {"transactionOn", "bookedOn", "currencyAmount", "currencyBalance", "title", "party", "partyIban", "kind", "status",
     "labels", "variableSymbol", "constantSymbol"}
)  # fmt: skip

Values = Mapping[str, object]


def read(asked: Values) -> Contents:
    """Return what an upload holds, bank by bank in the order in which they come.

    Raises Refusal InvalidOwnerData with the paths of what is wrong, at most MOST_DETAILS of them.
    """
    reading = _Reading()
    reading.known_names("", asked, TOP)
    bank = reading.bank("target", asked.get("target"))
    people = reading.people("owners", asked.get("owners"))
    parts: dict[tuple[str, str, str], list[DeliveredAccount]] = {}
    for path, values in reading.objects("accounts", asked.get("accounts"), required=True):
        account = reading.account(path, values)
        named = reading.bank(f"{path}.target", values.get("target")) if "target" in values else bank
        parts.setdefault(named, []).append(account)
    if reading.details:
        raise invalid_owner_data(reading.details[:MOST_DETAILS])
    return Contents(tuple(Part(tuple(accounts), people, *named) for named, accounts in parts.items()))


class _Reading:
    """Reads values and notes what is wrong instead of stopping at it; what is wrong is read as nothing."""

    def __init__(self) -> None:
        self.details: list[dict[str, str]] = []

    def wrong(self, path: str, expected: str) -> None:
        if len(self.details) < MOST_DETAILS:
            self.details.append({"path": path, "message": expected})

    def known_names(self, path: str, values: Values, known: frozenset[str]) -> None:
        for name in values.keys() - known:
            # The name itself may be anything, so only one that looks like a name is repeated.
            shown = name if re.fullmatch(r"[A-Za-z]{1,40}", name) else "?"
            self.wrong(f"{path}.{shown}".removeprefix("."), "is not known")

    def objects(self, path: str, given: object, *, required: bool = False) -> list[tuple[str, Values]]:
        if given is None and not required:
            return []
        if not isinstance(given, list) or (required and not given):
            self.wrong(path, "must be a list that is not empty" if required else "must be a list")
            return []
        found: list[tuple[str, Values]] = []
        for number, one in enumerate(given):
            if isinstance(one, dict):
                found.append((f"{path}[{number}]", one))
            else:
                self.wrong(f"{path}[{number}]", "must be an object")
        return found

    def text(self, path: str, values: Values, name: str) -> str:
        given = values.get(name)
        if given is None:
            return ""
        if not isinstance(given, str) or len(given) > LONGEST_TEXT or not given.replace("\t", "").isprintable():
            self.wrong(f"{path}.{name}", f"must be one line of at most {LONGEST_TEXT} characters")
            return ""
        return given

    def cents(self, path: str, values: Values, name: str) -> int | None:
        given = values.get(name)
        if given is None:
            return None
        if not isinstance(given, str) or not AMOUNT.fullmatch(given):
            self.wrong(f"{path}.{name}", "must be a text with two decimals, like -12.30")
            return None
        return int(given.replace(".", ""))

    def date(self, path: str, values: Values, name: str) -> dt.date | None:
        given = values.get(name)
        if given is None:
            return None
        try:
            if isinstance(given, str) and DATE.fullmatch(given):
                return dt.date.fromisoformat(given)
        except ValueError:
            pass
        self.wrong(f"{path}.{name}", "must be a date like 2026-01-31")
        return None

    def number(self, path: str, values: Values, name: str) -> str:
        """Read an account number; one that begins with two letters is an IBAN and must be right."""
        given = self.text(path, values, name)
        if re.match(r"[A-Za-z]{2}", given) and not iban.has_right_check_digits(given):
            self.wrong(f"{path}.{name}", "must be an IBAN with the right check digits")
        return given

    def bank(self, path: str, given: object) -> tuple[str, str, str]:
        if given is None:
            return "", "", ""
        if not isinstance(given, dict):
            self.wrong(path, "must be an object")
            return "", "", ""
        self.known_names(path, given, TARGET)
        name, official_name, institution = (
            self.text(path, given, one) for one in ("name", "officialName", "institution")
        )
        return name, official_name, institution

    def people(self, path: str, given: object) -> tuple[Person, ...]:
        return tuple(self.person(at, values) for at, values in self.objects(path, given))

    def person(self, path: str, values: Values) -> Person:
        self.known_names(path, values, PERSON)
        kind = self.text(path, values, "kind") or "OWNER"
        if kind not in OWNER_KINDS:
            self.wrong(f"{path}.kind", "must be a known kind of owner")
        if not values.get("name"):
            self.wrong(f"{path}.name", "must be given")
        details = tuple((name, self.text(path, values, name)) for name in sorted(PERSON_DETAILS & values.keys()))
        return Person(self.text(path, values, "name"), kind, self.text(path, values, "address"), details)

    def account(self, path: str, values: Values) -> DeliveredAccount:
        self.known_names(path, values, ACCOUNT)
        currency = values.get("currencyName")
        if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
            self.wrong(f"{path}.currencyName", "must be three capital letters")
            currency = ""
        rows = self.objects(f"{path}.moneyTransactions", values.get("moneyTransactions", []))
        return DeliveredAccount(
            currency=currency,
            entries=tuple(self.entry(at, row) for at, row in rows),
            iban=self.number(path, values, "iban"),
            name=self.text(path, values, "name"),
            friendly_name=self.text(path, values, "friendlyName"),
            balance=self.cents(path, values, "currencyBalance"),
            funds_available=self.cents(path, values, "currencyFundsAvailable"),
            active_since=self.date(path, values, "activeSinceAtLeast"),
            people=self.people(f"{path}.owners", values.get("owners")),
        )

    def entry(self, path: str, values: Values) -> Entry:
        self.known_names(path, values, ROW)
        if values.get("currencyAmount") is None:
            self.wrong(f"{path}.currencyAmount", "must be given")
        if values.get("transactionOn") is None and values.get("bookedOn") is None:
            self.wrong(f"{path}.bookedOn", "must be given, or transactionOn")
        return Entry(
            amount=self.cents(path, values, "currencyAmount") or 0,
            transaction_on=self.date(path, values, "transactionOn"),
            booked_on=self.date(path, values, "bookedOn"),
            balance=self.cents(path, values, "currencyBalance"),
            title=self.text(path, values, "title"),
            party=self.text(path, values, "party"),
            party_iban=self.number(path, values, "partyIban"),
            kind=self.text(path, values, "kind"),
            status=self.text(path, values, "status"),
            labels=self.labels(f"{path}.labels", values.get("labels")),
            variable_symbol=self.text(path, values, "variableSymbol"),
            constant_symbol=self.text(path, values, "constantSymbol"),
        )

    def labels(self, path: str, given: object) -> tuple[str, ...]:
        if given is None:
            return ()
        if not isinstance(given, list):
            self.wrong(path, "must be a list of texts")
            return ()
        return tuple(self.text(path, {str(number): one}, str(number)) for number, one in enumerate(given))
