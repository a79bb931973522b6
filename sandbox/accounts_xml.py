"""Write people, accounts, cards and rows as the contract's aggregated data has them."""

from collections.abc import Iterator
from xml.sax.saxutils import escape  # nosec B406

from sandbox.ledger import Account, Card, Holdings, Person, Row

ROWS_A_PIECE = 250


def holdings_xml(found: Holdings, *, labels_reversed: bool, always_all: bool = False) -> Iterator[str]:
    """Write what one sign-in shows, in pieces of a few hundred rows.

    The order of labels differs between the vendor's replies, hence `labels_reversed`; `always_all` also writes
    `creditCards` and `deposits` when they are empty, as the aggregate does and a command's result does not.
    """
    yield owners(found.people)
    yield "<accounts>\n"
    for account in found.accounts:
        yield from _account(account, labels_reversed)
    yield "</accounts>\n"
    if found.cards or always_all:
        yield "<creditCards>\n"
        for card in found.cards:
            yield from _card(card, labels_reversed)
        yield "</creditCards>\n"
    if always_all:
        yield "<deposits/>\n"


def amount(cents: int) -> str:
    """Write an amount of 1/100 with a dot, two decimals and a leading minus."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def element(name: str, text: str) -> str:
    """Write an element with a text, or nothing for an empty text."""
    return f"<{name}>{escape(text)}</{name}>\n" if text else ""


def owners(people: tuple[Person, ...]) -> str:
    """Write the people of an account or of a whole import."""
    return f"<owners>\n{''.join(_person(person) for person in people)}</owners>\n"


def _person(person: Person) -> str:
    details = "".join(element(name, text) for name, text in person.details)
    inside = element("name", person.name) + element("address", person.address)
    return f"<owner>\n{inside}{element('kind', person.kind)}{details}</owner>\n"


def _account(account: Account, labels_reversed: bool) -> Iterator[str]:
    partial = ' partialDueToTimeout="true"' if account.partial else ""
    yield f"<account{partial}>\n" + (
        element("name", account.name)
        + element("friendlyName", account.friendly_name)
        + element("iban", account.iban)
        + element("currencyBalance", amount(account.balance))
        + element("currencyFundsAvailable", amount(account.balance))
        + element("currencyName", account.currency)
        + element("activeSinceAtLeast", account.active_since.isoformat())
        + '<directDebit available="true"/>\n'
    )
    yield from _rows(account.rows, labels_reversed)
    yield f"{owners(account.owners)}</account>\n"


def _card(card: Card, labels_reversed: bool) -> Iterator[str]:
    # Both spellings of the interest element are in use at the vendor; a card without an account number has the second.
    interest = "interest" if card.iban else "interests"
    yield "<creditCard>\n" + (
        element("name", card.name)
        + element("cardId", card.card_id)
        + element("iban", card.iban)
        + element("number", card.number)
        + element("currencyBalance", amount(card.balance))
        + element("currencyFundsAvailable", amount(card.limit + card.balance))
        + element("currencyName", card.currency)
        + element("limit", amount(card.limit))
        + element(interest, card.interest)
        + element("dueDate", card.due_on.isoformat())
        + owners(card.owners)
    )
    yield from _rows(card.rows, labels_reversed)
    yield "</creditCard>\n"


def _rows(rows: tuple[Row, ...], labels_reversed: bool) -> Iterator[str]:
    yield "<moneyTransactions>\n"
    for start in range(0, len(rows), ROWS_A_PIECE):
        yield "".join(_row(row, labels_reversed) for row in rows[start : start + ROWS_A_PIECE])
    yield "</moneyTransactions>\n"


def _row(row: Row, labels_reversed: bool) -> str:
    habit = row.habit
    labels = habit.labels[::-1] if labels_reversed else habit.labels
    label_elements = "".join(f"<label>{escape(label)}</label>" for label in labels)
    return (
        "<moneyTransaction>\n"
        f"<transactionOn>{row.transaction_on.isoformat()}</transactionOn>\n"
        f"<bookedOn>{row.booked_on.isoformat()}</bookedOn>\n"
        f"<currencyAmount>{amount(row.amount)}</currencyAmount>\n"
        + ("" if row.balance is None else f"<currencyBalance>{amount(row.balance)}</currencyBalance>\n")
        + f"<title>{escape(habit.title)}</title>\n"
        + element("party", habit.party)
        + element("partyIban", row.party_iban)
        + element("kind", habit.kind)
        + "<status>DONE</status>\n"
        + (f"<labels>{label_elements}</labels>\n" if labels else "")
        + element("variableSymbol", row.variable_symbol)
        + ("<constantSymbol>0308</constantSymbol>\n" if row.variable_symbol else "")
        + "</moneyTransaction>\n"
    )
