"""Make and check account numbers by ISO 13616 (IBAN), check digits by ISO 7064 MOD 97-10."""

import random
import re
import string

# Length of the whole number by country, from the public IBAN registry.
LENGTHS = {"PL": 28, "CZ": 24, "ES": 24, "PT": 25, "RO": 24, "LT": 20, "LV": 21, "EE": 20}


def _remainder(text: str) -> int:
    digits = "".join(str(int(character, 36)) for character in text)
    return int(digits) % 97


def with_check_digits(country: str, number: str) -> str:
    """Return the IBAN of a national account number (`country` in capitals, as in LENGTHS)."""
    return f"{country}{98 - _remainder(f'{number}{country}00'):02d}{number}"


def is_valid(iban: str) -> bool:
    """Tell whether length and check digits of an IBAN are right."""
    if not iban.isascii() or not iban.isalnum() or LENGTHS.get(iban[:2]) != len(iban):
        return False
    return _remainder(iban[4:] + iban[:4]) == 1


def invented(country: str, bank_code: str, chance: random.Random) -> str:
    """Return an IBAN of a bank that does not exist: its code, then digits drawn from `chance`."""
    missing = LENGTHS[country] - 4 - len(bank_code)
    return with_check_digits(country, bank_code + "".join(chance.choices(string.digits, k=missing)))


def has_right_check_digits(iban: str) -> bool:
    """Tell whether a number of any country's length has the form of an IBAN and the right check digits."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        return False
    length = LENGTHS.get(iban[:2], len(iban))
    return length == len(iban) and _remainder(iban[4:] + iban[:4]) == 1
