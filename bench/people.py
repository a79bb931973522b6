"""People for measurements: made by the product's own services and jobs, signed in at the sandbox."""

import re
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import requests

from bench.installation import CONTROL, Installation


def signed_in(bench: Installation, count: int, *, browsers: list[str] | None = None) -> list[Any]:
    """Put people into the line, each with one bank they have signed in at; return their sources.

    The session is the sandbox's own; the row joins the line by the sign-in check's own move. ``browsers`` are digests
    for the onboardings, so that pages can be asked for.
    """
    from onboarding.services import starting

    caller = requests.Session()
    sources = []
    for number in range(count):
        onboarding = starting.start(
            intent=token_urlsafe(32),
            browser=browsers[number] if browsers else uuid4().hex,
            browser_before="",
            country="pl",
            locale="en",
        )
        sources.append(join_line(bench, caller, onboarding))
    return sources


def join_line(bench: Installation, caller: requests.Session, onboarding: Any) -> Any:
    """Let one person sign in and join the line; return the source."""
    from onboarding import clock
    from onboarding.jobs import moves, signin
    from onboarding.kontomatik.records import SignInState, SignInStatus
    from onboarding.models import BankSignIn, Source

    session_id, signature = _mock_session(bench, caller, onboarding.owner_external_id)
    now = clock.now()
    source = Source.objects.create(onboarding=onboarding, state_since=now, due_at=now)
    BankSignIn.objects.create(source=source, redirection_id=str(uuid4()), returned_at=now)
    held = moves.hold(source.pk)
    assert held is not None
    status = SignInStatus(SignInState.SIGNED_IN, session_id, signature, "KontoBank", "KontoBank")
    signin.join_line(held, status)
    return source


def _mock_session(bench: Installation, caller: requests.Session, owner: str) -> tuple[str, str]:
    asked = {"login": "test1", "country": "pl", "ownerExternalId": owner, "multipleAccess": "false"}
    reply = caller.post(f"{bench.bank}/v1/mock-session.xml", data=asked, headers=CONTROL, timeout=30)
    reply.raise_for_status()
    session = re.search(r'<session id="(\w+)" signature="(\w+)"', reply.text)
    assert session is not None
    return session[1], session[2]


def truth(bench: Installation) -> dict[str, Any]:
    """Return what the sandbox knows: its commands with start and length, its calls, the most in flight."""
    reply = requests.get(f"{bench.bank}/_control/state", headers=CONTROL, timeout=120)
    reply.raise_for_status()
    known: dict[str, Any] = reply.json()
    return known
