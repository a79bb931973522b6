"""Reading the texts of the vendor's elements as amounts, dates, currencies and names, strictly.

Each reader raises ``ValueError`` with a reason that never repeats the text.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

# Beyond two decimals only zeros: an amount is stored as an integer of 1/100.
_AMOUNT = re.compile(r"([+-]?[0-9]{1,15}(?:\.[0-9]{1,2})?)(?:(?<=\.[0-9]{2})0+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_CURRENCY = re.compile(r"[A-Z]{3}")
# No long number: an account number could stand where a word should.
_WORD = re.compile(r"(?!.*[0-9]{3})[A-Za-z][A-Za-z0-9_]{0,63}")
_DOTTED_WORD = re.compile(r"(?!.*[0-9]{3})[A-Za-z][A-Za-z0-9_.-]{0,63}")
_LINE_BREAKS = re.compile(r"[\r\n]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200

# Every valid date fits: 301 years.
_dates: dict[str, date] = {}


def amount(text: str) -> Decimal:
    """Return a plain decimal amount (``-20.00``): at most 15 digits before the dot, exact in 1/100."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError("not a plain amount in 1/100")
    return Decimal(match[1])


def day(text: str) -> date:
    """Return a calendar date (``2023-05-22``) of the years 1900 to 2200."""
    known = _dates.get(text)
    if known is not None:
        return known
    if _DATE.fullmatch(text) is None:
        raise ValueError("not a date (YYYY-MM-DD)")
    try:
        read = date.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise ValueError("not a day of the calendar")
    _dates[text] = read
    return read


def instant(text: str) -> datetime | None:
    """Return an instant (``2023-05-23T07:39:06Z``, with or without a fraction), or ``None`` when it is not one.

    No figure depends on it, so an unreadable one refuses nothing.
    """
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def currency(text: str) -> str:
    """Return a currency's three capital letters."""
    if _CURRENCY.fullmatch(text) is None:
        raise ValueError("not a currency's three letters")
    return text


def line(text: str) -> str:
    """Return ``text`` on one line: ends stripped, each line break with the blanks around it as one blank.

    Signs that nobody sees are left out: what is written behind one that turns the direction of writing, an amount
    perhaps, would be shown backwards, and a terminal would follow the control characters.
    """
    text = text.strip()
    if text.isprintable():
        return text
    # Not one expression with blanks around the break: it would begin anew at every blank of a long run of them.
    parts = (part.strip(" \t") for part in _LINE_BREAKS.split(text))
    text = _CONTROL.sub(" ", " ".join(part for part in parts if part))
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip()


def iban(text: str) -> str:
    """Return an account number without blanks, in capitals, so that equal ones compare equal."""
    return "".join(text.split()).upper()


def last_digits(number: str) -> str | None:
    """Return the last four digits of a card's number, or ``None`` when its end is masked or shorter."""
    tail = re.sub(r"[\s-]", "", number)[-4:]
    return tail if re.fullmatch(r"[0-9]{4}", tail) else None


def word(text: str) -> str:
    """Return one of the vendor's words (an error's name) unchanged, or ``Unnamed`` when it is not one word."""
    return text if _WORD.fullmatch(text) else "Unnamed"


def leading_word(text: str) -> str:
    """Return the word that names one of the vendor's checks, without what follows a colon; else ``Unnamed``."""
    word = re.split(r"[:=(]", text, maxsplit=1)[0].strip()
    return word if _DOTTED_WORD.fullmatch(word) else "Unnamed"


def flag(said: object) -> bool | None:
    """Return what ``true`` or ``false`` (a text or JSON's own, or 1 and 0) says, or ``None``."""
    if isinstance(said, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(said.strip().lower())
    return said if isinstance(said, bool) else None
