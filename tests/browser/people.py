"""A person at a browser: what they do, in their words, on whatever pages they meet."""

import re
from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, ConsoleMessage, FilePayload, Locator, Page, expect

from sandbox.samples import find
from tests.browser.stack import Stack

PASSWORD, CODE = "demo", "123456"


def _sample(name: str) -> FilePayload:
    sample = find(name)
    assert sample is not None, name
    return {
        "name": name,
        "mimeType": sample.content_type,
        # The sandbox's own day, on which its statements and accounts are made.
        "buffer": sample.content(datetime.now(UTC).date()),
    }


class Person:
    """One person with one browser of their own."""

    def __init__(self, context: BrowserContext, stack: Stack) -> None:
        self.context = context
        self.stack = stack
        self.complaints: list[str] = []
        context.on("console", self._listen)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = context.new_page()

    def _listen(self, message: ConsoleMessage) -> None:
        # Chromium reports a page that was answered with an error status here too; that is not the page's fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def start(self, country: str = "pl") -> None:
        """Consent and begin; ends at the hub."""
        self.page.goto(f"{self.stack.site}/start/")
        self.page.locator("select[name=country]").select_option(country)
        self.page.locator("input[name=consent]").check()
        self.page.locator("form:has(select[name=country]) button").click()
        expect(self.page).to_have_url(re.compile(r"/o/[0-9a-f-]+/$"))

    @property
    def hub_address(self) -> str:
        found = re.search(r"http://[^/]+/o/[0-9a-f-]+/", self.page.url)
        assert found, self.page.url
        return found[0]

    @property
    def add_button(self) -> Locator:
        return self.page.locator("form[action$='/banks/'] button").first

    def leave_for_bank(self) -> None:
        """Ask for another bank and go on to its pages."""
        self.add_button.click()
        self.page.locator("a[href*='/signin/']").first.click()
        expect(self.page).to_have_url(re.compile(r"^http://localhost:\d+/signin/"))

    def choose_bank(self, number: int = 0) -> None:
        self.page.locator("button[name=target]").nth(number).click()
        self.page.locator("form:not(.cancel) button.primary").click()

    def log_in(self, login: str, password: str = PASSWORD) -> None:
        self.page.locator("input:not([type=hidden]):not([type=password])").first.fill(login)
        self.page.locator("input[type=password]").fill(password)
        self.page.locator("form:has(input[type=password]) button.primary").click()

    def enter_code(self) -> None:
        self.page.locator("input[name=code]").fill(CODE)
        self.page.locator("form:has(input[name=code]) button.primary").click()

    def sign_in(self, login: str = "ok", bank: int = 0) -> None:
        """Sign in at a bank from the hub, until the bank sends the browser back."""
        self.leave_for_bank()
        self.choose_bank(bank)
        self.log_in(login)
        # A click does not wait for the page it leads to; what is not there yet would be taken for not asked.
        expect(self.page).not_to_have_url(re.compile(r"/login/$"))
        if self.page.url.endswith("/code/"):
            self.enter_code()
        expect(self.page).to_have_url(re.compile(r"^http://127\.0\.0\.1:\d+/"))

    def choose_files(self, *names: str) -> None:
        """Choose samples of the sandbox on the page for statements or uploads, and send them."""
        chosen = [_sample(name) for name in names]
        self.page.locator("input[type=file]").set_input_files(chosen)
        self.page.locator("form:has(input[type=file]) button[type=submit]").click()

    def send_statements(self, *names: str) -> None:
        """Send statements from the hub; ends at the hub."""
        self.page.locator("#add-statement").click()
        expect(self.page.locator("input[type=file]")).to_be_visible()
        # What the page has below that field may still be coming.
        self.page.wait_for_load_state()
        if self.page.locator("select[name=bank]").count():
            self.page.locator("select[name=bank]").select_option(index=1)
        self.choose_files(*names)

    def send_exports(self, *names: str) -> None:
        """Send exports from the hub; ends at the hub."""
        self.page.locator("#add-upload").click()
        self.choose_files(*names)

    def confirm_preview(self) -> None:
        """Look at the preview of the first file that has one, and confirm it."""
        self.go_on_with("Look and confirm")
        self.page.locator("#confirm").click()

    def go_on_with(self, words: str) -> None:
        """Follow a card's way on, once it is there."""
        way = self.page.locator("[data-card] a", has_text=words).first
        expect(way).to_be_visible(timeout=40_000)
        way.click()

    def cards(self, state: str | None = None) -> Locator:
        """The sources on the hub, all or those in one state."""
        return self.page.locator(f"[data-card].card-{state}" if state else "[data-card]")

    def sees(self, state: str, count: int = 1, seconds: float = 40) -> None:
        """Wait until so many cards are in a state; without JavaScript the page's own refresh brings it."""
        try:
            expect(self.cards(state)).to_have_count(count, timeout=seconds * 1000)
        except AssertionError as error:
            # What was there instead is the first question, and the page is gone when somebody reads this.
            words = self.page.locator("main").inner_text()
            raise AssertionError(f"{error}\n\nat {self.page.url}:\n{words}") from None

    def finish(self) -> None:
        self.page.locator("form[action$='/finish/'] button").first.click()

    def sees_summary(self, seconds: float = 40) -> None:
        expect(self.page.locator("#totals")).to_be_visible(timeout=seconds * 1000)
