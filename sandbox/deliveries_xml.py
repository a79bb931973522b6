"""Write statements and own data in the shapes of the aggregated data; an element is left out when nothing was given."""

import datetime as dt
from collections.abc import Iterator

from sandbox.accounts_xml import ROWS_A_PIECE, amount, element, owners
from sandbox.deliveries import DeliveredAccount, Entry, Part


def part_xml(part: Part, *, always_all: bool = False) -> Iterator[str]:
    """Write owners and accounts of one bank in pieces; `always_all` also writes empty `creditCards` and `deposits`."""
    yield owners(part.people)
    yield "<accounts>\n"
    for account in part.accounts:
        yield from _account(account)
    yield "</accounts>\n"
    if always_all:
        yield "<creditCards/>\n<deposits/>\n"


def _account(account: DeliveredAccount) -> Iterator[str]:
    yield "<account>\n" + (
        element("name", account.name)
        + element("friendlyName", account.friendly_name)
        + element("iban", account.iban)
        + _amount("currencyBalance", account.balance)
        + _amount("currencyFundsAvailable", account.funds_available)
        + element("currencyName", account.currency)
        + _date("activeSinceAtLeast", account.active_since)
    )
    yield "<moneyTransactions>\n"
    for start in range(0, len(account.entries), ROWS_A_PIECE):
        yield "".join(_entry(entry) for entry in account.entries[start : start + ROWS_A_PIECE])
    yield f"</moneyTransactions>\n{owners(account.people)}</account>\n"


def _entry(entry: Entry) -> str:
    labels = "".join(element("label", label) for label in entry.labels)
    return (
        "<moneyTransaction>\n"
        + _date("transactionOn", entry.transaction_on)
        + _date("bookedOn", entry.booked_on)
        + _amount("currencyAmount", entry.amount)
        + _amount("currencyBalance", entry.balance)
        + element("title", entry.title)
        + element("party", entry.party)
        + element("partyIban", entry.party_iban)
        + element("kind", entry.kind)
        + element("status", entry.status)
        + (f"<labels>{labels}</labels>\n" if labels else "")
        + element("variableSymbol", entry.variable_symbol)
        + element("constantSymbol", entry.constant_symbol)
        + "</moneyTransaction>\n"
    )


def _amount(name: str, cents: int | None) -> str:
    return "" if cents is None else element(name, amount(cents))


def _date(name: str, day: dt.date | None) -> str:
    return element(name, day.isoformat()) if day else ""
