"""The vendor's client, made from the settings; one a thread, since a session of ``requests`` is not shared."""

import threading

from django.conf import settings

from onboarding.kontomatik.client import Client

IDENTIFIER_WIDTH = 200
"""The columns of the vendor's ids and names."""

_of_thread = threading.local()


def client() -> Client:
    """Return this thread's client; its connections stay open between calls."""
    wanted = (settings.KONTOMATIK_BASE_URL, settings.KONTOMATIK_API_KEY)
    if getattr(_of_thread, "made_for", None) != wanted:
        _of_thread.client = Client(base_url=wanted[0], api_key=wanted[1])
        _of_thread.made_for = wanted
    found: Client = _of_thread.client
    return found


def is_storable(identifier: str) -> bool:
    """Tell whether an identifier of the vendor's can be kept as it is; cut or cleaned it would be another one."""
    return len(identifier) <= IDENTIFIER_WIDTH and identifier.isprintable()


def name(text: str | None) -> str:
    """Return a bank's name as it can be kept and shown: printable, and cut to its column."""
    return "".join(letter for letter in text or "" if letter.isprintable())[:IDENTIFIER_WIDTH]
