"""Which account numbers name the same account: an IBAN as written by different hands, and its national form.

An IBAN is unique in the world. Its national form is the IBAN without the country's letters (26 digits in Poland) or
without the check digits too (ISO 13616: the BBAN). Any shorter tail is no proof: it lacks the bank.
"""

import re

SHORTEST_ALONE = 10
"""Letters and digits that a number without a country must have to name an account beyond its own bank."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SEPARATORS = re.compile(r"[\s\-./]+")


def normalised(number: str | None) -> str:
    """Write a number without blanks and marks between its digits, in capitals; one that is not known is empty."""
    return _SEPARATORS.sub("", number).upper() if number else ""


def is_iban(number: str) -> bool:
    """Tell whether a normalised number has the shape of an IBAN; its check digits are the bank's business."""
    return _IBAN.fullmatch(number) is not None


def names_an_account_anywhere(number: str) -> bool:
    """Tell whether a normalised number is long enough to be compared with those of other sources."""
    return len(number) >= SHORTEST_ALONE


def national_forms(number: str) -> tuple[str, ...]:
    """Return what an IBAN looks like without its country; a number that is no IBAN has no such forms."""
    return (number[2:], number[4:]) if is_iban(number) else ()
