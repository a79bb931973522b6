"""Account numbers as people and hosts give them: their plain form, and whether an IBAN's check digits are right."""

import re

from stdnum import iban


def plain(number: str) -> str:
    """Return an account number without blanks and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", number).upper()


def is_valid_iban(number: str) -> bool:
    """Tell whether a plain number is an IBAN of a known country with the right length and check digits (ISO 13616)."""
    return bool(iban.is_valid(number, check_country=False))


def is_sendable(number: str) -> bool:
    """Tell whether the service takes a plain account number: what begins with two letters has to be a right IBAN."""
    return not number[:2].isalpha() or is_valid_iban(number)
