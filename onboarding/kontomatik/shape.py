"""The shape of aggregated data: a tree of the elements that are read, and how ("Aggregated data" of the contract)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from onboarding.kontomatik import values, wire


@dataclass(eq=False, slots=True)
class Element:
    """One place of the document's tree.

    ``opens`` and ``closes`` name the parser's verbs for it. ``key`` marks a text that is kept under that key, read by
    ``reads``; of ``many`` texts all are kept. ``counted`` elements repeat and carry an ordinal in a refusal's path;
    ``inner`` are those counted anew inside of this one.
    """

    name: str
    children: dict[str, "Element"] = field(default_factory=dict)
    opens: str | None = None
    closes: str | None = None
    key: str | None = None
    reads: Callable[[str], object] = values.line
    many: bool = False
    counted: bool = False
    inner: tuple["Element", ...] = ()


PASSED_OVER = Element("…")


def _text(name: str, reads: Callable[[str], object] = values.line) -> Element:
    return Element(name, key=name, reads=reads)


def _holder(name: str, *children: Element) -> Element:
    return Element(name, {child.name: child for child in children})


def _record(name: str, *children: Element, opens: str, closes: str | None = None) -> Element:
    """Make a repeated element; the repeated ones right below it are counted anew in each."""
    below = [inner for child in children for inner in (child, *child.children.values())]
    return Element(
        name,
        {child.name: child for child in children},
        opens=opens,
        closes=closes,
        counted=True,
        inner=tuple(element for element in below if element.counted),
    )


def _persons() -> Element:
    person = _record(wire.PERSON, _text("name"), _text("kind"), opens="open_person", closes="close_person")
    return _holder(wire.PERSONS, person)


def _transactions() -> Element:
    label = Element(wire.LABEL, key=wire.LABELS, many=True)
    transaction = _record(
        wire.TRANSACTION,
        _text("transactionOn", values.day),
        _text("bookedOn", values.day),
        _text("currencyAmount", values.amount),
        _text("currencyBalance", values.amount),
        _text("title"),
        _text("party"),
        _text("partyIban", values.iban),
        _text("kind"),
        _text("status"),
        _holder(wire.LABELS, label),
        opens="open_transaction",
        closes="close_transaction",
    )
    return _holder(wire.TRANSACTIONS, transaction)


def _account(name: str, kind: str) -> Element:
    return _record(
        name,
        _text("name"),
        _text("friendlyName"),
        _text("iban", values.iban),
        _text("currencyBalance", values.amount),
        _text("currencyFundsAvailable", values.amount),
        _text("currencyName", values.currency),
        _text("activeSinceAtLeast", values.day),
        _text(wire.CARD_NUMBER),
        _text(wire.CREDIT_LIMIT, values.amount),
        _text(wire.CARD_DUE, values.day),
        _persons(),
        _transactions(),
        opens=f"open_{kind}",
        closes="close_account",
    )


def _document() -> Element:
    members = wire.ACCOUNT_GROUPS.items()
    groups = [_holder(group, _account(member, kind)) for group, (member, kind) in members]
    target = _record(wire.TARGET, _persons(), *groups, opens="open_target")
    owner = _record(wire.DATA_OWNER, target, opens="open_owner")
    others = [Element(name, opens="refuse_other") for name in wire.OTHER_REPLIES]
    reply = _holder(wire.ROOT, owner, *others)
    reply.opens = "open_reply"
    return _holder("", reply)


DOCUMENT = _document()
