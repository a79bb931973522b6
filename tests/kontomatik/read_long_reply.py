"""Read an aggregate of more than 200 MiB that never exists as a whole, and tell what it took."""

import io
from collections.abc import Iterator
from typing import Any

from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import Transaction
from tests import memory, streams

ROWS = 100_000
TITLE = "Payment for goods and services " * 68


def _pieces() -> Iterator[bytes]:
    yield b'<reply status="200 OK"><owner externalId="o-1" origin="scraper"><target name="KontoBank">'
    yield b"<accounts><account><iban>PL61109010140000071219812874</iban><currencyName>PLN</currencyName>"
    yield b"<moneyTransactions>"
    for number in range(ROWS):
        yield (
            f"<moneyTransaction><bookedOn>2026-03-10</bookedOn><currencyAmount>-{number}.50</currencyAmount>"
            f"<title>{number} {TITLE}</title></moneyTransaction>"
        ).encode()
    yield b"</moneyTransactions></account></accounts></target></owner></reply>"


def read() -> dict[str, Any]:
    reply = streams.Made(_pieces())
    transactions = sum(isinstance(record, Transaction) for record in read_aggregate(io.BufferedReader(reply)))
    return {"bytes": reply.size, "transactions": transactions}


if __name__ == "__main__":
    memory.tell_growth(read)
