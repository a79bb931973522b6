"""Which browser this is: a secret in the session, of which only the digest is kept in rows."""

import hashlib
from uuid import UUID

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

SESSION_KEY = "browser"


def digest(request: HttpRequest) -> str:
    """Return the digest of this browser's secret; empty when it has none."""
    secret = request.session.get(SESSION_KEY, "")
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


def adopt(request: HttpRequest, intent: UUID) -> str:
    """Give this browser the secret that belongs to a start form, rotate the session's key, return the digest.

    Rotating makes a session id that somebody planted before worthless (OWASP ASVS 7.2.4). The secret follows from the
    form's one-use number: the second click of a double click comes with a session that the first one has just rotated
    away, and still ends as the same browser.
    """
    request.session.cycle_key()
    request.session[SESSION_KEY] = salted_hmac("onboarding.browser", intent.hex, algorithm="sha256").hexdigest()
    return digest(request)
