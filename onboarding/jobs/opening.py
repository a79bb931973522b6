"""Open a bank sign-in: fetch the redirection for a source that has none yet, or let our page show the form."""

import hashlib
import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import bank_list, clock, journal
from onboarding.kontomatik.errors import KontomatikError, Misconfigured
from onboarding.kontomatik.records import Redirection
from onboarding.kontomatik.wire import RETURN_ADDRESS_REFUSED
from onboarding.models import Actor, BankSignIn, EventName, Failure, SignInWay

from . import moves, vendor, verdicts
from .moves import Held

log = logging.getLogger(__name__)

PAGE_LEASE = timedelta(seconds=vendor.PAGE_DEADLINE_SECONDS + 2)
"""How long a page that opens a sign-in holds it: the person waits for the link, so a lost page is soon replaced."""


class UnusableRedirection(Exception):
    """Say that the vendor's redirection can't be kept: its id has no form of one, or belongs to another sign-in."""


def step(held: Held) -> None:
    """Open the sign-in of a held source: by a redirection, or, with the widget, by letting our page show its form.

    The person is waiting for it, so nothing is tried twice: a failure is shown at once, with a way to try again.
    """
    if held.source.bank.way == SignInWay.WIDGET:
        _open(held)
    else:
        _fetch_redirection(held)


def _fetch_redirection(held: Held) -> None:
    """Fetch the redirection and keep it; on any error the source fails with its kind.

    With ``RETURN_STATE`` the return address holds a number of our own, which only the service's pages are told: whoever
    sent the sign-in's link to somebody else can't open that person's return address (RFC 9700, ASVS 10.1.2). It stands
    in the path, because a client's query may not be kept; of it only the digest is. A service that takes no such
    address gets the one for all: without a way to sign in nobody would be served.
    """
    state = secrets.token_urlsafe(32) if settings.RETURN_STATE else ""
    try:
        try:
            redirection = _ask(held, state)
        except Misconfigured as error:
            if not state or error.code not in RETURN_ADDRESS_REFUSED:
                raise
            # The word may have meant something else: only a second answer tells that it was the address.
            moves.require(held.row(), lease=PAGE_LEASE)
            state = ""
            redirection = _ask(held, state)
            log.error("the service refuses a return address of its own for each sign-in: set RETURN_STATE=false")
    except KontomatikError as error:
        log.warning("source %s: no redirection: %s", held.source.uuid, error)
        moves.fail(held, verdicts.verdict(error, attempts=verdicts.POISON_TRIES).failure, code=error.code)
        return
    try:
        _keep(held, redirection, state)
    except UnusableRedirection:
        moves.fail(held, Failure.GARBLED_REPLY, code="UnusableRedirection")


def _ask(held: Held, state: str) -> Redirection:
    onboarding = held.source.onboarding
    bank = bank_list.chosen(held.source.bank, country=onboarding.country)
    return vendor.client_of_a_page().begin_signin(
        redirect_uri=f"{settings.SITE_URL}/return/" + (f"{state}/" if state else ""),
        owner_external_id=onboarding.owner_external_id,
        country=bank.country if bank else onboarding.country,
        locale=onboarding.locale,
        target=bank.name if bank else None,
    )


def state_digest(state: str) -> str:
    """Return what is kept of the number in a return address."""
    return hashlib.sha256(state.encode()).hexdigest() if state else ""


def _keep(held: Held, redirection: Redirection, state: str) -> None:
    if not vendor.is_storable(redirection.redirection_id):
        raise UnusableRedirection
    try:
        _open(
            held,
            redirection_id=redirection.redirection_id,
            link=redirection.link,
            return_state=state_digest(state),
        )
    except IntegrityError as error:
        # Another sign-in was given the same id: a return with it would be nobody's.
        raise UnusableRedirection from error


def _open(held: Held, **columns: str) -> None:
    """Let the person's time begin; ``columns`` are of the bank's row."""
    give_up_at = clock.now() + settings.SIGNIN_DEADLINE
    with transaction.atomic():
        if not held.row().update(**moves.RELEASED, due_at=give_up_at, give_up_at=give_up_at):
            raise moves.ClaimLost
        if columns:
            BankSignIn.objects.filter(pk=held.source.pk).update(**columns)
        journal.record(
            EventName.SIGNIN_OPENED,
            onboarding_id=held.source.onboarding_id,
            actor=Actor.SYSTEM,
            source_uuid=held.source.uuid,
        )
