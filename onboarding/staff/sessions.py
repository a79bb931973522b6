"""How long a staff sign-in lasts, and how it is ended: at its time, by its owner, by a colleague."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest

from onboarding import browsers, clock
from onboarding.models import StaffEventName

from . import record

SINCE, SEEN, PROVED = "staff_since", "staff_seen", "staff_proved"
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last request is kept: not each one is worth a write."""
PROOF_LASTS = timedelta(minutes=10)


@receiver(user_logged_in)
def begin(sender: Any, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """Note when a sign-in began; Django has given the session a new key by then."""
    now = clock.now().timestamp()
    request.session.update({SINCE: now, SEEN: now, PROVED: now})


def end_if_over(request: HttpRequest) -> None:
    """End a sign-in that was left alone or that lasted its time; keep in mind that one was used just now.

    A sign-in without its times is one from before they were kept: over. A person's own onboarding in the same browser
    is not staff's, and stays.
    """
    if SESSION_KEY not in request.session:
        return
    now = clock.now()
    if not _within(request, SINCE, settings.STAFF_SESSION, now) or not _within(request, SEEN, settings.STAFF_IDLE, now):
        record.write(StaffEventName.TIMED_OUT, request=request, staff=request.user)
        end(request)
    elif not _within(request, SEEN, min(SEEN_EVERY, settings.STAFF_IDLE / 10), now):
        request.session[SEEN] = now.timestamp()


def end(request: HttpRequest) -> None:
    """End this browser's sign-in on the server, but not what the same browser began as a person's."""
    browser = request.session.get(browsers.SESSION_KEY)
    logout(request)
    if browser:
        request.session[browsers.SESSION_KEY] = browser


def end_all(user: AbstractBaseUser) -> int:
    """End every sign-in of an account, in every browser; return how many there were.

    A session's owner stands inside of it, sealed by its signature: all that live are read. They are some thousands, and
    this is done seldom.
    """
    live = Session.objects.filter(expire_date__gt=clock.now())
    owned = [one.pk for one in live.iterator() if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=owned).delete()
    return len(owned)


def is_proved(request: HttpRequest) -> bool:
    """Tell whether the password was typed of late."""
    return _within(request, PROVED, PROOF_LASTS, clock.now())


def prove(request: HttpRequest) -> None:
    """Keep in mind that the password was typed just now."""
    request.session[PROVED] = clock.now().timestamp()


def _within(request: HttpRequest, key: str, span: timedelta, now: datetime) -> bool:
    then = request.session.get(key)
    return isinstance(then, float) and now.timestamp() - then < span.total_seconds()
