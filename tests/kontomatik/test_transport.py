"""Faults of the connection itself, against a real server on loopback."""

import contextlib
import gzip
import io
import itertools
import socket
import struct
import zlib
from collections.abc import Callable

import pytest
import requests

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled, KontomatikError, OutcomeUnknown, Unavailable, UploadRefused
from onboarding.kontomatik.records import StatementForm
from tests import ports
from tests.kontomatik.calls import BASE, CALLS, KEY, ONCE, SILENT, upload
from tests.kontomatik.documents import element, one_transaction, reply
from tests.kontomatik.loopback import Vendor, answer, head

Connect = Callable[..., Client]
COMMAND = reply(element("command", id="7", state="setup"))
READING = ["signin_status", "command", "aggregate", "delete_owner", "begin_signin", "catalog", "statement_catalog"]
SHORT = {"deadline": 0.3, "aggregate_deadline": 0.3, "statement_deadline": 0.3, "upload_deadline": 0.3}


def refused(client: Client, call: str) -> KontomatikError:
    with pytest.raises(KontomatikError) as raised:
        CALLS[call](client)
    return raised.value


def lost(call: str) -> type[KontomatikError]:
    """Say what a lost answer is: what is sent once must not be taken for undone."""
    return OutcomeUnknown if call in ONCE else Unavailable


@pytest.mark.parametrize("call", CALLS)
def test_a_refused_connection_never_sent_anything(call: str) -> None:
    error = refused(Client(base_url=f"http://127.0.0.1:{ports.closed()}", api_key=KEY), call)
    assert (type(error), error.code) == (Unavailable, "NoConnection")


def test_a_name_that_nobody_knows_never_sent_anything() -> None:
    error = refused(Client(base_url="http://vendor.invalid", api_key=KEY), "start_import")
    assert (type(error), error.code) == (Unavailable, "NoConnection")


def test_a_tls_greeting_without_an_answer_never_sent_anything(loopback: Vendor, connect: Connect) -> None:
    loopback.holds()
    client = connect(base_url=f"https://127.0.0.1:{loopback.port}", connect_timeout=0.2)
    assert type(refused(client, "start_import")) is Unavailable


def test_a_server_that_speaks_no_tls_never_sent_anything(loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: connection.sendall(b"hello, this is no TLS at all\r\n\r\n" * 9))
    client = connect(base_url=f"https://127.0.0.1:{loopback.port}", connect_timeout=0.5)
    assert type(refused(client, "start_import")) is Unavailable


