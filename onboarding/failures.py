"""The words for each failure kind: what happened, whose doing it is, what is safe, what to do next."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.models import Failure

KEPT = _("Everything you connected before is kept.")
NOT_YOU = _("You did nothing wrong.")
NOT_SENT = _("Nothing of it was sent. Everything you connected before is kept.")
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
    Failure.FILE_EMPTY: Words(
        _("The file is empty."),
        _("Perhaps the download was stopped before it began."),
        _("Download it again from your bank and choose it once more."),
        NOT_SENT,
    ),
    Failure.FILE_TOO_LARGE: Words(
        _("The file is larger than we can take."),
        _("Long periods make large files."),
        _("Download a shorter period from your bank, in several files if you like."),
        NOT_SENT,
    ),
    Failure.FILE_NOT_PDF: Words(
        _("This file is not a PDF, whatever its name says."),
        _("A picture or a web page saved under another name is the usual reason."),
        _("Download the statement as a PDF from your bank and choose that file."),
        NOT_SENT,
    ),
    Failure.FILE_DAMAGED: Words(
        _("The file is incomplete or damaged."),
        _("A download that was cut off is the usual reason."),
        _("Download it again from your bank and choose it once more."),
        NOT_SENT,
    ),
    Failure.FILE_TOO_LONG: Words(
        _("The file has more pages or payments than we can take at once."),
        _("Long periods make long files."),
        _("Download a shorter period from your bank, in several files if you like."),
        NOT_SENT,
    ),
    Failure.FILE_PROTECTED: Words(
        _("The file is protected, and its password was not given or not right."),
        _("Some banks send the password apart, or it is a part of a number that you know."),
        _("Choose the file again with its password at hand, or download it without one."),
        NOT_SENT,
    ),
    Failure.FILE_FORMAT_UNKNOWN: Words(
        _("The file is in no format that we can read."),
        _("We read MT940, CAMT.053, OFX, QFX and CSV. Spreadsheets and pictures are others."),
        _("Look for another kind of export at your bank and choose that file."),
        NOT_SENT,
    ),
    Failure.FILE_WRONG: Words(
        _("A place of the file can't be read."),
        _("The file may have been changed after the download, or your bank writes it in a way of its own."),
        _("Download it again from your bank and choose it unchanged, or try another kind of export."),
        NOT_SENT,
    ),
    Failure.FILE_WITHOUT_ROWS: Words(
        _("There is no payment in the file."),
        _("Perhaps it was made for a period in which nothing was booked."),
        _("Download another period from your bank and choose that file."),
        NOT_SENT,
    ),
    Failure.FILE_TOO_SLOW: Words(
        _("Reading the file took longer than we allow."),
        _("You did nothing wrong. Very long files are the usual reason."),
        _("Download a shorter period from your bank, in several files if you like."),
        NOT_SENT,
    ),
    Failure.FILE_EXPIRED: Words(
        _("The file was deleted here before all was answered."),
        _("We keep files only for a short time, so that they can't get lost."),
        _("Choose the file once more whenever you like."),
        NOT_SENT,
    ),
    Failure.STATEMENT_TAMPERED: Words(
        _("The service's checks of this statement did not all pass."),
        _("A file that was saved anew, printed or scanned often fails them."),
        _("Download the statement again from your bank and choose it unchanged."),
    ),
    Failure.STATEMENT_UNREADABLE: Words(
        _("The service could not read this statement."),
        _("You did nothing wrong. A scanned or printed statement can't be read, only the PDF of the bank."),
        _("Download the statement again from your bank, or sign in at the bank instead."),
    ),
    Failure.STATEMENT_UNSUPPORTED: Words(
        _("The service does not know statements that look like this one."),
        _("You did nothing wrong. Not every bank and not every kind of statement can be read."),
        _("Choose a statement of the account's payments, or sign in at the bank instead."),
    ),
    Failure.UPLOAD_REFUSED: Words(
        _("The service did not take what this file holds."),
        NOT_YOU,
        _("Try another kind of export from your bank, or sign in at the bank instead."),
        _("Nothing of it was added. Everything you connected before is kept."),
    ),
}
"""What each kind says, of a bank or of a summary; and of a file where ``OF_A_FILE`` has no words of its own."""

OF_A_FILE: dict[Failure, Words] = {
    Failure.CANCELLED: Words(
        _("You took this file back before it was sent."),
        _("Nothing of it was sent."),
        _("You can choose it again whenever you like."),
    ),
    Failure.BANK_UNAVAILABLE: Words(
        _("The service that reads files did not answer."),
        _("You did nothing wrong. It may be closed for maintenance."),
        _("Choose the file again in a few minutes."),
    ),
    Failure.SERVICE_BUSY: Words(
        _("Too many people were sending files at the same time."),
        NOT_YOU,
        _("Choose the file again in a few minutes."),
    ),
    Failure.SERVICE_FAULT: Words(
        _("This file was not taken because of a fault of the service."),
        OUR_STAFF_KNOW,
        _("The file is deleted here. Choose it again later, or go on with another bank."),
    ),
    Failure.GARBLED_REPLY: Words(
        _("The service answered something we could not read, so we don't know whether it took the file."),
        OUR_STAFF_KNOW,
        _("Choose the file again in a few minutes."),
    ),
    Failure.REFUSED_BY_SERVICE: Words(
        _("The service refused our request, not your file."),
        OUR_STAFF_KNOW,
        _("Choose the file again later, or go on with another bank."),
    ),
    Failure.OWNER_MISMATCH: Words(
        _("The service's answer to this file did not match you, so we stopped to be safe."),
        OUR_STAFF_KNOW,
        _("Nothing of it was shown or kept. You can go on with another bank."),
    ),
    Failure.TIMED_OUT: Words(
        _("The service did not answer in the time we allow, so the file may have arrived or not."),
        _("You did nothing wrong. The service is slow at times."),
        _("If it arrived, the summary shows it. Send the same file again only if it is missing there."),
    ),
}

REFUSALS = frozenset(
    {
        Failure.FILE_EMPTY,
        Failure.FILE_TOO_LARGE,
        Failure.FILE_NOT_PDF,
        Failure.FILE_DAMAGED,
        Failure.FILE_TOO_LONG,
        Failure.FILE_PROTECTED,
        Failure.FILE_FORMAT_UNKNOWN,
        Failure.FILE_WRONG,
        Failure.FILE_WITHOUT_ROWS,
        Failure.FILE_TOO_SLOW,
        Failure.STATEMENT_TAMPERED,
        Failure.STATEMENT_UNREADABLE,
        Failure.STATEMENT_UNSUPPORTED,
        Failure.UPLOAD_REFUSED,
    }
)
"""Failures that lie in the file itself: it was refused. With the others nobody said anything of the file."""


def words_for(kind: str) -> Words | None:
    """Return the words of a failure kind, or None where nothing failed."""
    return WORDS[Failure(kind)] if kind else None
