"""How often each thing may be done, by whom and from where: the one table of limits, and the counting."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from onboarding import clock, networks
from onboarding.models import Allowance
from onboarding.models.limits import MICROSECOND

MINUTE = timedelta(minutes=1)
LETTERS_OF_AN_ORIGIN = 16


class Route(StrEnum):
    """A thing that is counted."""

    START = "start"
    INVITATION = "invitation"
    SIGN_IN = "sign-in"
    WIDGET = "widget"
    RETURN = "return"
    CODE = "code"
    UPLOAD = "upload"
    UNLOCK = "unlock a file"
    EXPORT = "export"
    FINISH = "finish"
    API = "api"
    API_WRONG_KEY = "api wrong key"
    STAFF = "staff"
    STAFF_KNOWN = "staff known browser"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so long: as many at once, and each comes back after its part of the time."""

    times: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one route. ``one`` is for one asker: a person's browser, a host's key, a staff account's name.

    ``address`` is for all who come from one network: a family, an office, a mobile network's customers behind one
    address, so it is many times wider. ``reads`` counts visits too, not sent forms alone. ``one_is_typed``: anybody can
    name the asker, who may be somebody else.
    """

    one: Limit | None
    address: Limit | None
    reads: bool = False
    one_is_typed: bool = False


TABLE: dict[Route, Limits] = {
    Route.START: Limits(Limit(10, MINUTE), Limit(120, MINUTE)),
    Route.INVITATION: Limits(None, Limit(120, 10 * MINUTE), reads=True),
    Route.SIGN_IN: Limits(Limit(20, MINUTE), Limit(240, MINUTE)),
    Route.WIDGET: Limits(Limit(30, MINUTE), Limit(300, MINUTE)),
    Route.RETURN: Limits(Limit(30, MINUTE), Limit(240, MINUTE), reads=True),
    # Beyond the five tries of one sign-in: somebody who begins one after another to guess the code of each.
    Route.CODE: Limits(Limit(15, 10 * MINUTE), Limit(60, 10 * MINUTE)),
    Route.UPLOAD: Limits(Limit(60, 10 * MINUTE), Limit(300, 10 * MINUTE)),
    Route.UNLOCK: Limits(Limit(30, 10 * MINUTE), Limit(150, 10 * MINUTE)),
    Route.EXPORT: Limits(Limit(30, MINUTE), Limit(300, MINUTE), reads=True),
    Route.FINISH: Limits(Limit(10, MINUTE), Limit(240, MINUTE)),
    Route.API: Limits(Limit(600, MINUTE), Limit(2400, MINUTE), reads=True),
    # Not what keeps a key from being guessed (32 letters do), but what keeps a guesser from our processors.
    Route.API_WRONG_KEY: Limits(None, Limit(30, 10 * MINUTE), reads=True),
    Route.STAFF: Limits(Limit(10, 15 * MINUTE), Limit(30, 5 * MINUTE), one_is_typed=True),
    Route.STAFF_KNOWN: Limits(Limit(10, 15 * MINUTE), None),
    # Of those who are refused: beyond it they are still refused, but fill neither the log nor staff's list.
    Route.REFUSAL: Limits(None, Limit(10, MINUTE)),
}
"""Not here, on purpose: the progress poll and other reading of one's own pages. They read a few rows and write nothing;
to count them would cost a write each, several times what it saves."""


def take(route: Route, *, one: str = "", address: str = "") -> timedelta | None:
    """Count one more; return None when it may be done, else how long to wait.

    One asker is counted before their address, so that who is refused anyway uses nothing up for all others behind it.
    Where anybody can type who the asker is, it is the other way round: who is refused by address uses up nobody's name.
    An asker that is not known (``""``) is not counted.
    """
    limits = TABLE[route]
    asked = [("one", one, limits.one), ("address", address, limits.address)]
    if limits.one_is_typed:
        asked.reverse()
    counted = [(kind, who, limit) for kind, who, limit in asked if who and limit]
    now_us = _now_us() if counted else 0
    for kind, who, limit in counted:
        digest = digest_of(f"{route}|{kind}", who)
        times = limit.times * settings.RATE_LIMIT_FACTOR
        if not Allowance.objects.take(digest, now_us=now_us, times=times, within=limit.within):
            return Allowance.objects.wait(digest, now_us=now_us, times=times, within=limit.within)
    return None


def forget_unused() -> None:
    """Delete the rows of those who have used nothing of late."""
    Allowance.objects.filter(full_at_us__lt=_now_us()).delete()


def digest_of(purpose: str, who: str) -> str:
    """Digest an address or a name with the site's secret, so that the table alone tells neither."""
    return salted_hmac(f"onboarding.limits.{purpose}", who, algorithm="sha256").hexdigest()


def origin_of(request: HttpRequest) -> str:
    """Return what tells one address from another in logs and records, and is none."""
    return digest_of("origin", networks.of(request))[:LETTERS_OF_AN_ORIGIN]


def _now_us() -> int:
    since = clock.now().timestamp()
    return int(since * (timedelta(seconds=1) // MICROSECOND))
