"""The client's calls by name, with planted values that must never be seen again, and where each call goes."""

import base64
import gzip
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import responses
from responses import matchers

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.records import StatementForm
from tests.kontomatik.sent import gzip_matcher, multipart_matcher

BASE = "https://vendor.example"
KEY = "planted-key-7c1e5d"
OWNER = "5f0c2f3e-planted-owner"
REDIRECTION = "planted-redirection-91"
SESSION = "planted-session-42"
SIGNATURE = "planted-signature-17=="
COMMAND = "455026009"
RETURN = "https://site.example/return/"
SINCE = date(2022, 11, 25)
PDF = b"%PDF-1.7 planted-bytes \xff\x00 of a statement\n%%EOF"
PDF_AS_TEXT = base64.b64encode(PDF)
PASSWORD = "planted-pässword"
OWN = b'{"ownerExternalId": "planted-own-rows"}'
PAYLOAD = gzip.compress(OWN, mtime=0)
HEADERS = {"X-Api-Key": KEY}


def fetch(client: Client, **options: Any) -> bytes:
    with client.aggregate(owner_external_id=OWNER, **options) as stream:
        return stream.read()


def begin(client: Client, target: str | None = None) -> object:
    return client.begin_signin(redirect_uri=RETURN, owner_external_id=OWNER, country="pl", locale="pl", target=target)


def send(client: Client, form: StatementForm, **options: Any) -> object:
    return client.send_statement(pdf=PDF, owner_external_id=OWNER, form=form, **options)


def upload(client: Client, payload: bytes = PAYLOAD) -> object:
    return client.upload_owner(payload=io.BytesIO(payload), size=len(payload))


CALLS: dict[str, Callable[[Client], object]] = {
    "begin_signin": begin,
    "signin_status": lambda client: client.signin_status(redirection_id=REDIRECTION),
    "start_import": lambda client: client.start_import(session_id=SESSION, session_signature=SIGNATURE, since=SINCE),
    "command": lambda client: client.command(command_id=COMMAND),
    "aggregate": fetch,
    "delete_owner": lambda client: client.delete_owner(owner_external_id=OWNER),
    "send_statement": lambda client: send(client, StatementForm.XML, password=PASSWORD),
    "send_statement_json": lambda client: send(client, StatementForm.JSON, password=PASSWORD),
    "send_statement_trusted": lambda client: send(client, StatementForm.JSON_TRUSTED, password=PASSWORD),
    "upload_owner": upload,
    "catalog": lambda client: client.catalog(country="pl"),
    "statement_catalog": lambda client: client.statement_catalog(country="pl"),
}
STATEMENTS = ("send_statement", "send_statement_json", "send_statement_trusted")
# The vendor works before it answers these, so it may be silent until the deadline.
SILENT = frozenset({"upload_owner", *STATEMENTS})
# What must not be repeated blindly: a lost answer leaves its outcome unknown.
ONCE = SILENT | {"start_import"}
METHODS = {
    "begin_signin": (responses.POST, "/v1/signin/redirection"),
    "signin_status": (responses.GET, "/v1/signin/redirection-status"),
    "start_import": (responses.POST, "/v1/command/default-import.xml"),
    "command": (responses.GET, f"/v1/command/{COMMAND}.xml"),
    "aggregate": (responses.GET, "/v1/data.xml"),
    "delete_owner": (responses.DELETE, "/v1/data.xml"),
    "send_statement": (responses.POST, "/v1/statement.xml"),
    "send_statement_json": (responses.POST, "/v1/pdf/statement"),
    "send_statement_trusted": (responses.POST, "/v1/pdf/statement-trusted"),
    "upload_owner": (responses.POST, "/v1/owner"),
    "catalog": (responses.GET, "/v1/catalog.xml"),
    "statement_catalog": (responses.GET, "/v1/parser-catalog.xml"),
}
AS_TEXT = (None, None, PDF_AS_TEXT)
AS_FILE = ("statement.pdf", "application/pdf", PDF)
NAMED = {"ownerExternalId": (None, None, OWNER.encode()), "password": (None, None, PASSWORD.encode())}
SENT: dict[str, list[Any]] = {
    "begin_signin": [
        matchers.json_params_matcher(
            {
                "redirectUri": RETURN,
                "ownerExternalId": OWNER,
                "country": "pl",
                "locale": "pl",
                "psd2": {"accessMode": "SINGLE"},
            }
        )
    ],
    "signin_status": [matchers.query_param_matcher({"redirectionId": REDIRECTION})],
    "start_import": [
        matchers.urlencoded_params_matcher(
            {"sessionId": SESSION, "sessionIdSignature": SIGNATURE, "since": "2022-11-25"}
        )
    ],
    "command": [],
    "aggregate": [matchers.query_param_matcher({"ownerExternalId": OWNER})],
    "delete_owner": [matchers.query_param_matcher({"ownerExternalId": OWNER})],
    "send_statement": [multipart_matcher({**NAMED, "pdfAsBase64": AS_TEXT})],
    "send_statement_json": [multipart_matcher({**NAMED, "pdf": AS_FILE})],
    "send_statement_trusted": [multipart_matcher({**NAMED, "pdf": AS_FILE})],
    "upload_owner": [
        matchers.header_matcher(
            {"Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": str(len(PAYLOAD))}
        ),
        gzip_matcher(OWN),
    ],
    "catalog": [matchers.query_param_matcher({"country": "pl"})],
    "statement_catalog": [matchers.query_param_matcher({"country": "pl"})],
}


def expect(vendor: responses.RequestsMock, call: str, **answer: Any) -> None:
    """Expect one call exactly as the contract wants it sent, and answer it."""
    method, path = METHODS[call]
    vendor.add(method, BASE + path, match=[matchers.header_matcher(HEADERS), *SENT[call]], **answer)
