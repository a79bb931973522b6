"""People without a browser: they fill in forms, follow where they are sent, and look at what the pages say."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests

TIMEOUT = 30
HIDDEN = re.compile(r'<input[^>]*name="(csrfmiddlewaretoken|intent)"[^>]*value="([^"]+)"')


@dataclass
class Walker:
    """One person, on a site whose bank is the sandbox."""

    site: str
    login: str = "ok"
    session: requests.Session = field(default_factory=requests.Session)
    onboarding: str = ""

    def get(self, path: str) -> requests.Response:
        response = self.session.get(urljoin(self.site, path), timeout=TIMEOUT)
        response.raise_for_status()
        return response

    def post(self, page: requests.Response, path: str, **fields: str) -> requests.Response:
        """Send a form of a page, with the hidden fields that it came with."""
        hidden = dict(HIDDEN.findall(page.text))
        response = self.session.post(
            urljoin(self.site, path), {**hidden, **fields}, headers={"Referer": page.url}, timeout=TIMEOUT
        )
        response.raise_for_status()
        return response

    def begin(self) -> None:
        """Agree; ends with an onboarding of their own."""
        hub = self.post(self.get("/start/"), "/start/", country="pl", consent="on")
        found = re.search(r"/o/[0-9a-f-]{36}/", hub.url)
        assert found, hub.url
        self.onboarding = found[0]

    def ask_for_bank(self) -> str:
        """Ask for a bank; return the address of its first page."""
        handoff = self.post(self.get(self.onboarding), f"{self.onboarding}banks/")
        found = re.search(r'href="(http://localhost:\d+/signin/[0-9a-f-]+/)"', handoff.text)
        assert found, handoff.url
        return found[1]

    def sign_in(self, address: str, *, until: str = "") -> None:
        """Sign in at the bank and come back; ``until`` names the bank's page at which to stop."""
        steps = {
            "": {"target": "ZimorodekApi"},
            "consent/": {},
            "login/": {"login": self.login, "password": "demo"},
            "code/": {"code": "123456"},
        }
        for page, given in steps.items():
            if until and page == until:
                return
            response = self.session.post(f"{address}{page}", given, timeout=TIMEOUT)
            response.raise_for_status()

    def send_statement(self, name: str, content: bytes) -> None:
        page = self.get(f"{self.onboarding}statements/")
        hidden = dict(HIDDEN.findall(page.text))
        response = self.session.post(
            page.url,
            {**hidden, "bank": "-"},
            files={"files": (name, content, "application/pdf")},
            headers={"Referer": page.url},
            timeout=TIMEOUT,
        )
        response.raise_for_status()

    def give_password(self, password: str) -> None:
        hub = self.get(self.onboarding)
        found = re.search(rf"{self.onboarding}files/[0-9a-f-]+/", hub.text)
        assert found, "no file asks for anything"
        self.post(self.get(found[0]), f"{found[0]}password/", password=password)

    def cards(self) -> list[str]:
        """Return the states of the cards in the list."""
        return re.findall(r'class="card card-([a-z_]+)" data-card', self.get(self.onboarding).text)

    def finish(self) -> None:
        page = self.get(f"{self.onboarding}finish/")
        self.post(page, f"{self.onboarding}finish/")

    def summary(self) -> requests.Response:
        return self.session.get(urljoin(self.site, f"{self.onboarding}summary.json"), timeout=TIMEOUT)
