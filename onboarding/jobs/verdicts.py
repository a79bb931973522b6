"""What a vendor's error means for work: try again, or end with which failure."""

import random
from dataclasses import dataclass
from datetime import timedelta

from onboarding.kontomatik import errors
from onboarding.models import Failure

POISON_TRIES = 3

FAILURE_BY_CODE = {
    "InvalidCredentials": Failure.CREDENTIALS,
    "AccessBlocked": Failure.ACCESS_BLOCKED,
    "AccessTemporarilyBlocked": Failure.ACCESS_BLOCKED,
    "ManualActionRequired": Failure.ACTION_AT_BANK,
    "TargetCredentialsMismatch": Failure.OTHER_LOGIN,
    "UnsupportedLoginMethod": Failure.LOGIN_UNSUPPORTED,
    "UnsupportedLanguage": Failure.LOGIN_UNSUPPORTED,
    "InsufficientIdentificationLevel": Failure.LOGIN_UNSUPPORTED,
    "InvalidMultipleAccessId": Failure.CONSENT_OVER,
    "MultipleAccessLimitExceeded": Failure.CONSENT_OVER,
    "InvalidSessionId": Failure.SESSION_OVER,
    "SessionExpired": Failure.SESSION_OVER,
    "JobsQuotaExceeded": Failure.SERVICE_BUSY,
    "ConcurrentSessionsLimitExceed": Failure.BANK_UNAVAILABLE,
    "ConcurrentSessionsLimitExceeded": Failure.BANK_UNAVAILABLE,
    "ServiceMaintenance": Failure.BANK_UNAVAILABLE,
    "ServiceTemporarilyUnavailable": Failure.BANK_UNAVAILABLE,
    "InvalidSessionIdSignature": Failure.REFUSED_BY_SERVICE,
    "NotSignedIn": Failure.REFUSED_BY_SERVICE,
    "InvalidSince": Failure.REFUSED_BY_SERVICE,
    "InvalidParameter": Failure.REFUSED_BY_SERVICE,
    "InvalidTarget": Failure.REFUSED_BY_SERVICE,
    "InvalidCommandId": Failure.REFUSED_BY_SERVICE,
    "InvalidIban": Failure.REFUSED_BY_SERVICE,
    "InvalidOwnerExternalId": Failure.REFUSED_BY_SERVICE,
    "CommandNotAvailable": Failure.REFUSED_BY_SERVICE,
}
"""The failure each of the vendor's error words stands for (the contract's "Error names"); the list grows there, so
any other word is a fault of the service."""

REFUSED_STATEMENTS = {
    errors.RefusedBecause.TAMPERED: Failure.STATEMENT_TAMPERED,
    errors.RefusedBecause.UNREADABLE: Failure.STATEMENT_UNREADABLE,
    errors.RefusedBecause.UNSUPPORTED: Failure.STATEMENT_UNSUPPORTED,
    errors.RefusedBecause.PROTECTED: Failure.FILE_PROTECTED,
}

WORKER_LOST = "WorkerLost"
"""Our own word for a row on which worker after worker was lost; staff are told whatever the failure is."""
READER_DIED = "ReaderDied"
"""Our own word for a file whose reader died, time after time; staff are told, for the machine may be to blame."""
ALERTING = frozenset(
    {
        Failure.REFUSED_BY_SERVICE,
        Failure.SERVICE_FAULT,
        Failure.OWNER_MISMATCH,
        Failure.GARBLED_REPLY,
        # What was refused is of our making: the person confirmed what was read, not how it is sent.
        Failure.UPLOAD_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``again`` in how long (None: not at all), and the ``failure`` it is when there is no other try."""

    again: timedelta | None
    failure: Failure


def failure_of(code: str) -> Failure:
    """Return the failure that a vendor's error word stands for."""
    return FAILURE_BY_CODE.get(code, Failure.SERVICE_FAULT)


def backoff(attempts: int, *, first: float = 2.0, most: float = 60.0) -> timedelta:
    """Return a wait that doubles with every attempt, spread by a fifth so that waiters don't march in step."""
    seconds = min(most, first * 2 ** min(attempts, 10))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreading, not a secret


def quota_backoff(refusals: int) -> timedelta:
    """Return the wait after ``JobsQuotaExceeded``: 10 to 15 s, then longer, at most 2 minutes."""
    return timedelta(seconds=min(120.0, random.uniform(10, 15) * 1.5 ** min(refusals, 10)))  # noqa: S311


def verdict(error: errors.KontomatikError, *, attempts: int) -> Verdict:
    """Judge an error after ``attempts`` tries in a row that gave no answer."""
    match error:
        case errors.Unavailable():
            asked = timedelta(seconds=error.retry_after or 0)
            return Verdict(max(backoff(attempts), asked), Failure.BANK_UNAVAILABLE)
        case errors.QuotaExceeded():
            return Verdict(quota_backoff(attempts), Failure.SERVICE_BUSY)
        case errors.Garbled():
            return Verdict(backoff(attempts) if attempts + 1 < POISON_TRIES else None, Failure.GARBLED_REPLY)
        case errors.OutcomeUnknown():
            return Verdict(backoff(attempts), Failure.TIMED_OUT)
        case errors.StatementRefused():
            return Verdict(None, REFUSED_STATEMENTS[error.because])
        case errors.UploadRefused():
            return Verdict(None, Failure.UPLOAD_REFUSED)
        case errors.SessionOver():
            return Verdict(None, Failure.SESSION_OVER)
        case errors.Misconfigured():
            return Verdict(None, Failure.REFUSED_BY_SERVICE)
        case errors.NoSuchOwner():
            return Verdict(backoff(attempts), Failure.NO_DATA)
        case _:
            return Verdict(None, failure_of(error.code))
