"""PDF statements: the XML form, its JSON successor in both modes, and the catalog of banks that print them."""

import base64
import binascii
import random
import time
import uuid
from collections.abc import Set

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from sandbox import banks, clock, statement_reading, wire
from sandbox.accounts_xml import amount
from sandbox.deliveries import Delivery, Origin, Part
from sandbox.endpoint import XML, country, endpoint, field, owner_id
from sandbox.environment import ENVIRONMENT
from sandbox.refusals import invalid_parameter, too_large, unverified_statement
from sandbox.state import STATE

MOST_BYTES = 20 * 1024 * 1024
NO_CHECK_FAILED: dict[str, object] = {"failedVerifications": []}


@endpoint("statement", "POST")
def in_xml(request: HttpRequest) -> HttpResponseBase:
    """Read a statement that comes as base64 (contract, "PDF statements").

    One that does not pass every check is answered as inconsistent, and kept only with `acceptInconsistent=true`.
    """
    _require_multipart(request, {"pdfAsBase64", "ownerExternalId", "acceptInconsistent", "password"})
    accepted = request.POST.get("acceptInconsistent", "false")
    if accepted not in {"true", "false"}:
        raise invalid_parameter("acceptInconsistent", "true or false")
    read = _read(request, _from_base64(request))
    if accepted == "true" or not read.contents.failed_verifications:
        STATE.keep(read)
    return HttpResponse(wire.statement(read), content_type=XML)


@endpoint("statement", "POST", in_json=NO_CHECK_FAILED)
def standard(request: HttpRequest) -> HttpResponseBase:
    """Read a statement, and refuse it if it does not pass every check."""
    read = _read(request, _from_file(request))
    if read.contents.failed_verifications:
        raise unverified_statement(read.contents.failed_verifications)
    STATE.keep(read)
    return JsonResponse(_as_json(read))


@endpoint("statement", "POST", in_json=NO_CHECK_FAILED)
def trusted(request: HttpRequest) -> HttpResponseBase:
    """Read a statement whose source the client trusts: the checks that it does not pass are only told."""
    read = _read(request, _from_file(request))
    STATE.keep(read)
    return JsonResponse(_as_json(read))


@endpoint("statement-catalog", "GET")
def catalog(request: HttpRequest) -> HttpResponseBase:
    """List the banks whose statements are read; only Polish ones are."""
    chosen = country(request.GET) if "country" in request.GET else banks.STATEMENT_COUNTRY
    listed = banks.STATEMENT_BANKS if chosen == banks.STATEMENT_COUNTRY else ()
    return HttpResponse(wire.statement_catalog(listed), content_type=XML)


def _require_multipart(request: HttpRequest, known: Set[str]) -> None:
    if request.content_type != "multipart/form-data":
        raise invalid_parameter("Content-Type", "multipart/form-data")
    if {*request.POST, *request.FILES} - known:
        raise invalid_parameter("body", f"made of {', '.join(sorted(known))} alone")


def _from_base64(request: HttpRequest) -> bytes:
    sent = request.FILES.get("pdfAsBase64")
    text = sent.read().decode("ascii", "replace") if sent else field(request.POST, "pdfAsBase64")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_parameter("pdfAsBase64", "a PDF in base64") from error


def _from_file(request: HttpRequest) -> bytes:
    _require_multipart(request, {"pdf", "ownerExternalId", "password"})
    sent = request.FILES.get("pdf")
    if sent is None:
        raise invalid_parameter("pdf", "a file")
    if sent.size is None or sent.size > MOST_BYTES:
        raise too_large("The document")
    return bytes(sent.read())


def _read(request: HttpRequest, content: bytes) -> Delivery:
    """Work on a statement for its while, holding a slot."""
    owner, password = owner_id(request.POST), request.POST.get("password", "")
    if len(content) > MOST_BYTES:
        raise too_large("The document")
    with STATE.slot(owner):
        shortest, longest = ENVIRONMENT.statement_seconds
        time.sleep(random.uniform(shortest, longest) / ENVIRONMENT.speed)  # noqa: S311 - a duration, not a secret
        contents = statement_reading.read(content, password)
    return Delivery(str(uuid.uuid4()), Origin.STATEMENT, owner, clock.now(), contents)


def _as_json(read: Delivery) -> dict[str, object]:
    (part,) = read.contents.parts
    return {
        "statementId": read.id,
        "bank": part.official_name,
        "owners": [{"name": person.name, "kind": person.kind} for person in part.people],
        "accounts": _accounts(part),
        "failedVerifications": list(read.contents.failed_verifications),
    }


def _accounts(part: Part) -> list[dict[str, object]]:
    return [
        {
            "iban": account.iban,
            "currencyName": account.currency,
            "currencyBalance": amount(account.balance or 0),
            "moneyTransactions": [
                {
                    "transactionOn": str(entry.transaction_on),
                    "bookedOn": str(entry.booked_on),
                    "currencyAmount": amount(entry.amount),
                    "currencyBalance": amount(entry.balance or 0),
                    "title": entry.title,
                    "party": entry.party,
                }
                for entry in account.entries
            ],
        }
        for account in part.accounts
    ]
