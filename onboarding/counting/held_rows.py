"""Rows that wait because nobody knows yet which account they belong to: its number stands behind them."""

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from onboarding.kontomatik.records import Transaction


class HeldRows:
    """Rows kept in memory, beyond ``in_memory`` bytes in a temporary file without a name."""

    def __init__(self, in_memory: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - held open from one record to the next
            max_size=in_memory, mode="w+", encoding="utf-8", errors="surrogatepass", newline="\n"
        )

    def close(self) -> None:
        self._file.close()

    def append(self, row: Transaction) -> None:
        fields = (
            row.transaction_on and row.transaction_on.isoformat(),
            row.booked_on and row.booked_on.isoformat(),
            str(row.amount),
            None if row.balance is None else str(row.balance),
            row.title,
            row.party,
            row.party_iban,
            row.kind,
            row.status,
            row.labels,
        )
        self._file.write(json.dumps(fields) + "\n")

    def __iter__(self) -> Iterator[Transaction]:
        self._file.seek(0)
        for line in self._file:
            transaction_on, booked_on, amount, balance, *texts, labels = json.loads(line)
            title, party, party_iban, kind, status = texts
            yield Transaction(
                transaction_on=transaction_on and date.fromisoformat(transaction_on),
                booked_on=booked_on and date.fromisoformat(booked_on),
                amount=Decimal(amount),
                balance=None if balance is None else Decimal(balance),
                title=title,
                party=party,
                party_iban=party_iban,
                kind=kind,
                status=status,
                labels=tuple(labels),
            )
