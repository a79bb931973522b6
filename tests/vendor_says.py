"""What the vendor answers, put on the HTTP edge together with what must have been sent for it."""

from datetime import date
from typing import Any

import requests
import responses
from django.conf import settings
from responses import matchers

from onboarding.models import Onboarding, Source
from tests import rows

BASE = "https://vendor.example"
KEY = matchers.header_matcher({"X-Api-Key": "planted-api-key-0451"})
COMMAND = "455026009"
IBAN = "PL69137013140000049678278112"
OTHER_IBAN = "PL61109010140000071219812874"

COMMAND_PATH = BASE + "/v1/command/{}.xml"
START_PATH = BASE + "/v1/command/default-import.xml"
REDIRECTION_PATH = BASE + "/v1/signin/redirection"
STATUS_PATH = BASE + "/v1/signin/redirection-status"
AGGREGATE_PATH = BASE + "/v1/data.xml"

NO_CONNECTION = requests.exceptions.ConnectTimeout()
NO_ANSWER = requests.exceptions.ReadTimeout()


def refusal(name: str) -> str:
    """An error reply as the contract's "Conventions" has it."""
    return f'<reply status="400 Bad Request"><exception name="{name}"><message>No.</message></exception></reply>'


def redirection(
    vendor: responses.RequestsMock, onboarding: Onboarding, *, target: str = "", country: str = "", **reply: Any
) -> responses.BaseResponse:
    """Expect a sign-in to be opened for an onboarding, at a bank that was chosen already if ``target`` names one."""
    sent: dict[str, Any] = {
        "redirectUri": f"{settings.SITE_URL}/return/",
        "ownerExternalId": onboarding.owner_external_id,
        "country": country or onboarding.country,
        "locale": onboarding.locale,
        "psd2": {"accessMode": "SINGLE"},
    }
    if target:
        sent["target"] = target
    if not reply:
        reply = {"json": {"redirectionId": "r-fresh", "redirectionLink": "https://signin.vendor.example/r-fresh"}}
    return vendor.post(REDIRECTION_PATH, match=[KEY, matchers.json_params_matcher(sent)], **reply)


def signin_status(vendor: responses.RequestsMock, source: Source, **reply: Any) -> responses.BaseResponse:
    """Expect to be asked what became of a sign-in."""
    sent = matchers.query_param_matcher({"redirectionId": source.bank.redirection_id})
    return vendor.get(STATUS_PATH, match=[KEY, sent], **reply)


def signed_in(vendor: responses.RequestsMock, source: Source, **params: str) -> responses.BaseResponse:
    """Answer that the person signed in."""
    session = {"sessionId": "planted-session-3001", "sessionIdSignature": rows.SIGNATURE, "target": "KontoBank"}
    return signin_status(vendor, source, json={"status": "success", "params": {**session, **params}})


def start(vendor: responses.RequestsMock, since: date | None = None, **reply: Any) -> responses.BaseResponse:
    """Expect the start of an import with the planted session."""
    sent = {"sessionId": "planted-session-3001", "sessionIdSignature": rows.SIGNATURE}
    if since:
        sent["since"] = since.isoformat()
    body = matchers.urlencoded_params_matcher(sent, allow_blank=False) if since else _form_holds(sent)
    return vendor.post(START_PATH, match=[KEY, body], **reply)


def _form_holds(sent: dict[str, str]) -> Any:
    def matches(request: requests.PreparedRequest) -> tuple[bool, str]:
        form = str(request.body)
        return all(f"{name}={value}" in form for name, value in sent.items()), "the session is not in the form"

    return matches


def started(vendor: responses.RequestsMock, onboarding: Onboarding, **kwargs: Any) -> responses.BaseResponse:
    """Answer the start of an import as the service does."""
    body = (
        f'<reply status="202 Accepted" ownerExternalId="{onboarding.owner_external_id}">'
        f'<command id="{COMMAND}" state="setup" name="DefaultImportCommand"/></reply>'
    )
    return start(vendor, **{"body": body, "status": 202, **kwargs})


