"""One person without a screen: asks for the pages a browser would, sends their forms, and does not give up easily."""

import html
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests

BANKS = ("ZimorodekApi", "PodLipamiApi")
PASSWORD, CODE = "demo", "123456"
LONGEST_WAIT_FOR_A_PAGE = 40
PAUSE_BEFORE_ANOTHER_TRY = 8.0
CARD = re.compile(r'id="source-([0-9a-f-]+)" class="card card-(\w+)"')
ASKS_AGAIN = re.compile(r'hx-get="([^"]+)" hx-trigger="every (\d+)s')
GO_ON = re.compile(r'id="go-[0-9a-f-]{36}"[^>]*href="([^"]+/banks/[^"]+)"')
WORDS = re.compile(r'<div class="words">(.*?)</div>', re.S)
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.S)
OVER = ("failed", "abandoned")


class GaveUp(Exception):
    """Say where a person was still waiting when their patience ended: they are stuck."""


@dataclass
class Wish:
    """What a person wants to do: banks by their logins, a statement to send, how long to wait, and odd habits.

    ``clicks`` is how often each button is pressed at the same instant; who ``wanders`` goes back, reloads, and opens
    old addresses again; who ``forgets`` loses the cookies once, after the start.
    """

    logins: tuple[str, ...] = ("ok",)
    statement: str = ""
    tries_again: int = 0
    patience: float = 300.0
    clicks: int = 1
    wanders: bool = False
    comes_back_elsewhere: bool = False
    forgets: bool = False


@dataclass
class Outcome:
    """How it ended for a person: what they were shown, what they were told on the way, each page's seconds."""

    uuid: str = ""
    document: dict[str, Any] | None = None
    told: list[str] = field(default_factory=list)
    stuck: str = ""
    faulty_pages: list[str] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    seconds: float = 0.0