@pytest.mark.parametrize("call", [call for call in CALLS if call not in SILENT])
def test_silence_after_the_request_is_a_lost_answer(call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.holds()
    error = refused(connect(read_timeout=0.2), call)
    assert (type(error), error.code) == (lost(call), "ReadTimeout")


@pytest.mark.parametrize("call", [call for call in CALLS if call not in SILENT])
def test_silence_in_the_body_is_a_lost_answer(call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.holds(head(Content_Length=100) + b"<reply>")
    error = refused(connect(read_timeout=0.2), call)
    assert (type(error), error.code) == (lost(call), "ReadTimeout")


@pytest.mark.parametrize("start", [b"", head(Content_Length=100) + b"<reply>"])
@pytest.mark.parametrize("call", sorted(SILENT))
def test_a_vendor_that_is_at_work_is_waited_for_until_the_deadline(
    call: str, start: bytes, loopback: Vendor, connect: Connect
) -> None:
    loopback.holds(start)
    error = refused(connect(**{**SHORT, "read_timeout": 0.05}), call)
    assert (type(error), error.code) == (OutcomeUnknown, "DeadlinePassed")


LONG = b"0" * 20_000_000
LONG_CALLS: dict[str, Callable[[Client], object]] = {
    "send_statement": lambda client: client.send_statement(pdf=LONG, owner_external_id="o", form=StatementForm.JSON),
    "upload_owner": lambda client: upload(client, LONG),
}


@pytest.mark.parametrize("call", LONG_CALLS)
def test_a_long_body_that_nobody_reads_ends_at_the_deadline(call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.reads_heads_only = True
    loopback.holds()
    with pytest.raises(OutcomeUnknown, match="DeadlinePassed"):
        LONG_CALLS[call](connect(**SHORT))


@pytest.mark.parametrize("call", LONG_CALLS)
def test_a_long_body_may_take_longer_than_a_connection(call: str, loopback: Vendor, connect: Connect) -> None:
    def reads_late(connection: socket.socket) -> None:
        loopback.ended.wait(0.5)
        connection.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while connection.recv(1_000_000):
                pass
        connection.sendall(answer(b'{"statementId": "7", "requestId": "7"}'))

    loopback.reads_heads_only = True
    loopback.plays(reads_late)
    assert LONG_CALLS[call](connect(connect_timeout=0.2))


def test_a_refusal_that_comes_before_the_body_was_read_is_heard(loopback: Vendor, connect: Connect) -> None:
    loopback.reads_heads_only = True
    loopback.plays(lambda connection: connection.sendall(answer(b"", "413 Too Large", Connection="close")))
    with pytest.raises(UploadRefused, match="Http413"):
        upload(connect(), LONG)


def test_a_streamed_body_is_sent_whole_and_with_its_length(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(b'{"requestId": "r"}'))
    payload = bytes(range(256)) * 1000
    connect().upload_owner(payload=io.BytesIO(payload + b"not announced"), size=len(payload))
    top, _, body = loopback.requests[0].partition(b"\r\n\r\n")
    assert body == payload
    assert b"content-length: %d" % len(payload) in top.lower()
    assert b"transfer-encoding" not in top.lower()


def test_a_body_shorter_than_announced_is_not_taken_for_sent(loopback: Vendor, connect: Connect) -> None:
    loopback.holds()
    with pytest.raises(ValueError, match="shorter"):
        connect().upload_owner(payload=io.BytesIO(b"short"), size=6)


@pytest.mark.parametrize("call", CALLS)
def test_a_connection_closed_without_an_answer_is_a_lost_answer(call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: None)
    assert type(refused(connect(), call)) is lost(call)


@pytest.mark.parametrize("call", CALLS)
def test_a_connection_reset_after_the_request_is_a_lost_answer(call: str, loopback: Vendor, connect: Connect) -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    loopback.plays(reset)
    assert type(refused(connect(), call)) is lost(call)


TRICKLES = {
    "status line": b"",
    "header": b"HTTP/1.1 200 OK\r\nX-Note: ",
    "continue": b"HTTP/1.1 100 Continue\r\nX-Note: ",
    "body": head(Content_Length=10**6),
    "chunk size": head(Transfer_Encoding="chunked"),
    "chunk": head(Transfer_Encoding="chunked") + b"ffff\r\n",
    "refusal": head("503 Busy", Content_Length=10**6),
    "gzip": head(Content_Encoding="gzip", Content_Length=10**6) + gzip.compress(b" " * 60_000, compresslevel=0)[:15],
}
BOMB = gzip.compress(b" " * 30_000_000)


@pytest.mark.parametrize("call", ["command", "aggregate", "start_import", "send_statement", "upload_owner"])
@pytest.mark.parametrize("part", TRICKLES)
def test_an_answer_that_trickles_ends_at_the_deadline(part: str, call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.trickles(TRICKLES[part], itertools.repeat(b"1"))
    error = refused(connect(**SHORT), call)
    assert (type(error), error.code) == (lost(call), "DeadlinePassed")


def test_a_long_answer_that_trickles_is_given_up_long_before_its_deadline(loopback: Vendor, connect: Connect) -> None:
    loopback.trickles(head(Content_Length=10**6), itertools.repeat(b"1"))
    seconds = itertools.count()
    client = connect(clock=lambda: float(next(seconds)), aggregate_deadline=300.0)
    assert type(refused(client, "aggregate")) is Unavailable
    assert next(seconds) < 100


def test_headers_without_end_end_at_the_deadline_or_before(loopback: Vendor, connect: Connect) -> None:
    loopback.trickles(b"HTTP/1.1 200 OK\r\n", (f"X-{number}: a\r\n".encode() for number in itertools.count()))
    assert type(refused(connect(**SHORT), "command")) is Unavailable


def test_an_answer_that_floods_ends_at_the_deadline_too(loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: connection.sendall(head(Content_Length=10**9) + b"1" * 10_000_000))
    seconds = itertools.count()
    error = refused(connect(clock=lambda: float(next(seconds))), "aggregate")
    assert (type(error), error.code) == (Unavailable, "DeadlinePassed")


CUT = {
    "length": head(Content_Length=1000) + COMMAND,
    "chunk": head(Transfer_Encoding="chunked") + b"fff\r\n" + COMMAND,
    "chunks": head(Transfer_Encoding="chunked") + b"%x\r\n%b\r\n" % (len(COMMAND), COMMAND),
}


@pytest.mark.parametrize("call", ["command", "aggregate", "start_import", "send_statement", "upload_owner"])
@pytest.mark.parametrize("frame", CUT)
def test_an_answer_cut_short_by_its_connection_is_a_lost_answer(
    frame: str, call: str, loopback: Vendor, connect: Connect
) -> None:
    loopback.plays(lambda connection: connection.sendall(CUT[frame]))
    error = refused(connect(), call)
    assert (type(error), error.code) == (lost(call), "CutShort")


def test_a_reply_without_a_length_that_ends_early_is_garbled(loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: connection.sendall(head(Connection="close") + COMMAND[:-5]))
    assert type(refused(connect(), "command")) is Garbled


@pytest.mark.parametrize(
    "start", [b"hello\r\n\r\n", b"HTTP/1.1 999999 OK\r\n\r\n", b"HTTP/9 200 OK\r\n\r\n", b"\r\n\r\n"]
)
def test_an_answer_that_is_no_http_is_a_lost_answer(start: bytes, loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: connection.sendall(start))
    assert type(refused(connect(), "command")) is Unavailable
    assert type(refused(connect(), "start_import")) is OutcomeUnknown


def test_a_compressed_reply_is_read(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(gzip.compress(one_transaction()), Content_Encoding="gzip"))
    assert CALLS["aggregate"](connect()) == one_transaction()


@pytest.mark.parametrize("call", READING)
def test_a_gzip_bomb_stops_at_the_limit(call: str, loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(BOMB, Content_Encoding="gzip"))
    limits = {"max_reply_bytes": 10**6, "max_command_bytes": 10**6, "max_aggregate_bytes": 10**6}
    error = refused(connect(**limits), call)
    assert (type(error), error.code) == (Garbled, "TooLong")


def test_a_gzip_bomb_as_a_refusal_leaves_its_status(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(BOMB, "503 Busy", Content_Encoding="gzip", Retry_After=9))
    error = refused(connect(), "command")
    assert isinstance(error, Unavailable)
    assert (error.code, error.retry_after) == ("Http503", 9)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"this is not gzip"),
        ("deflate", zlib.compress(COMMAND)),
        ("br", b"?"),
        ("gzip, gzip", gzip.compress(gzip.compress(COMMAND))),
    ],
)
def test_a_compression_that_can_not_be_read_is_garbled(
    encoding: str, body: bytes, loopback: Vendor, connect: Connect
) -> None:
    loopback.sends(answer(body, Content_Encoding=encoding))
    assert type(refused(connect(), "command")) is Garbled


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_the_key_never_follows_a_redirect(status: str, call: str, loopback: Vendor, connect: Connect) -> None:
    with Vendor() as elsewhere:
        elsewhere.sends(answer(COMMAND))
        loopback.sends(answer(b"moved", status, Location=f"{elsewhere.address}/v1/data.xml"))
        error = refused(connect(), call)
    assert error.code == "Redirected"
    assert elsewhere.connections == 0


def test_a_redirects_endless_body_is_not_read(loopback: Vendor, connect: Connect) -> None:
    loopback.holds(head("302 Found", Content_Length=10**9, Location="http://elsewhere.example/"))
    assert refused(connect(), "command").code == "Redirected"


def test_connections_are_used_again(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(COMMAND))
    client = connect()
    for _ in range(3):
        CALLS["command"](client)
    assert (loopback.connections, len(loopback.requests)) == (1, 3)


def test_the_start_of_an_import_never_risks_a_connection_that_waited(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(COMMAND))
    client = connect()
    CALLS["command"](client)
    CALLS["start_import"](client)
    assert loopback.connections == 2


def test_a_connection_that_the_vendor_closed_is_replaced(loopback: Vendor, connect: Connect) -> None:
    loopback.plays(lambda connection: connection.sendall(answer(COMMAND)))
    client = connect()
    CALLS["command"](client)
    assert loopback.closed.acquire(timeout=5)
    CALLS["command"](client)
    assert loopback.connections == 2


def test_a_request_says_who_asks_and_keeps_no_cookie(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(COMMAND, Set_Cookie="a=b"))
    client = connect()
    CALLS["command"](client)
    CALLS["command"](client)
    top = loopback.requests[1].lower()
    assert b"x-api-key: " + KEY.encode() in top
    assert b"accept: application/xml" in top
    assert b"cookie" not in top


def test_nothing_is_taken_from_the_environment(
    loopback: Vendor, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{ports.closed()}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    loopback.sends(answer(COMMAND))
    CALLS["command"](connect())
    assert len(loopback.requests) == 1


def test_a_session_may_bring_a_proxy(loopback: Vendor, connect: Connect) -> None:
    loopback.sends(answer(COMMAND))
    session = requests.Session()
    session.proxies = {"http": loopback.address}
    CALLS["command"](connect(base_url="http://vendor.example", session=session))
    assert loopback.requests[0].startswith(b"GET http://vendor.example/v1/command/")


def test_a_proxy_that_trickles_ends_at_the_deadline(loopback: Vendor, connect: Connect) -> None:
    loopback.trickles(b"HTTP/1.1 200 OK\r\nX-Note: ", itertools.repeat(b"1"))
    session = requests.Session()
    session.proxies = {"https": loopback.address}
    error = refused(connect(base_url="https://vendor.example", session=session, **SHORT), "command")
    assert type(error) is Unavailable


def test_a_session_that_checks_no_certificate_is_not_taken() -> None:
    session = requests.Session()
    session.verify = False
    with pytest.raises(ValueError, match="certificates"):
        Client(base_url=BASE, api_key=KEY, session=session)
