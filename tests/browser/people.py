"""A person at a browser: what they do, in their words, on whatever pages they meet."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.browser.stack import Stack

PASSWORD, CODE = "demo", "123456"


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
        if self.page.locator("input[name=code]").count():
            self.enter_code()
        expect(self.page).to_have_url(re.compile(r"^http://127\.0\.0\.1:\d+/"))

    def cards(self, state: str | None = None) -> Locator:
        """The sources on the hub, all or those in one state."""
        return self.page.locator(f"[data-card].card-{state}" if state else "[data-card]")

    def sees(self, state: str, count: int = 1, seconds: float = 40) -> None:
        """Wait until so many cards are in a state; without JavaScript the page's own refresh brings it."""
        expect(self.cards(state)).to_have_count(count, timeout=seconds * 1000)

    def finish(self) -> None:
        self.page.locator("form[action$='/finish/'] button").first.click()

    def sees_summary(self, seconds: float = 40) -> None:
        expect(self.page.locator("#totals")).to_be_visible(timeout=seconds * 1000)
