"""Which browser this is: a secret in the session, of which only the digest is kept in rows."""

import hashlib
import secrets

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

SESSION_KEY = "browser"


def digest(request: HttpRequest) -> str:
    """Return the digest of this browser's secret; empty when it has none."""
    secret = request.session.get(SESSION_KEY, "")
    return _digest_of(secret) if secret else ""


def is_of_session(request: HttpRequest, stored: str, browser: str) -> bool:
    """Tell whether a session, as it is stored, is of the browser with this digest; ``stored`` is empty for none."""
    secret = request.session.decode(stored).get(SESSION_KEY, "") if stored else ""
    return bool(secret and browser) and constant_time_compare(_digest_of(secret), browser)


def know(request: HttpRequest) -> str:
    """Give a browser that has begun nothing a secret of its own, to tell it from others; return the digest."""
    request.session[SESSION_KEY] = secrets.token_urlsafe(32)
    return digest(request)


def digest_for(intent: str) -> str:
    """Return the digest of the browser that will have adopted this start form."""
    return _digest_of(_secret_for(intent))


def adopt(request: HttpRequest, intent: str) -> None:
    """Give this browser the secret that belongs to a start form, and rotate the session's key.

    Only once the start has succeeded: the secret that is replaced may be all that leads to earlier onboardings.

    Rotating makes a session id that somebody planted before worthless (OWASP ASVS 7.2.4). The secret follows from the
    form's one-use number: the second click of a double click comes with a session that the first one has just rotated
    away, and still ends as the same browser.
    """
    request.session.cycle_key()
    request.session[SESSION_KEY] = _secret_for(intent)


def _secret_for(intent: str) -> str:
    return salted_hmac("onboarding.browser", intent, algorithm="sha256").hexdigest()


def _digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
