"""No key, id, signature, account number, name or body in any message, representation, traceback or log line."""

import io
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import AggregateRefused, KontomatikError
from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import SignInState, SignInStatus
from tests.kontomatik.calls import (
    CALLS,
    COMMAND,
    KEY,
    OWN,
    OWNER,
    PASSWORD,
    PDF,
    PDF_AS_TEXT,
    REDIRECTION,
    SESSION,
    SIGNATURE,
    expect,
)
from tests.kontomatik.documents import element, fields, one_transaction, reply
from tests.kontomatik.loopback import Vendor, answer, head

Connect = Callable[..., Client]
IBAN = "PL69137013140000049678278112"
NAME = "Maria Planted-Sochacka"
BODY = "planted body of the reply"
FILES = [PASSWORD, PDF_AS_TEXT.decode(), PDF[:20].decode(), OWN.decode()]
PLANTED = [KEY, OWNER, REDIRECTION, SESSION, SIGNATURE, COMMAND, IBAN, IBAN[4:], NAME, "Planted", BODY, *FILES]
PRIVATE = f"{BODY} {NAME} {IBAN}"

REFUSALS = [
    (400, reply(element("exception", element("message", PRIVATE), name="InvalidParameter"))),
    (400, reply(element("exception", element("message", PRIVATE), name=PRIVATE))),
    (401, reply(element("comment", PRIVATE + KEY))),
    (404, reply(element("exception", name=f"{IBAN}"))),
    (400, f'{{"exception": "{PRIVATE}"}}'.encode()),
    (400, f'{{"code": "{NAME}", "message": "{KEY}"}}'.encode()),
    (403, PRIVATE.encode()),
    (500, f"<html>{PRIVATE}</html>".encode()),
    (302, PRIVATE.encode()),
    (200, PRIVATE.encode()),
    (200, f"<html>{PRIVATE}".encode()),
    (200, f"<reply><{'x' * 50}>{PRIVATE}".encode()),
    (200, f'{{"redirectionId": "{REDIRECTION}", "redirectionLink": "javascript:{PRIVATE}"}}'.encode()),
]
FAULTS = [
    requests.ConnectionError(f"HTTPSConnectionPool: {OWNER} {REDIRECTION}"),
    requests.ReadTimeout(PRIVATE),
    requests.ConnectTimeout(PRIVATE),
    requests.exceptions.SSLError(PRIVATE),
    requests.exceptions.ProxyError(f"http://user:{KEY}@proxy"),
    requests.exceptions.InvalidURL(OWNER),
    requests.exceptions.ChunkedEncodingError(PRIVATE),
]


def told(error: BaseException) -> str:
    """Return all that a log, an error page or a crash report could show of an error by itself."""
    chain: list[BaseException | None] = [error, error.__cause__, error.__context__]
    shown = [repr(one) + str(one) + repr(vars(one) if one is not None else "") for one in chain]
    return "\n".join([*shown, *traceback.format_exception(error)])


def assert_clean(text: str) -> None:
    assert [secret for secret in PLANTED if secret in text] == []


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "urllib3.connection", "requests", "onboarding"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("status", "body"), REFUSALS)
def test_a_refusal_or_garbled_reply_tells_nothing(
    status: int,
    body: bytes,
    call: str,
    client: Client,
    vendor: responses.RequestsMock,
    lines: pytest.LogCaptureFixture,
) -> None:
    expect(vendor, call, status=status, body=body, headers={"Location": f"https://x.example/{OWNER}"})
    try:
        CALLS[call](client)
    except KontomatikError as error:
        assert_clean(told(error))
    assert_clean(lines.text)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_connection_tells_nothing_and_has_no_chain(
    fault: Exception, call: str, client: Client, vendor: responses.RequestsMock, lines: pytest.LogCaptureFixture
) -> None:
    expect(vendor, call, body=fault)
    with pytest.raises(KontomatikError) as raised:
        CALLS[call](client)
    assert_clean(told(raised.value))
    assert_clean(lines.text)
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


