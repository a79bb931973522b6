"""Read the cells of a table: days and amounts as people and banks write them, exactly or not at all."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from onboarding.reading.amounts import NoAmount, day, from_parts, may_be_thousands
from onboarding.reading.layout import DateFormat

_TIME = r"(?:(?:T|,?\s+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_YEAR, _MONTH, _DAY = r"(?P<y>[0-9]{4})", r"(?P<m>[0-9]{1,2})", r"(?P<d>[0-9]{1,2})"
_DATES = {
    DateFormat.YEAR_FIRST: re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}{_TIME}"),
    DateFormat.DAY_DOTS: re.compile(rf"{_DAY}\. ?{_MONTH}\. ?{_YEAR}\.?{_TIME}"),
    DateFormat.DAY_SLASHES: re.compile(rf"{_DAY}/{_MONTH}/{_YEAR}{_TIME}"),
    DateFormat.MONTH_SLASHES: re.compile(rf"{_MONTH}/{_DAY}/{_YEAR}{_TIME}"),
    DateFormat.DAY_DASHES: re.compile(rf"{_DAY}-{_MONTH}-{_YEAR}{_TIME}"),
    DateFormat.DIGITS: re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    DateFormat.YEAR_SLASHES: re.compile(rf"{_YEAR}/{_MONTH}/{_DAY}{_TIME}"),
    DateFormat.DAY_DOTS_SHORT: re.compile(rf"{_DAY}\. ?{_MONTH}\. ?(?P<y>[0-9]{{2}})\.?{_TIME}"),
}
_SYMBOLS = {"€": "EUR", "£": "GBP", "zł": "PLN", "kč": "CZK", "lei": "RON"}
_UNIT = r"[A-Za-z]{3}|€|£|\$|zł|zl|kč|kc|lei|ft|kr"
_UNITS = re.compile(rf"(?P<before>{_UNIT})?\s*(?P<number>[^A-Za-z€£$łč]*?)\s*(?P<after>{_UNIT})?\.?", re.IGNORECASE)
_BLANKS = re.compile("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\\s]")
_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})
_LONGEST = 64


def _numbers(decimal: str, grouping: str) -> re.Pattern[str]:
    groups = rf"[0-9]{{1,3}}(?:(?P<by>[{grouping}])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*)"
    return re.compile(rf"(?P<lead>[+-]?) *(?P<whole>{groups}|[0-9]*)(?:{decimal}(?P<fraction>[0-9]*))? *(?P<tail>-?)")


_NUMBERS = {",": _numbers(",", " .'"), ".": _numbers(r"\.", " ,'")}


@lru_cache(maxsize=4096)
def day_in(text: str, date_format: DateFormat) -> date | None:
    """Return the day in a cell (an hour behind it is not kept), or ``None`` when it is none of this form."""
    match = _DATES[date_format].fullmatch(text)
    if match is None:
        return None
    try:
        # Two digits are a year of this century.
        return day(f"20{match['y']}"[-4:], match["m"], match["d"])
    except ValueError:
        return None


def amount_in(text: str, decimal: str) -> tuple[Decimal, str]:
    """Return the amount in a cell and the currency beside it (``""`` without).

    ``decimal`` is the decimal sign; thousands may be set apart by blanks, apostrophes or the other sign, in threes.
    A minus may stand before or behind, or the amount in parentheses.

    Raises ``NoAmount``, or ``TooExact`` for a fraction of a cent that is not zero.
    """
    if len(text) > _LONGEST:
        raise NoAmount
    text = _BLANKS.sub(" ", text).translate(_SIGNS).strip()
    in_parentheses = text.startswith("(") and text.endswith(")")
    if in_parentheses:
        text = text[1:-1].strip()
    units = _UNITS.fullmatch(text)
    if units is None or (units["before"] and units["after"]):
        raise NoAmount
    match = _NUMBERS[decimal].fullmatch(units["number"].strip())
    if match is None or not (match["whole"] or match["fraction"]):
        raise NoAmount
    signs = bool(match["lead"]) + bool(match["tail"]) + in_parentheses
    if signs > 1:
        raise NoAmount
    negative = in_parentheses or match["lead"] == "-" or match["tail"] == "-"
    if may_be_thousands(match["whole"], match["fraction"] or ""):
        # The decimal sign may have been chosen wrongly, and then a thousand would be read as one.
        raise NoAmount
    whole = re.sub("[^0-9]", "", match["whole"])
    return from_parts(negative, whole, match["fraction"] or ""), _currency(units["before"] or units["after"] or "")


def _currency(unit: str) -> str:
    if len(unit) == 3 and unit.isascii() and unit.isupper():
        return unit
    return _SYMBOLS.get(unit.lower(), "")
