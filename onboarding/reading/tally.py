"""Adds up what came of one account, so that its end can be said without keeping its rows."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from onboarding.reading.records import AccountEnded, BalanceCheck, Row


@dataclass(slots=True)
class Tally:
    """Count the rows of one account; balances may be set at any time before the end."""

    opening: Decimal | None = None
    closing: Decimal | None = None
    closing_on: date | None = None
    row_count: int = 0
    first_on: date | None = None
    last_on: date | None = None
    total: Decimal = field(default_factory=Decimal)

    def add(self, row: Row) -> None:
        """Count a row; a pending one counts, but moves no balance."""
        self.row_count += 1
        booked = row.booked_on
        if booked is None:
            return
        self.total += row.amount
        if self.first_on is None or booked < self.first_on:
            self.first_on = booked
        if self.last_on is None or booked > self.last_on:
            self.last_on = booked

    def end(self) -> AccountEnded:
        """Say the account's end, with the balances compared."""
        difference = None
        check = BalanceCheck.UNKNOWN
        if self.opening is not None and self.closing is not None:
            difference = self.closing - (self.opening + self.total)
            check = BalanceCheck.WRONG if difference else BalanceCheck.OK
        return AccountEnded(
            opening=self.opening,
            closing=self.closing,
            closing_on=self.closing_on,
            row_count=self.row_count,
            first_on=self.first_on,
            last_on=self.last_on,
            balance_check=check,
            difference=difference,
        )