SCRIPTS = {
    "closed": b"",
    "no http": PRIVATE.encode() + b"\r\n\r\n",
    "cut": head(Content_Length=10_000) + PRIVATE.encode(),
    "broken header": b"HTTP/1.1 200 OK\r\n" + PRIVATE.encode() + b"\r\nX: 1\r\n\r\n",
    "broken gzip": answer(PRIVATE.encode(), Content_Encoding="gzip"),
    "broken chunk": head(Transfer_Encoding="chunked") + PRIVATE.encode() + b"\r\n",
    "refusal": answer(PRIVATE.encode(), "500 " + NAME),
    "redirect": answer(b"", "302 Found", Location=f"http://127.0.0.1:1/{OWNER}?{SESSION}"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_fault_on_the_wire_tells_nothing_in_any_log(
    script: str, call: str, loopback: Vendor, connect: Connect, lines: pytest.LogCaptureFixture
) -> None:
    loopback.plays(lambda connection: connection.sendall(SCRIPTS[script]))
    try:
        CALLS[call](connect())
    except KontomatikError as error:
        assert_clean(told(error))
    assert_clean(lines.text)


@pytest.mark.parametrize("call", CALLS)
def test_a_good_answer_tells_nothing_in_any_log(
    call: str, loopback: Vendor, connect: Connect, lines: pytest.LogCaptureFixture
) -> None:
    signed_in = f'{{"params": {{"sessionId": "{SESSION}", "sessionIdSignature": "{SIGNATURE}"}}}}'.encode()
    opened = f'{{"redirectionId": "{REDIRECTION}", "redirectionLink": "http://localhost/{OWNER}"}}'.encode()
    taken = f'{{"statementId": "{COMMAND}", "requestId": "{COMMAND}", "ownerExternalId": "{OWNER}"}}'.encode()
    read = reply(element("statement", id=COMMAND, isConsistent="true"), ownerExternalId=OWNER)
    bodies = {
        "begin_signin": opened,
        "signin_status": signed_in,
        "send_statement": read,
        "send_statement_json": taken,
        "send_statement_trusted": taken,
        "upload_owner": taken,
    }
    started = reply(element("command", id=COMMAND, state="setup"), ownerExternalId=OWNER)
    loopback.sends(answer(bodies.get(call, started)))
    CALLS[call](connect())
    assert_clean(lines.text)
    assert "HTTP 200" in lines.text


def test_a_client_and_a_signed_in_status_tell_nothing(client: Client) -> None:
    status = SignInStatus(state=SignInState.SIGNED_IN, session_id=SESSION, session_signature=SIGNATURE)
    assert_clean(f"{client!r} {client} {status!r} {status}")


BROKEN = [
    one_transaction(title=PRIVATE, party=NAME, partyIban=IBAN, currencyAmount=IBAN),
    one_transaction(title=PRIVATE, bookedOn=NAME),
    one_transaction(title=PRIVATE, currencyBalance="1,50", party=NAME),
    one_transaction(title=PRIVATE, currencyAmount=""),
    one_transaction(title=PRIVATE)[:-40],
    reply(PRIVATE, element("exception", element("message", PRIVATE), name=PRIVATE)),
    f"<{NAME.split()[0]}-Planted>{PRIVATE}".encode(),
    reply(element("owner", fields(name=NAME) * 40, externalId=OWNER)).replace(b"</reply>", b"&Planted;</reply>"),
    f'<?xml version="1.0" encoding="Planted"?><reply>{PRIVATE}</reply>'.encode(),
    f"<!DOCTYPE Planted SYSTEM '{OWNER}'><reply/>".encode(),
]


@pytest.mark.parametrize("document", BROKEN)
def test_a_refused_aggregate_tells_nothing(document: bytes, lines: pytest.LogCaptureFixture) -> None:
    records: list[Any] = []
    with pytest.raises(AggregateRefused) as refused:
        records.extend(read_aggregate(io.BytesIO(document)))
    assert_clean(told(refused.value))
    assert_clean(lines.text)
