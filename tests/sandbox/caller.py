"""A plain client of the sandbox, and a person who clicks through its pages."""

import datetime as dt
import uuid
import xml.etree.ElementTree as ET
from types import TracebackType
from typing import Any, Self

import requests

KEY = "a-key-that-only-these-tests-use"
RETURN = "http://wizard.localhost:8000/return/"
TIMEOUT = 30
LONG_ENOUGH = 60


def owner_id() -> str:
    return str(uuid.uuid4())


def root(response: requests.Response) -> ET.Element:
    return ET.fromstring(response.content)  # noqa: S314


class Caller:
    """Speaks the contract to one sandbox and moves its clock."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = KEY
        self.person = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        self.person.close()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": TIMEOUT, "allow_redirects": False} | options
        return self.session.request(method, f"{self.address}{path}", **options)

    def control(self, method: str, what: str, **asked: Any) -> dict[str, Any]:
        response = self.call(method, f"/_control/{what}", json=asked)
        response.raise_for_status()
        return response.json()

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", advance=seconds)

    def fault(self, route: str, kind: str, **more: Any) -> None:
        self.control("POST", "faults", route=route, kind=kind, **more)

    # Signing in

    def begin(self, owner: str = "", **changes: Any) -> dict[str, str]:
        response = self.begin_with(self.redirection_request(owner) | changes)
        response.raise_for_status()
        return response.json()

    def begin_with(self, asked: object) -> requests.Response:
        return self.call("POST", "/v1/signin/redirection", json=asked)

    def redirection_request(self, owner: str = "") -> dict[str, Any]:
        return {
            "redirectUri": RETURN,
            "ownerExternalId": owner or owner_id(),
            "country": "pl",
            "locale": "pl",
            "psd2": {"accessMode": "SINGLE"},
        }

    def page(self, begun: dict[str, str], page: str = "") -> str:
        return f"{self.address}/signin/{begun['redirectionId']}/{page}"

    def click(self, begun: dict[str, str], page: str = "", **fields: str) -> requests.Response:
        return self.person.post(self.page(begun, page), fields, timeout=TIMEOUT, allow_redirects=False)

    def look(self, begun: dict[str, str], page: str = "") -> requests.Response:
        return self.person.get(self.page(begun, page), timeout=TIMEOUT, allow_redirects=False)

    def sign_in(
        self,
        begun: dict[str, str],
        login: str,
        *,
        target: str = "ZimorodekApi",
        password: str = "demo",  # noqa: S107 - shown on the page
        code: str = "123456",
    ) -> requests.Response:
        """Click from the first page to the last and return the last answer."""
        self.click(begun, target=target)
        self.click(begun, "consent/")
        answer = self.click(begun, "login/", login=login, password=password)
        if not answer.headers["Location"].startswith("/signin/"):
            return answer
        return self.click(begun, "code/", code=code)

    def status(self, begun: dict[str, str]) -> requests.Response:
        return self.call("GET", "/v1/signin/redirection-status", params={"redirectionId": begun["redirectionId"]})

    # Importing

    def mock_session(self, owner: str, login: str = "ok", **changes: str) -> dict[str, str]:
        """Return the form fields of a default import for a fresh session."""
        fields = {"login": login, "country": "pl", "ownerExternalId": owner, "multipleAccess": "false"}
        response = self.call("POST", "/v1/mock-session.xml", data=fields | changes)
        response.raise_for_status()
        session = root(response).find("session")
        assert session is not None
        since = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=90)
        return {
            "sessionId": session.attrib["id"],
            "sessionIdSignature": session.attrib["signature"],
            "since": since.isoformat(),
        }

    def start(self, fields: dict[str, str]) -> requests.Response:
        return self.call("POST", "/v1/command/default-import.xml", data=fields)

    def started(self, owner: str, login: str = "ok", **changes: str) -> str:
        """Start an import in a fresh session and return the command id."""
        response = self.start(self.mock_session(owner, login, **changes))
        assert response.status_code == 202, response.text
        command = root(response).find("command")
        assert command is not None
        return command.attrib["id"]

    def imported(self, owner: str, login: str = "ok", **changes: str) -> str:
        """Start an import, let its time pass, and return the command id."""
        command_id = self.started(owner, login, **changes)
        self.advance(LONG_ENOUGH)
        return command_id

    def command(self, command_id: str) -> requests.Response:
        return self.call("GET", f"/v1/command/{command_id}.xml")

    def command_state(self, command_id: str) -> str:
        command = root(self.command(command_id)).find("command")
        assert command is not None
        return command.attrib["state"]

    def aggregate(self, owner: str) -> requests.Response:
        return self.call("GET", "/v1/data.xml", params={"ownerExternalId": owner})

    def targets(self, owner: str) -> list[ET.Element]:
        return root(self.aggregate(owner)).findall("owner/target")


def refusal(response: requests.Response) -> tuple[int, str | None]:
    """Return the HTTP status and the exception's name, if there is one."""
    exception = root(response).find("exception")
    return response.status_code, exception.attrib["name"] if exception is not None else None
