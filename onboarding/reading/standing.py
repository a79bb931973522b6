"""Rows of a table that are balances or turnovers by their text, as Baltic banks write them among the payments.

Such a row is never passed over for its text alone. Where it has an amount like a payment's, the account must prove it:
opening balances and payments come to the closing balances, payments come to the turnovers. Else the file is refused,
as a payment that happens to be called so would be lost.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from onboarding.reading.header_words import CLOSING_TEXTS, OPENING_TEXTS, TURNOVER_TEXTS, bare
from onboarding.reading.tally import Tally

LONGEST_TEXT = 24


class Standing(Enum):
    """Name what a row is when it is no payment."""

    OPENING = "opening"
    CLOSING = "closing"
    TURNOVER = "turnover"


def standing_in(title: str) -> Standing | None:
    """Tell by its title whether a row may be a balance or a turnover."""
    if len(title) > LONGEST_TEXT:
        return None
    text = bare(title)
    if text in OPENING_TEXTS:
        return Standing.OPENING
    if text in CLOSING_TEXTS:
        return Standing.CLOSING
    return Standing.TURNOVER if text in TURNOVER_TEXTS else None


@dataclass(slots=True)
class StandingRows:
    """Take such rows of one account. ``unproven`` is the first line whose row might have been a payment."""

    unproven: int | None = None
    _opening: tuple[date, Decimal] | None = None
    _closing: tuple[date, Decimal] | None = None
    _sums: dict[Standing, Decimal] = field(default_factory=dict)
    _openings_left: int = 0

    def remark(self, standing: Standing, on: date, amount: Decimal) -> None:
        """Take a row that holds a balance where balances stand, and no amount."""
        if standing is Standing.OPENING and (self._opening is None or on < self._opening[0]):
            self._opening = on, amount
        if standing is Standing.CLOSING and (self._closing is None or on >= self._closing[0]):
            self._closing = on, amount

    def suspect(self, standing: Standing, on: date, amount: Decimal, line: int) -> None:
        """Take a row whose amount stands where those of payments do."""
        self.remark(standing, on, amount)
        self.unproven = self.unproven or line
        self._sums[standing] = self._sums.get(standing, Decimal()) + amount
        self._openings_left += {Standing.OPENING: 1, Standing.CLOSING: -1}.get(standing, 0)

    def settle(self, tally: Tally, gross: Decimal) -> bool:
        """Set the account's balances; return whether its payments prove every row that might have been one.

        ``gross`` is the sum of the payments' amounts without their signs.
        """
        if self._opening is not None:
            tally.opening = self._opening[1]
        if self._closing is not None:
            tally.closing_on, tally.closing = self._closing
        if self.unproven is None:
            return True
        # Of several periods in a row, each one's closing balance is the next one's opening balance.
        moved = self._sums.get(Standing.CLOSING, Decimal()) - self._sums.get(Standing.OPENING, Decimal())
        has_balances = Standing.OPENING in self._sums or Standing.CLOSING in self._sums
        if has_balances and (self._openings_left or moved != tally.total):
            return False
        turnover = self._sums.get(Standing.TURNOVER)
        return turnover is None or turnover in (tally.total, gross)
