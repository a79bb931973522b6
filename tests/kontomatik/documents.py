"""Aggregated documents written by hand, one small builder for each element."""

import io
from typing import Any

from hypothesis import HealthCheck, settings

from onboarding.kontomatik.parser import Limits, read_aggregate
from onboarding.kontomatik.records import AggregateRecord

steady = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def element(tag: str, /, *inner: str, **attributes: str) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{written}>{''.join(inner)}</{tag}>"


def fields(**texts: str) -> str:
    return "".join(element(name, text) for name, text in texts.items())


def transaction(*more: str, **texts: str) -> str:
    given = {"bookedOn": "2023-05-23", "currencyAmount": "-20.00", **texts}
    return element("moneyTransaction", fields(**{name: text for name, text in given.items() if text}), *more)


def account(*more: str, tag: str = "account", partial: str = "", **texts: str) -> str:
    given = {"iban": "PL61109010140000071219812874", "currencyName": "PLN", **texts}
    attributes = {"partialDueToTimeout": partial} if partial else {}
    return element(tag, fields(**{key: text for key, text in given.items() if text}), *more, **attributes)


def with_transactions(*rows: str, **texts: str) -> str:
    return account(element("moneyTransactions", *rows), **texts)


def target(*accounts: str, group: str = "accounts", name: str = "KontoBank") -> str:
    return element("target", element(group, *accounts), name=name, officialName=f"{name} SA", institution=name)


def owner(*targets: str, external_id: str = "o-1", origin: str = "scraper") -> str:
    return element("owner", *targets, externalId=external_id, origin=origin)


def reply(*inner: str, **attributes: str) -> bytes:
    return ('<?xml version="1.0" encoding="utf-8"?>' + element("reply", *inner, **attributes)).encode()


def one_account(*more: str, **texts: str) -> bytes:
    return reply(owner(target(account(*more, **texts))))


def one_transaction(*more: str, **texts: str) -> bytes:
    return reply(owner(target(with_transactions(transaction(*more, **texts)))))


def records(document: bytes, **limits: Any) -> list[AggregateRecord]:
    return list(read_aggregate(io.BytesIO(document), limits=Limits(**limits)))


def only(kind: type[Any], document: bytes) -> list[Any]:
    return [record for record in records(document) if isinstance(record, kind)]
