"""What files hold, and what the vendor answers when they are sent, together with what must have been sent."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import requests
import responses

from onboarding import vault
from onboarding.models import Onboarding
from tests import vendor_says
from tests.kontomatik.sent import multipart_matcher

STATEMENT_PATH = vendor_says.BASE + "/v1/statement.xml"
JSON_STATEMENT_PATH = vendor_says.BASE + "/v1/pdf/statement"
UPLOAD_PATH = vendor_says.BASE + "/v1/owner"
IBAN = vendor_says.OTHER_IBAN

MT940 = f""":20:STARTOFSTMT
:25:{IBAN}
:28C:1/1
:60F:C260301PLN100,00
:61:2603100310D20,00NTRFNONREF
:86:020~00Rent~20Rent March
:61:2603110311C5,50NTRFNONREF
:86:020~00Back~20Refund
:62F:C260331PLN85,50
-
""".encode()
CSV = "Data;Kwota;Tytuł\n2026-03-10;-20,00;Rent\n2026-03-11;5,50;Refund\n".encode()


def statement(vendor: responses.RequestsMock, onboarding: Onboarding, pdf: bytes, **reply: Any) -> Any:
    """Expect a statement to be sent in the XML form under the onboarding's owner id."""
    parts = {
        "ownerExternalId": (None, None, onboarding.owner_external_id.encode()),
        "pdfAsBase64": (None, None, base64.b64encode(pdf)),
    }
    return vendor.post(STATEMENT_PATH, match=[vendor_says.KEY, multipart_matcher(parts)], **reply)


def statement_body(*ibans: str, owner: str = "", bank: str = "KontoBank SA") -> str:
    """The reply to a statement that was taken."""
    accounts = "".join(f"<account><iban>{iban}</iban><currencyName>PLN</currencyName></account>" for iban in ibans)
    named = f' ownerExternalId="{owner}"' if owner else ""
    return (
        f'<reply status="200 OK"{named}><statement id="s-77" isConsistent="true" bank="{bank}">'
        f"<accounts>{accounts}</accounts></statement></reply>"
    )


def upload(vendor: responses.RequestsMock, **reply: Any) -> Any:
    """Expect own data to be sent."""
    return vendor.post(UPLOAD_PATH, match=[vendor_says.KEY], **reply)


def upload_taken(vendor: responses.RequestsMock) -> Any:
    """Answer that own data was taken."""
    return upload(vendor, json={"requestId": "u-88"})


def payload_of(name: str) -> Any:
    """Return what a payload in the vault says."""
    return json.loads(gzip.decompress(b"".join(vault.chunks(name))))


def aggregate_of(
    vendor: responses.RequestsMock, onboarding: Onboarding, *owners: tuple[str, str], **kwargs: Any
) -> Any:
    """Answer with an aggregate of these owners: the origin, and what stands in it."""
    inner = "".join(
        f'<owner externalId="{onboarding.owner_external_id}"{_origin(origin)}>{targets}</owner>'
        for origin, targets in owners
    )
    return vendor_says.aggregate(vendor, onboarding, body=f'<reply status="200 OK">{inner}</reply>', **kwargs)


def _origin(origin: str) -> str:
    return f' origin="{origin}"' if origin else ""


def meanwhile(act: Callable[[], object], reply: tuple[int, str]) -> Callable[[requests.PreparedRequest], Any]:
    """Answer a request after something else has happened."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        act()
        return reply[0], {}, reply[1]

    return answer