class Person:
    """A person with one browser; ``stage`` says what they are doing just now."""

    def __init__(self, site: str, wish: Wish, statement: bytes = b"") -> None:
        self.site, self.wish, self.statement = site, wish, statement
        self.browser = _browser()
        self.outcome = Outcome()
        self.stage = "starting"
        self._until = 0.0
        self._bound_for = ("", "")
        self._tries_left = wish.tries_again

    def go(self) -> Outcome:
        """Walk the whole way; whatever happens, the outcome says how far it went."""
        began = time.monotonic()
        self._until = began + self.wish.patience
        try:
            self._walk()
        except GaveUp as error:
            self.outcome.stuck = str(error)
        self.stage = "gone"
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _walk(self) -> None:
        self._begin()
        for number, login in enumerate(self.wish.logins):
            self.connect(login, BANKS[number])
        if self.wish.statement:
            self._send_statement()
        hub = self.ask("GET", self.hub).text
        if any(state == "imported" for _uuid, state in CARD.findall(hub)):
            self._finish()
        elif not self.outcome.told:
            raise GaveUp(f"{self.stage}: left with {CARD.findall(hub)} and no word")

    # Pages

    def ask(self, method: str, address: str, fields: dict[str, str] | None = None, **options: Any) -> requests.Response:
        """Ask for a page until it comes: a person reloads, and presses the button again on the same form."""
        while True:
            began = time.monotonic()
            try:
                page = self.browser.request(method, address, data=fields, timeout=LONGEST_WAIT_FOR_A_PAGE, **options)
            except requests.RequestException as error:
                self.outcome.faulty_pages.append(f"{method} {_path(address)}: {type(error).__name__}")
            else:
                self.outcome.pages.append(time.monotonic() - began)
                # The page before a bank says so with a 503 when there is no way there just now.
                if page.status_code < 500 or b"/again/" in page.content:
                    return page
                self.outcome.faulty_pages.append(f"{method} {_path(page.url)}: {page.status_code}")
            self.wait(1.0, f"{method} {_path(address)}")

    def wait(self, seconds: float, for_what: str) -> None:
        if time.monotonic() + seconds > self._until:
            raise GaveUp(f"{self.stage}: {for_what}")
        time.sleep(seconds)

    def send(self, page: str, action: str, **fields: str) -> requests.Response:
        """Send the form of a page that leads to ``action``, as often as this person clicks; follow the last answer."""
        form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.S)
        if form is None:
            raise GaveUp(f"{self.stage}: no form for {_path(action)}")
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
        address, filled = urljoin(self.site, action), {**hidden, **fields}
        if self.wish.clicks > 1:
            with ThreadPoolExecutor(self.wish.clicks) as fingers:
                clicks = [fingers.submit(self.ask, "POST", address, filled) for _ in range(self.wish.clicks)]
            page = clicks[-1].result()
        else:
            page = self.ask("POST", address, filled)
        if self.wish.wanders:
            self.ask("GET", self.site)
            self.ask("POST", address, filled, allow_redirects=False)
        return page

    # The way

    def _begin(self) -> None:
        page = self.ask("GET", f"{self.site}/start/")
        # This form has no address of its own: it goes to the page it stands on.
        form = page.text.replace('<form method="post" class="panel"', '<form action="/start/"')
        hub = self.send(form, "/start/", country="pl", consent="on")
        found = re.search(r"/o/([0-9a-f-]{36})/", hub.url)
        if found is None:
            raise GaveUp(f"starting: no list after the consent but {_path(hub.url)}, {hub.status_code}")
        if self.wish.forgets and not self.outcome.uuid:
            self.browser.cookies.clear()
            assert self.ask("GET", hub.url).status_code == 404, "a list without its cookie"
            self.outcome.uuid = found[1]
            self._begin()
            return
        self.outcome.uuid = found[1]

    @property
    def hub(self) -> str:
        return f"{self.site}/o/{self.outcome.uuid}/"

    def connect(self, login: str, bank: str) -> None:
        """Connect a bank, and try it again as often as this person does."""
        self.stage = "signing in"
        self._bound_for = (login, bank)
        page = self.ask("GET", self.hub)
        self._sign_in(self.send(page.text, f"/o/{self.outcome.uuid}/banks/"), login, bank)
        while (failed := self._wait_for_cards()) and self._tries_left:
            self._tries_left -= 1
            self.wait(1.0, "trying again")
            page = self.ask("GET", self.hub)
            again = f"/o/{self.outcome.uuid}/banks/{failed}/again/"
            if again not in page.text:
                return
            shown = self.send(page.text, again)
            if "/banks/" in shown.url:
                self._sign_in(shown, login, bank)

    def _sign_in(self, page: requests.Response, login: str, bank: str) -> None:
        """Go from the page before the bank through the bank's pages and back."""
        while (link := re.search(r'id="continue"[^>]*href="([^"]+)"', page.text)) is None:
            if again := re.search(r'action="([^"]+/again/)"', page.text):
                self.outcome.told.extend(_plain(words) for words in WORDS.findall(page.text))
                if not self._tries_left:
                    return
                self._tries_left -= 1
                self.wait(PAUSE_BEFORE_ANOTHER_TRY, "the way to the bank")
                page = self.send(page.text, again[1])
            else:
                self.wait(1.0, "the way to the bank")
                page = self.ask("GET", page.url)
            if "/banks/" not in page.url:
                return
        way = html.unescape(link[1])
        self.ask("POST", way, {"target": bank})
        self.ask("POST", f"{way}consent/")
        self.wait(0.2, "at the bank")
        own = self.browser
        if self.wish.comes_back_elsewhere:
            self.browser = _browser()
        after = self.ask("POST", f"{way}login/", {"login": login, "password": PASSWORD})
        if after.url.startswith(way):
            after = self.ask("POST", f"{way}code/", {"code": CODE})
        if self.wish.comes_back_elsewhere:
            self._prove(after, waiting=own)
        if self.wish.wanders:
            for back in [one.url for one in after.history if one.url.startswith(f"{self.site}/return/")]:
                self.ask("GET", back)

    def _prove(self, page: requests.Response, *, waiting: requests.Session) -> None:
        """Type the code that the waiting window shows into the page of the other browser; go on in the first one."""
        if "hop" in (hop := html.unescape(page.text)) and 'name="code"' not in page.text:
            found = re.search(r'url=([^"]+hop[^"]*)"', hop) or re.search(r'href="([^"]+hop[^"]*)"', hop)
            if found is None:
                raise GaveUp("signing in: no way on from the neutral page")
            page = self.ask("GET", urljoin(page.url, found[1]))
        other, self.browser = self.browser, waiting
        while (code := re.search(r'aria-hidden="true">(\w{3} \w{3})<', self.ask("GET", self.hub).text)) is None:
            self.wait(1.0, "the code for the other browser")
        self.browser = other
        self.send(page.text, "/return/code/", code=code[1])
        self.browser = waiting

    def _send_statement(self) -> None:
        """Send a statement; where it is not taken, read why and try again as often as this person does."""
        self.stage = "importing"
        action = f"/o/{self.outcome.uuid}/statements/"
        while True:
            page = self.ask("GET", f"{self.site}{action}").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            intent = re.search(r'name="intent" value="([^"]+)"', page)
            fields = {"csrfmiddlewaretoken": token[1] if token else "", "intent": intent[1] if intent else ""}
            # Before the service's list of banks has come none is asked for.
            banks = re.search(r'<select name="bank".*?</select>', page, re.S)
            fields["bank"] = re.findall(r'<option value="(\w+)"', banks[0])[0] if banks else ""
            file = ("statement.pdf", self.statement, "application/pdf")
            shown = self.ask("POST", f"{self.site}{action}", fields, files={"files": file})
            if "/statements/" in shown.url:
                self.outcome.told.append(_plain(" ".join(re.findall(r"<li>(.*?)</li>", shown.text, re.S)))[:200])
            elif not self._wait_for_cards():
                return
            if not self._tries_left:
                return
            self._tries_left -= 1
            self.wait(5.0, "sending the statement again")

    def _wait_for_cards(self) -> str:
        """Watch the list as its page does until nothing moves; return the newest card that ended badly, if one did."""
        self.stage = "importing"
        shown = self.ask("GET", self.hub).text
        while True:
            asks = ASKS_AGAIN.search(shown)
            if asks is None:
                break
            self.wait(float(asks[2]), f"cards {sorted(state for _uuid, state in CARD.findall(shown))}")
            shown = self._poll(html.unescape(asks[1])) or shown
            if go_on := GO_ON.search(shown):
                # The way to the bank was not there when the button was pressed; now the card has it.
                self._sign_in(self.ask("GET", urljoin(self.site, go_on[1])), *self._bound_for)
                shown = self.ask("GET", self.hub).text
        ended = [uuid for uuid, state in CARD.findall(shown) if state in OVER]
        if ended:
            self.outcome.told.extend(_plain(words) for words in WORDS.findall(shown))
        return ended[-1] if ended else ""

    def _poll(self, address: str) -> str:
        """Ask once for news, as the page's script does: a failed question is asked again later."""
        began = time.monotonic()
        try:
            reply = self.browser.get(
                urljoin(self.site, address), headers={"HX-Request": "true"}, timeout=LONGEST_WAIT_FOR_A_PAGE
            )
        except requests.RequestException as error:
            self.outcome.faulty_pages.append(f"poll: {type(error).__name__}")
            return ""
        self.outcome.pages.append(time.monotonic() - began)
        if reply.status_code >= 500:
            self.outcome.faulty_pages.append(f"poll: {reply.status_code}")
            return ""
        if "HX-Redirect" in reply.headers:
            return self.ask("GET", urljoin(self.site, reply.headers["HX-Redirect"])).text
        return reply.text if reply.status_code == 200 else ""

    def _finish(self) -> None:
        self.stage = "finishing"
        page = self.send(self.ask("GET", self.hub).text, f"/o/{self.outcome.uuid}/finish/")
        while 'id="totals"' not in page.text:
            if 'id="making"' not in page.text and WORDS.search(page.text):
                self.outcome.told.extend(_plain(words) for words in WORDS.findall(page.text))
                if not self._tries_left:
                    return
                self._tries_left -= 1
                self.wait(1.0, "trying again")
                page = self.send(page.text, f"/o/{self.outcome.uuid}/finish/")
            self.wait(1.0, f"the summary, while shown {_path(page.url)} {_plain(' '.join(TITLE.findall(page.text)))}")
            page = self.ask("GET", f"{self.hub}summary/")
        document = self.ask("GET", f"{self.hub}summary.json")
        self.outcome.document = document.json()


def _browser() -> requests.Session:
    found = requests.Session()
    found.trust_env = False
    return found


def _path(address: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", re.sub(r"^https?://[^/]+", "", address)).partition("?")[0]


def _plain(words: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", words).split())
