"""An attacker who begins a sign-in and sends its link to a victim, in steps that can be put into any order."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import requests
import responses
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from onboarding import clock
from onboarding.jobs import line, sources
from onboarding.models import BankSignIn, Onboarding, Source
from tests import rows, vendor_says

REDIRECTION = "r-of-the-attacker"
INSTANTS = {
    Source: ("due_at", "give_up_at", "claimed_until", "queued_at", "state_since", "nudged_at"),
    BankSignIn: ("returned_at", "finished_seen_at", "return_code_until"),
}


class Lure:
    """One lured sign-in: two browsers, the service in between, and what became of the victim's session.

    The attacker knows all that their own pages and the link show: the redirection's id, not the address that the
    service was told to send the browser back to.
    """

    def __init__(self, vendor: responses.RequestsMock) -> None:
        self.attacker, self.victim = Client(), Client()
        self.onboarding: Onboarding = rows.onboarding(self.attacker)
        self.is_finished = False
        self.given_address = ""
        self.imports = 0
        self.answers: list[HttpResponse] = []
        vendor.add_callback(responses.POST, vendor_says.REDIRECTION_PATH, self._redirection)
        vendor.add_callback(responses.GET, vendor_says.STATUS_PATH, self._status)
        vendor.add_callback(responses.POST, vendor_says.START_PATH, self._start)
        self.attacker.post(reverse("add_bank", args=[self.onboarding.uuid]), {"intent": str(uuid4())})
        self.source_pk = self.onboarding.sources.get().pk

    def act(self, *steps: str) -> None:
        """Let these things happen one after the other; names with blanks for the methods below."""
        for step in steps:
            getattr(self, step.replace(" ", "_"))()

    @property
    def source(self) -> Source:
        """The sign-in as it stands."""
        return Source.objects.with_details().get(pk=self.source_pk)

    # What may happen

    def victim_signs_in(self) -> None:
        self.is_finished = True

    def victim_returns(self) -> None:
        """The service sends the victim's browser to the address that it was given; our neutral page leads it on."""
        self._visit(self.victim, self.given_address)

    def attacker_opens_return(self) -> None:
        self._visit(self.attacker, reverse("return"))

    def attacker_opens_return_with_a_guess(self) -> None:
        self._visit(self.attacker, reverse("return_with_state", args=["A" * 43]))

    def attacker_opens_return_of_another_sign_in(self) -> None:
        """Use the number of a sign-in that the attacker went through in person."""
        own = self.given_address
        self.attacker.post(reverse("add_bank", args=[self.onboarding.uuid]), {"intent": str(uuid4())})
        other, self.given_address = self.given_address, own
        assert other != own or not self.source.bank.return_state
        self._visit(self.attacker, other)

    def attacker_opens_the_given_address(self) -> None:
        """As if the service's pages showed it to whoever has the link."""
        self._visit(self.attacker, self.given_address)

    def attacker_types_code(self) -> None:
        self._type(self.attacker, self.source.bank.return_code)

    def victim_types_code(self) -> None:
        self._type(self.victim, self.source.bank.return_code)

    def victim_guesses_code(self) -> None:
        self._type(self.victim, "AAAAAA")

    def workers_work(self) -> None:
        """Take every step that is due now, as workers do."""
        for _ in range(3):
            line.promote()
            for pk in Source.objects.due(clock.now()).values_list("pk", flat=True):
                sources.advance(pk)

    def a_minute_passes(self) -> None:
        self._pass(timedelta(seconds=60))

    def a_second_passes(self) -> None:
        self._pass(timedelta(seconds=1))

    def two_hours_pass(self) -> None:
        self._pass(timedelta(hours=2))

    def _pass(self, span: timedelta) -> None:
        """Move everything that was written back in time, then let the workers work."""
        for model, columns in INSTANTS.items():
            model._default_manager.update(**{column: F(column) - span for column in columns})  # type: ignore[attr-defined]
        self.workers_work()

    # Browsers

    def _visit(self, browser: Client, address: str) -> None:
        asked = {"redirectionId": REDIRECTION}
        response = browser.get(address, asked)
        if 'http-equiv="refresh"' in response.content.decode():
            response = browser.get(address, {**asked, "hop": "1"})
        self.answers.append(response)

    def _type(self, browser: Client, code: str) -> None:
        self.answers.append(browser.post(reverse("prove"), {"redirectionId": REDIRECTION, "code": code}))

    # The service

    def _redirection(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        number = REDIRECTION if not self.given_address else f"{REDIRECTION}-{uuid4().hex}"
        self.given_address = json.loads(request.body or b"")["redirectUri"].removeprefix("http://127.0.0.1:8000")
        answer = {"redirectionId": number, "redirectionLink": f"https://signin.vendor.example/{number}"}
        return 200, {}, json.dumps(answer)

    def _status(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = parse_qs((request.url or "").partition("?")[2])["redirectionId"]
        params: dict[str, Any] = {}
        if self.is_finished and asked == [REDIRECTION]:
            params = {"sessionId": "session-of-the-victim", "sessionIdSignature": rows.SIGNATURE, "target": "KontoBank"}
        return 200, {}, json.dumps({"status": "success" if params else "open", "params": params})

    def _start(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.imports += 1
        owner = self.onboarding.owner_external_id
        command = '<command id="1" state="setup" name="DefaultImportCommand"/>'
        return 202, {}, f'<reply status="202 Accepted" ownerExternalId="{owner}">{command}</reply>'
