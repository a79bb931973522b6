"""Read the free field ``:86:`` of MT940, which every bank structures in its own way.

Known are numbered subfields after a sign (``020?00…?20…``, with ``?``, ``<``, ``^``, ``~`` or ``>``), named ones
between slashes (``/NAME/…/REMI/…``) and keywords within the purpose (``SVWZ+``). Everything else is one text.

Source of the numbers: the German banks' common structure of ``:86:`` (20 to 29 and 60 to 63 purpose, 30 bank,
31 account, 32 and 33 name, 38 IBAN), which the Polish banks share.
"""

import re
from dataclasses import dataclass

from onboarding.reading.numbers import iban_in, with_account

_NUMBERED = re.compile(r"\s*(?:\d{3})?([?<^~>])\d{2}")
_NAMES = (
    "TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|PREF|MARF|CSID|CNTP|ORDP|BENM|RTRN|PURP|ULTD|ULTC|ULTB|USTD|STRD|KREF|ISDT|"
    "ADDR|INIT|OCMT|EXCH|CHGS|SVCL|MNDTID|ID"
)
# The slash behind a name may be the one before the next name.
_NAMED = re.compile(rf"/({_NAMES})(?=/)")
_KEYWORD = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|MDAT)\+")
_FULL_LINE = 65
_FULL_SUBFIELD = 27


@dataclass(frozen=True, slots=True)
class Narrative:
    """Hold what ``:86:`` says; ``""`` is unknown."""

    title: str = ""
    party: str = ""
    party_iban: str = ""
    kind: str = ""


def read_narrative(lines: list[str]) -> Narrative:
    """Read the lines of a ``:86:`` field."""
    if not lines:
        return Narrative()
    start = _NUMBERED.match(lines[0])
    if start is not None:
        return _numbered("".join(lines), start[1])
    text = _joined(lines, _FULL_LINE)
    if text.startswith("/") and _NAMED.match(text):
        return _named(text)
    return Narrative(title=text)


def _joined(pieces: list[str], full: int) -> str:
    # A piece that fills its place may have been cut within a word; a shorter one ended by itself.
    text = ""
    for piece in pieces:
        text += piece if len(piece) >= full else f"{piece} "
    return text.rstrip()


def _numbered(text: str, sign: str) -> Narrative:
    head, *rest = re.split(rf"{re.escape(sign)}(\d{{2}})", text)
    fields: dict[str, list[str]] = {}
    for number, value in zip(rest[::2], rest[1::2], strict=True):
        fields.setdefault(number, []).append(value)
    purpose = [value for number in sorted(fields) if "20" <= number <= "29" for value in fields[number]]
    purpose += [value for number in sorted(fields) if "60" <= number <= "63" for value in fields[number]]
    title, iban = _keywords(_joined(purpose, _FULL_SUBFIELD))
    numbers = [*fields.get("38", []), *fields.get("31", []), iban]
    name = _joined(fields.get("32", []) + fields.get("33", []), _FULL_SUBFIELD).strip()
    party, party_iban = with_account(name, _best_number(numbers))
    return Narrative(
        title=title or head.strip()[3:].strip(),
        party=party,
        party_iban=party_iban,
        kind=" ".join(fields.get("00", [])).strip(),
    )


def _keywords(purpose: str) -> tuple[str, str]:
    """Return the payment's own text and the IBAN from a purpose with keywords."""
    head, *rest = _KEYWORD.split(purpose)
    if not rest:
        return purpose.strip(), ""
    words = dict(zip(rest[::2], rest[1::2], strict=True))
    return words.get("SVWZ", head).strip() or head.strip(), words.get("IBAN", "").strip()


def _named(text: str) -> Narrative:
    _, *rest = _NAMED.split(text)
    fields: dict[str, str] = {}
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        fields.setdefault(name, value.strip("/ "))
    # /CNTP/ holds account, bank, name and town between slashes.
    party, iban = fields.get("NAME", ""), fields.get("IBAN", "")
    account, _, others = fields.get("CNTP", "").partition("/")
    if account or others:
        iban = iban or account
        party = party or [*others.split("/"), "", ""][1]
    title = fields.get("REMI", "") or fields.get("USTD", "") or fields.get("STRD", "")
    party, number = with_account(party, iban)
    return Narrative(title=title, party=party, party_iban=number, kind=fields.get("TRTP", ""))


def _best_number(texts: list[str]) -> str:
    """Return the first text that is an IBAN, else the first that there is."""
    return next(filter(iban_in, texts), "") or next(filter(None, map(str.strip, texts)), "")
