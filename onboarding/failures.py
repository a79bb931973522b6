"""The words for each failure kind: what happened, whose doing it is, what is safe, what to do next."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.models import Failure

KEPT = _("Everything you connected before is kept.")
NOT_YOU = _("You did nothing wrong.")
OUR_STAFF_KNOW = _("This is on our side or the service's. Our staff have been told.")


@dataclass(frozen=True, slots=True)
class Words:
    """Four short sentences for the person."""

    what: str | Promise
    whose: str | Promise
    next: str | Promise
    safe: str | Promise = KEPT


WORDS: dict[Failure, Words] = {
    Failure.CANCELLED: Words(
        _("You stopped the sign-in before it was finished."),
        _("Nothing was read from this bank."),
        _("You can sign in again whenever you like."),
    ),
    Failure.SIGNIN_EXPIRED: Words(
        _("The sign-in took too long and the bank ended it."),
        _("This happens easily. Nothing was read from this bank."),
        _("Sign in again and have your phone or code device at hand."),
    ),
    Failure.NOT_RETURNED: Words(
        _("You did not come back from the bank's page, so nothing was imported."),
        _("Perhaps the window was closed, or the bank opened another one."),
        _("Sign in again. At the end, let the bank bring you back here."),
    ),
    Failure.RETURN_UNPROVEN: Words(
        _("Somebody came back from the bank in another browser, and it could not be proved that it was you."),
        _("If it was not you, nobody saw your data. Nothing was imported."),
        _("Sign in again in this browser."),
    ),
    Failure.CREDENTIALS: Words(
        _("The bank did not accept the login or password."),
        _("A small slip is the usual reason."),
        _("Sign in again and check what you type. The bank may block the access after several wrong tries."),
    ),
    Failure.ACCESS_BLOCKED: Words(
        _("The bank has blocked this access."),
        _("Banks do this to protect you, for example after several wrong passwords."),
        _("Ask your bank to unblock it, then sign in again. You can add another bank meanwhile."),
    ),
    Failure.ACTION_AT_BANK: Words(
        _("The bank wants you to do something on its own site or in its app first."),
        _("Often it is a new agreement to accept or a message to confirm."),
        _("Sign in at your bank as usual, do what it asks, then sign in again here."),
    ),
    Failure.LOGIN_UNSUPPORTED: Words(
        _("This way of signing in to the bank can't be used here."),
        NOT_YOU,
        _("Sign in again and choose another way, if your bank offers one."),
    ),
    Failure.OTHER_LOGIN: Words(
        _("You signed in with another login than the bank expected."),
        _("The bank keeps each login apart."),
        _("Sign in again with the login you want to connect."),
    ),
    Failure.CONSENT_OVER: Words(
        _("Your permission at the bank is over or used up for today."),
        NOT_YOU,
        _("Sign in again to give a new one. If the bank refuses, try tomorrow."),
    ),
    Failure.SESSION_OVER: Words(
        _("Your sign-in at the bank ended before the import could begin."),
        _("You did nothing wrong. It took longer than the bank allows."),
        _("Sign in again."),
    ),
    Failure.BANK_UNAVAILABLE: Words(
        _("The bank or the service that reads it did not answer."),
        _("You did nothing wrong. Banks close for maintenance, often at night."),
        _("Try again in a few minutes, or go on with another bank."),
    ),
    Failure.SERVICE_BUSY: Words(
        _("Too many people were importing at the same time."),
        NOT_YOU,
        _("Sign in again in a few minutes."),
    ),
    Failure.SERVICE_FAULT: Words(
        _("The import failed because of a fault of the service."),
        OUR_STAFF_KNOW,
        _("Try again later, or go on with another bank."),
    ),
    Failure.GARBLED_REPLY: Words(
        _("The service answered something we could not read."),
        OUR_STAFF_KNOW,
        _("Try again in a few minutes, or go on with another bank."),
    ),
    Failure.REFUSED_BY_SERVICE: Words(
        _("The service refused our request."),
        OUR_STAFF_KNOW,
        _("Try again later, or go on with another bank."),
    ),
    Failure.OWNER_MISMATCH: Words(
        _("The service's answer did not match you, so we stopped to be safe."),
        OUR_STAFF_KNOW,
        _("Nothing of it was shown or kept. You can go on with another bank."),
    ),
    Failure.TIMED_OUT: Words(
        _("The import did not end in the time we allow for it."),
        _("You did nothing wrong. Some banks are slow at times."),
        _("Try again, or go on with another bank."),
    ),
    Failure.UNREADABLE_AMOUNTS: Words(
        _("A part of the data could not be read safely, so we made no new summary rather than a wrong one."),
        OUR_STAFF_KNOW,
        _("Try again later. Your banks stay connected."),
        _("An earlier summary, if there is one, stays as it was."),
    ),
    Failure.NO_DATA: Words(
        _("The service does not hold the data of your banks yet, or not any more."),
        NOT_YOU,
        _("Try again in a few minutes. If it stays so, connect the bank again."),
    ),
}


def words_for(kind: str) -> Words | None:
    """Return the words of a failure kind, or None where nothing failed."""
    return WORDS[Failure(kind)] if kind else None
