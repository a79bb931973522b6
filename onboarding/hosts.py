"""Which host is asking: a key of ``HOST_API_KEYS``, sent as a bearer token."""

import hmac

from django.conf import settings
from django.http import HttpRequest


def name_of(request: HttpRequest) -> str:
    """Return the name under which the key of this request is listed; empty when it is none of ours."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    found = ""
    # All are compared, so that the time taken tells nothing of which one was nearly right.
    for name, key in settings.HOST_API_KEYS.items():
        if hmac.compare_digest(sent.strip().encode(), key.encode()):
            found = name
    return found if scheme.lower() == "bearer" else ""
