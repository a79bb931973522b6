"""A person, a host and staff at work with the real processes, each leaving planted texts wherever one can stand."""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from urllib.parse import urlsplit

import requests
from pypdf import PdfReader, PdfWriter

from sandbox.samples import find
from tests.browser.stack import ROOT, Stack

HOST_KEY = "planted-host-key-9001-0123456789abcdef"
PDF_PASSWORD = "planted-pdf-password-9002"
WRONG_PASSWORD = "planted-wrong-password-9003"
FILE_NAME = "planted-name-of-maria-9005.csv"
FILE_CELL = "planted-cell-9006"
PUSHED_TITLE = "planted-pushed-title-9007"
PUSHED_PARTY = "planted-pushed-party-9008"
PUSHED_IBAN = "PL61109010140000071219812874"
WRONG_CODE = "PLANT9"
FOREIGN_ID = "planted-foreign-redirection-9009"
WAITS_SECONDS = 60

CSV = f"""Data operacji;Kwota;Opis;Kontrahent
02.11.2026;-12,50;{FILE_CELL};Anna Kowalska
03.11.2026;8400,00;Wynagrodzenie;Firma
"""
PUSHED = {
    "bank": "Zimorodek Bank",
    "accounts": [
        {
            "iban": PUSHED_IBAN,
            "currencyName": "PLN",
            "currencyBalance": "100.00",
            "moneyTransactions": [
                {
                    "bookedOn": "2026-11-02",
                    "currencyAmount": "-12.50",
                    "title": PUSHED_TITLE,
                    "party": PUSHED_PARTY,
                }
            ],
        }
    ],
}


