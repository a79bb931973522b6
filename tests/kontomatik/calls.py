"""The client's six calls by name, with planted values that must never be seen again, and where each call goes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import responses
from responses import matchers

from onboarding.kontomatik.client import Client

BASE = "https://vendor.example"
KEY = "planted-key-7c1e5d"
OWNER = "5f0c2f3e-planted-owner"
REDIRECTION = "planted-redirection-91"
SESSION = "planted-session-42"
SIGNATURE = "planted-signature-17=="
COMMAND = "455026009"
RETURN = "https://site.example/return/"
SINCE = date(2022, 11, 25)
HEADERS = {"X-Api-Key": KEY}


def fetch(client: Client, **options: Any) -> bytes:
    with client.aggregate(owner_external_id=OWNER, **options) as stream:
        return stream.read()


def begin(client: Client, target: str | None = None) -> object:
    return client.begin_signin(redirect_uri=RETURN, owner_external_id=OWNER, country="pl", locale="pl", target=target)


CALLS: dict[str, Callable[[Client], object]] = {
    "begin_signin": begin,
    "signin_status": lambda client: client.signin_status(redirection_id=REDIRECTION),
    "start_import": lambda client: client.start_import(session_id=SESSION, session_signature=SIGNATURE, since=SINCE),
    "command": lambda client: client.command(command_id=COMMAND),
    "aggregate": fetch,
    "delete_owner": lambda client: client.delete_owner(owner_external_id=OWNER),
}
METHODS = {
    "begin_signin": (responses.POST, "/v1/signin/redirection"),
    "signin_status": (responses.GET, "/v1/signin/redirection-status"),
    "start_import": (responses.POST, "/v1/command/default-import.xml"),
    "command": (responses.GET, f"/v1/command/{COMMAND}.xml"),
    "aggregate": (responses.GET, "/v1/data.xml"),
    "delete_owner": (responses.DELETE, "/v1/data.xml"),
}
SENT = {
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
}


def expect(vendor: responses.RequestsMock, call: str, **answer: Any) -> None:
    """Expect one call exactly as the contract wants it sent, and answer it."""
    method, path = METHODS[call]
    vendor.add(method, BASE + path, match=[matchers.header_matcher(HEADERS), *SENT[call]], **answer)
