"""Start an onboarding: one person, one owner id, bound to one browser."""

import hashlib

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import clock, journal
from onboarding.models import Actor, EventName, Invitation, Onboarding


class NotInvited(Exception):
    """Say that a start needs an invitation that is still good."""


def start(*, intent: str, browser: str, browser_before: str, country: str, locale: str, token: str = "") -> Onboarding:
    """Create an onboarding after its consent was given, with a fresh ``owner_external_id``.

    ``intent`` came with the form: the same one twice is one onboarding. ``browser`` is the digest that binds it to
    one browser session; what was begun under ``browser_before`` goes along. With a ``token`` its invitation is
    used up. Raises ``NotInvited`` when the token is not good (any more), or when there is none and the site is not
    open.
    """
    if not token and not settings.ONBOARDING_OPEN:
        raise NotInvited
    digest = digest_of(intent)
    found = Onboarding.objects.filter(intent_digest=digest, browser=browser).first()
    if found is not None:
        return found
    try:
        return _create(digest, browser, browser_before, country, locale, token)
    except (IntegrityError, NotInvited):
        # The other click of a double click was first; without one, the invitation is really not good.
        found = Onboarding.objects.filter(intent_digest=digest, browser=browser).first()
        if found is None:
            raise NotInvited from None
        return found


def digest_of(intent: str) -> str:
    """Digest a start form's number: the number itself opens the person's pages (see ``browsers.adopt``)."""
    return hashlib.sha256(intent.encode()).hexdigest()


def _create(digest: str, browser: str, browser_before: str, country: str, locale: str, token: str) -> Onboarding:
    now = clock.now()
    with transaction.atomic():
        invitation = _use_up(token) if token else None
        onboarding = Onboarding.objects.create(
            intent_digest=digest,
            browser=browser,
            country=invitation.country if invitation else country,
            locale=locale,
            return_url=invitation.return_url if invitation else "",
            consented_at=now,
            expires_at=now + settings.RETENTION,
        )
        if invitation:
            Invitation.objects.filter(pk=invitation.pk).update(onboarding=onboarding)
        Onboarding.objects.of_browser(browser_before).update(browser=browser)
        journal.record(EventName.STARTED, onboarding_id=onboarding.pk, actor=Actor.USER)
    return onboarding


def invitation_for(token: str) -> Invitation | None:
    """Return the invitation of a token while it is good."""
    return Invitation.objects.usable(token, clock.now()).first()


def _use_up(token: str) -> Invitation:
    now = clock.now()
    usable = Invitation.objects.usable(token, now)
    invitation = usable.first()
    if invitation is None or usable.filter(pk=invitation.pk).update(used_at=now) != 1:
        raise NotInvited
    return invitation
