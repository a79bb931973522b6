"""The error family of the vendor's door: one class for each different answer of a caller.

No error carries a body, a key, an account number or a name: only the vendor's error word, cut to letters.
"""

import re
from enum import StrEnum

MAX_DETAILS = 50


class KontomatikError(Exception):
    """Say that the vendor did not do what was asked.

    ``code`` is the vendor's error word or our own for it, at most 64 letters; ``status`` the HTTP status if there
    was one.
    """

    def __init__(self, code: str, *, status: int | None = None) -> None:
        self.code = re.sub(r"[^A-Za-z0-9_]", "", code)[:64] or "Unnamed"
        self.status = status
        super().__init__(f"{type(self).__name__}: {self.code}" + (f" (HTTP {status})" if status else ""))


class Unavailable(KontomatikError):
    """Say that the request had no effect, or that repeating it is harmless; the same call may work later.

    ``retry_after`` is what the vendor asked for, in seconds, if it did.
    """

    def __init__(self, code: str, *, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(code, status=status)
        self.retry_after = retry_after


class LeftAlone(Unavailable):
    """Say that nothing was asked, because the service gave no answer lately; ``retry_after`` is when to ask again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("LeftAlone", retry_after=retry_after)


class OutcomeUnknown(KontomatikError):
    """Say that the request may have taken effect although no answer came: it must not be taken for a failure."""


class QuotaExceeded(KontomatikError):
    """Say that the account's limit of commands in flight is reached: wait 10 to 15 s, then longer."""


class AlreadyStarted(KontomatikError):
    """Say that this session's one import was started before: watch the aggregate instead."""


class SessionOver(KontomatikError):
    """Say that the sign-in's session has ended: only a new sign-in by the person helps."""


class UserActionNeeded(KontomatikError):
    """Say that the person has to do something at the bank; ``code`` says what."""


class Misconfigured(KontomatikError):
    """Say that our request, key or address was refused: stop and alert staff."""


class NoSuchOwner(KontomatikError):
    """Say that the vendor holds nothing under this owner id."""


class NoSuchCommand(KontomatikError):
    """Say that the vendor no longer knows this command: watch the aggregate instead."""


class Garbled(KontomatikError):
    """Say that the reply could not be read; asking again may help, a few times."""


class VendorFault(KontomatikError):
    """Say that the vendor failed in a way that is nobody's doing here: tell the person, alert staff."""


class RefusedBecause(StrEnum):
    """Why a statement's file was not taken. ``PROTECTED``: its password is missing or wrong."""

    TAMPERED = "tampered"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    PROTECTED = "protected"


class StatementRefused(KontomatikError):
    """Say that the file itself was refused: the same file will be refused again.

    ``failed_verifications`` are the vendor's words for the checks that failed, each one word without long numbers.
    """

    def __init__(
        self,
        code: str,
        *,
        because: RefusedBecause,
        failed_verifications: tuple[str, ...] = (),
        status: int | None = None,
    ) -> None:
        super().__init__(code, status=status)
        self.because = because
        self.failed_verifications = failed_verifications[:MAX_DETAILS]


class UploadRefused(KontomatikError):
    """Say that an owner upload's content was refused.

    ``places`` are the paths of the elements that the vendor named (``accounts[0].iban``), made only of names of the
    payload; empty when it named none.
    """

    def __init__(self, code: str, *, places: tuple[str, ...] = (), status: int | None = None) -> None:
        super().__init__(code, status=status)
        self.places = places[:MAX_DETAILS]


class AggregateRefused(Exception):
    """Say why aggregated data could not be read: what was wrong, in which element, on which line.

    ``where`` is a path of element names with ordinals
    (``reply/owner[1]/target[2]/accounts/account[3]/currencyBalance``); the offending text itself is never part of the
    message.
    """

    def __init__(self, reason: str, *, where: str, line: int | None = None) -> None:
        self.reason = reason
        self.where = where
        self.line = line
        place = f"{where}, line {line}" if line else where
        super().__init__(f"{reason} at {place}")