def manage(stack: Stack, environment: dict[str, str], *command: str) -> str:
    """Run a command of staff's on the stack's own database; return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


class Walker:
    """One browser without scripts."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.session = requests.Session()
        self.page = ""
        self.hub = ""

    def get(self, address: str, **query: str) -> requests.Response:
        reply = self.session.get(self._whole(address), params=query, timeout=30)
        self.page = reply.text
        return reply

    def post(self, address: str, files: object = None, **fields: str) -> requests.Response:
        """Send a form of the page at hand, with its token."""
        token = self._hidden("csrfmiddlewaretoken")
        reply = self.session.post(
            self._whole(address),
            data={"csrfmiddlewaretoken": token, **fields},
            files=files,  # type: ignore[arg-type]
            headers={"Referer": self.stack.site},
            timeout=30,
        )
        self.page = reply.text
        return reply

    def start(self, token: str) -> None:
        self.get(f"/start/{token}/")
        reply = self.post(f"/start/{token}/", country="pl", consent="on", intent=self._hidden("intent"))
        self.hub = urlsplit(reply.url).path
        assert self.hub.startswith("/o/"), reply.text[:2000]

    def leave_for_bank(self) -> str:
        """Ask for a bank; return the link of its sign-in."""
        self.get(self.hub)
        self.post(f"{self.hub}banks/", intent=self._hidden("intent"))
        found = re.search(r'href="(http://localhost:\d+/signin/[^"]+)"', self.page)
        assert found, self.page[:2000]
        return unescape(found[1])

    def sign_in(self, link: str, login: str = "ok") -> requests.Response:
        """Go through the bank's pages to the end; return the last answer, which is ours."""
        reply = self.session.get(link, timeout=30)
        targets = re.findall(r'name="target" value="([^"]+)"', reply.text)
        reply = self.session.post(reply.url, data={"target": targets[0]}, timeout=30)
        reply = self.session.post(reply.url, timeout=30)
        reply = self.session.post(reply.url, data={"login": login, "password": "demo"}, timeout=30)
        if 'name="code"' in reply.text and "/signin/" in reply.url:
            reply = self.session.post(reply.url, data={"code": "123456"}, timeout=30)
        self.page = reply.text
        if 'http-equiv="refresh"' in self.page and "hop=1" in self.page:
            reply = self.get(unescape(re.search(r'content="0; url=([^"]+)"', self.page)[1]))  # type: ignore[index]
        return reply

    def wait_for(self, *wanted: str, page: str = "") -> None:
        """Look at the list until it says all of this."""
        until = time.monotonic() + WAITS_SECONDS
        while True:
            self.get(page or self.hub)
            if all(re.search(one, self.page) for one in wanted):
                return
            assert time.monotonic() < until, f"no {wanted}, but {self._cards()}"
            time.sleep(0.3)

    def _cards(self) -> list[str]:
        main = re.sub(r"(?s)<svg.*?</svg>|<[^>]+>", " ", self.page.partition("<main")[2].partition("</main>")[0])
        return [*re.findall(r"card-[a-z_]+", self.page), " ".join(main.split())[:1500]]

    def links(self, pattern: str) -> list[str]:
        return [unescape(one) for one in re.findall(rf'(?:href|action)="({pattern})"', self.page)]

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', self.page)
        assert found, f"no {name} in {self.page[:1500]}"
        return unescape(found[1])

    def _whole(self, address: str) -> str:
        return address if address.startswith("http") else self.stack.site + address

    # What goes wrong, each with a planted text where an attacker or a clumsy person would put one

    def go_wrong(self, token: str) -> None:
        """Meet every page of errors."""
        self.session.post(self._whole(f"/start/{token}/"), data={"consent": "on", "intent": WRONG_PASSWORD}, timeout=30)
        self.get("/return/", redirectionId=FOREIGN_ID)
        self.get(f"/return/{FOREIGN_ID}/", redirectionId=FOREIGN_ID)
        self.get(f"/start/{token}x/")
        self.get(f"/nothing/{WRONG_PASSWORD}/")
        self.get("/o/00000000-0000-4000-8000-000000000000/", q=WRONG_PASSWORD)
        self.session.post(self._whole("/return/"), data={"redirectionId": FOREIGN_ID}, timeout=30)
        self.session.put(self._whole(self.hub), data=WRONG_PASSWORD, timeout=30)
        self.get("/admin/login/")
        self.post("/admin/login/", username="root", password=WRONG_PASSWORD)
        headers = {"Authorization": f"Bearer {WRONG_PASSWORD}"}
        uuid = self.hub.split("/")[2]
        self.session.post(self._whole(f"/api/onboardings/{uuid}/data"), headers=headers, json={}, timeout=30)

    # Files and pushed data

    def send_file_with_columns(self) -> None:
        self.get(f"{self.hub}uploads/")
        self.post(
            f"{self.hub}uploads/", files={"files": (FILE_NAME, CSV.encode(), "text/csv")}, intent=self._hidden("intent")
        )

    def send_protected_statement(self) -> None:
        """Send a statement, type a wrong password, then the right one."""
        self.get(f"{self.hub}statements/")
        # The list of banks is there as soon as the catalog was fetched.
        bank = re.search(r'<option value="([^"]+)"', self.page.partition('<select name="bank"')[2])
        fields = {"bank": bank[1]} if bank else {}
        sample = find("statement.pdf")
        assert sample is not None
        content = protected(sample.content(datetime.now(UTC).date()))
        files = {"files": ("planted-statement-9010.pdf", content, "application/pdf")}
        self.post(f"{self.hub}statements/", files=files, intent=self._hidden("intent"), **fields)
        self.wait_for(r"/files/[0-9a-f-]+/")
        for password in (WRONG_PASSWORD, PDF_PASSWORD):
            self.wait_for("Enter the password")
            way = self.links(r"[^\"]*/files/[0-9a-f-]+/")
            for address in way:
                self.get(address)
                if "/password/" in self.page:
                    self.post(self.links(r"[^\"]*/password/")[0], password=password)
                    break

    def push(self) -> requests.Response:
        uuid = self.hub.split("/")[2]
        headers = {"Authorization": f"Bearer {HOST_KEY}", "Idempotency-Key": "planted-idempotency-9011"}
        address = self._whole(f"/api/onboardings/{uuid}/data")
        reply = requests.post(address, json=PUSHED, headers=headers, timeout=30)
        assert reply.status_code == 202, reply.text
        return reply


def protected(content: bytes) -> bytes:
    """Return a PDF that opens with the planted password alone."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(PDF_PASSWORD, "the owner's password", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)

    return out.getvalue()
