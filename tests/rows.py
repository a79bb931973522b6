"""Rows of banks and of what all sources share, made as the product makes them, and moved in time by hand."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from onboarding import sealing
from onboarding.browsers import SESSION_KEY
from onboarding.jobs.signin import signature_place
from onboarding.models import (
    Aggregation,
    BankSignIn,
    Failure,
    Onboarding,
    Source,
    SourceFile,
    SourceState,
)
from onboarding.models.work import Work

SIGNATURE = "planted-signature-7712"


def onboarding(client: Client | None = None, **columns: Any) -> Onboarding:
    """Make an onboarding, bound to a client's browser session if one is given."""
    browser = ""
    if client is not None:
        session = client.session
        session[SESSION_KEY] = session.get(SESSION_KEY, uuid4().hex)
        session.save()
        client.cookies["session"] = session.session_key
        browser = hashlib.sha256(session[SESSION_KEY].encode()).hexdigest()
    now = timezone.now()
    values = {"country": "pl", "locale": "pl", "consented_at": now, "expires_at": now + timedelta(days=1)}
    return Onboarding.objects.create(**{"browser": browser, **values, **columns})


def source(owner: Onboarding, state: SourceState = SourceState.SIGNING_IN, **columns: Any) -> Source:
    """Make a bank source in a state, with all that belongs to that state; ``bank__`` columns go to its bank row."""
    now = timezone.now()
    bank = {name.removeprefix("bank__"): columns.pop(name) for name in list(columns) if name.startswith("bank__")}
    ready: dict[str, Any] = {"state_since": now, "due_at": now, "give_up_at": now + timedelta(minutes=15)}
    if state == SourceState.QUEUED:
        ready["queued_at"] = now
    if state == SourceState.IMPORTING:
        ready |= {"queued_at": now, "slot": free_slot()}
    if state in (SourceState.IMPORTED, SourceState.ABANDONED, SourceState.FAILED):
        ready |= {"due_at": None, "give_up_at": None, "ended_at": now}
    if state in (SourceState.ABANDONED, SourceState.FAILED):
        ready["failure"] = Failure.CANCELLED if state == SourceState.ABANDONED else Failure.SERVICE_FAULT
    made = Source.objects.create(onboarding=owner, state=state, **{**ready, **columns})
    details: dict[str, Any] = {"redirection_id": f"r-{made.uuid}", "link": "https://signin.vendor.example/x"}
    if state in (SourceState.QUEUED, SourceState.IMPORTING):
        details |= {
            "returned_at": now,
            "session_id": "planted-session-3001",
            "signature": sealing.seal(SIGNATURE, place=signature_place(made.pk)),
            "target": "KontoBank",
            "official_name": "KontoBank",
            "link": "",
        }
    if state == SourceState.IMPORTED:
        details |= {"returned_at": now, "target": "KontoBank", "official_name": "KontoBank", "link": ""}
    BankSignIn.objects.create(source=made, **{**details, **bank})
    return Source.objects.select_related("bank", "onboarding").get(pk=made.pk)


def free_slot() -> int:
    """Return a slot number that no source holds."""
    taken = set(Source.objects.exclude(slot=None).values_list("slot", flat=True))
    return next(number for number in range(1, 1000) if number not in taken)


def again(row: Source) -> Source:
    """Read a source anew, with what belongs to it."""
    return Source.objects.with_details().get(pk=row.pk)


def polling(owner: Onboarding, **columns: Any) -> Source:
    """Make a source whose import was started and is watched by its command."""
    started: dict[str, Any] = {
        "bank__signature": "",
        "bank__session_id": "",
        "bank__start_asked_at": timezone.now(),
        "bank__command_id": "455026009",
    }
    return source(owner, SourceState.IMPORTING, **{**started, **columns})


def watching(owner: Onboarding, **columns: Any) -> Source:
    """Make a source whose start was not answered: it is watched by the aggregate."""
    return polling(owner, **{"bank__command_id": "", **columns})


def aggregation(owner: Onboarding, **columns: Any) -> Aggregation:
    """Make the newest request for a summary of an onboarding."""
    now = timezone.now()
    made = Aggregation.objects.create(
        onboarding=owner, **{"due_at": now, "give_up_at": now + timedelta(minutes=15), **columns}
    )
    owner.aggregation = made
    owner.finished_at = now
    owner.save()
    return made


def due_now(row: Work) -> None:
    """Let the time come at which a row is due."""
    type(row)._default_manager.filter(pk=row.pk).update(due_at=timezone.now())


def change(row: Source, **columns: Any) -> Source:
    """Write columns of a source (``bank__`` and ``file__`` ones to its own row of these) and read it anew."""
    file = {name.removeprefix("file__"): columns.pop(name) for name in list(columns) if name.startswith("file__")}
    if file:
        SourceFile.objects.filter(pk=row.pk).update(**file)
    bank = {name.removeprefix("bank__"): columns.pop(name) for name in list(columns) if name.startswith("bank__")}
    if columns:
        Source.objects.filter(pk=row.pk).update(**columns)
    if bank:
        BankSignIn.objects.filter(pk=row.pk).update(**bank)
    return again(row)


def ago(**span: float) -> datetime:
    """Return an instant that lies back, such as ``ago(minutes=5)``."""
    return timezone.now() - timedelta(**span)


def events(owner: Onboarding) -> list[str]:
    """Return the names of what happened to an onboarding, oldest first."""
    return list(owner.events.order_by("pk").values_list("name", flat=True))