def command(vendor: responses.RequestsMock, command_id: str = COMMAND, **reply: Any) -> responses.BaseResponse:
    """Expect to be asked where a command stands."""
    return vendor.get(COMMAND_PATH.format(command_id), match=[KEY], **reply)


def running(vendor: responses.RequestsMock, state: str = "in_progress") -> responses.BaseResponse:
    """Answer that the command is not finished."""
    return command(vendor, body=f'<reply status="200 OK"><command id="{COMMAND}" state="{state}"/></reply>')


def failed(vendor: responses.RequestsMock, name: str, state: str = "error") -> responses.BaseResponse:
    """Answer that the command failed."""
    exception = f'<exception name="{name}"><message>No.</message></exception>'
    body = f'<reply status="200 OK"><command id="{COMMAND}" state="{state}">{exception}</command></reply>'
    return command(vendor, body=body)


def successful(vendor: responses.RequestsMock, *ibans: str) -> responses.BaseResponse:
    """Answer that the command has read these accounts."""
    accounts = "".join(
        f"<account><name>Konto</name><iban>{iban}</iban><currencyName>PLN</currencyName></account>" for iban in ibans
    )
    return command(
        vendor,
        body=(
            f'<reply status="200 OK"><command id="{COMMAND}" state="successful" target="KontoBank" '
            f'institution="KontoBank"><result><accounts>{accounts}</accounts></result></command></reply>'
        ),
    )


def aggregate(vendor: responses.RequestsMock, onboarding: Onboarding, **reply: Any) -> responses.BaseResponse:
    """Expect the aggregate of an onboarding to be read."""
    sent = matchers.query_param_matcher({"ownerExternalId": onboarding.owner_external_id})
    return vendor.get(AGGREGATE_PATH, match=[KEY, sent], **reply)


def deletion(vendor: responses.RequestsMock, onboarding: Onboarding, **reply: Any) -> responses.BaseResponse:
    """Expect the deletion of everything of an onboarding."""
    sent = matchers.query_param_matcher({"ownerExternalId": onboarding.owner_external_id})
    return vendor.delete(AGGREGATE_PATH, match=[KEY, sent], **reply)


def owner_unknown(vendor: responses.RequestsMock, onboarding: Onboarding) -> responses.BaseResponse:
    """Answer that nothing is held under the onboarding's owner id."""
    return aggregate(vendor, onboarding, body=refusal("InvalidOwnerExternalId"), status=404)


def account_xml(iban: str = IBAN, *, amount: str = "-20.00", rows_count: int = 1) -> str:
    """One account of an aggregate."""
    booked = (
        f"<moneyTransaction><bookedOn>2026-03-10</bookedOn><currencyAmount>{amount}</currencyAmount>"
        "<title>Rent</title></moneyTransaction>"
    ) * rows_count
    return (
        f"<account><name>Konto</name><iban>{iban}</iban><currencyBalance>100.00</currencyBalance>"
        f"<currencyName>PLN</currencyName><moneyTransactions>{booked}</moneyTransactions></account>"
    )


def target_xml(*accounts: str, name: str = "KontoBank") -> str:
    """One bank of an aggregate."""
    inner = f"<accounts>{''.join(accounts)}</accounts>"
    return f'<target name="{name}" officialName="{name} SA" institution="{name}">{inner}</target>'


def aggregate_xml(owner: str, *targets: str) -> str:
    """A whole aggregate of one owner."""
    return f'<reply status="200 OK"><owner externalId="{owner}" origin="scraper">{"".join(targets)}</owner></reply>'


def aggregate_of(vendor: responses.RequestsMock, onboarding: Onboarding, *targets: str) -> responses.BaseResponse:
    """Answer with an aggregate that holds these banks."""
    return aggregate(vendor, onboarding, body=aggregate_xml(onboarding.owner_external_id, *targets))
