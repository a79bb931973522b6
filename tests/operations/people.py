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

    def states(self) -> str:
        """Return what the list says, in one text without markup."""
        text = re.sub(r"<[^>]+>", " ", self.get(self.onboarding).text)
        return re.sub(r"\s+", " ", text)

    def finish(self) -> None:
        page = self.get(f"{self.onboarding}finish/")
        self.post(page, f"{self.onboarding}finish/")

    def summary(self) -> requests.Response:
        return self.session.get(urljoin(self.site, f"{self.onboarding}summary.json"), timeout=TIMEOUT)
