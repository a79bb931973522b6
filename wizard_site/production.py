"""What stops a site on https from starting: values that are well formed and still wrong where people's banks are."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PUBLISHED = ("only-for-", "django-insecure-", "sandbox-key", "changeme", "change-me", "replace-me", "your-")
"""What stands in examples, and in the files of this project that everybody can read."""
WEAK_PASSWORDS = frozenset({"demo", "postgres", "password", "secret", "wizard", "admin", "test", "changeme"})
LEAST_OF_SECRET_KEY = 50
LEAST_OF_VENDOR_KEY = 8
LEAST_LETTERS = 10


def refuse_debug(debug: bool) -> None:
    """Refuse Django's debug pages: they show settings, rows and source to whoever breaks a page."""
    if debug:
        raise ImproperlyConfigured("DEBUG is on and SITE_URL is https: debug pages are for one person's machine.")


def refuse_every_host(hosts: Iterable[str]) -> None:
    """Refuse to answer under any name: links and redirects would be made of what a stranger sends as a host."""
    if any(host.strip(".") in ("", "*") for host in hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS lets every host name in: list the site's own, or leave it out.")


def refuse_weak_secret(name: str, value: str, *, least: int, letters: int = LEAST_LETTERS) -> None:
    """Refuse a secret that is short, that repeats itself or that everybody can read; the message never holds it."""
    if any(word in value.lower() for word in PUBLISHED):
        raise ImproperlyConfigured(f"{name} is one of an example, which everybody can read: make one of your own.")
    if len(value) < least or len(set(value)) < letters:
        raise ImproperlyConfigured(
            f"{name} is too weak: it needs {least} random characters or more "
            "(python -c 'import secrets; print(secrets.token_urlsafe(50))')."
        )


def refuse_guessable_keys(name: str, keys: Mapping[str, bytes]) -> None:
    """Refuse keys that are not random: of one byte repeated, or text (32 random bytes are none, but for 1 in 10^14)."""
    for key_id, key in keys.items():
        if len(set(key)) < LEAST_LETTERS or all(32 <= byte < 127 for byte in key):
            raise ImproperlyConfigured(
                f"{name}: the key {key_id!r} is not random: make one of your own "
                "(python -c 'import base64,os;print(\"k1:\"+base64.b64encode(os.urandom(32)).decode())')."
            )


def refuse_shared_secrets(name: str, secrets: Mapping[str, str]) -> None:
    """Refuse host keys that are weak, or the same for two hosts: neither could be told from the other."""
    for label, value in secrets.items():
        refuse_weak_secret(f"{name} ({label})", value, least=32)
    if len(set(secrets.values())) < len(secrets):
        raise ImproperlyConfigured(f"{name} holds one secret under two names: give each host its own.")


def refuse_weak_database(address: str) -> None:
    """Refuse a database password of an example."""
    password = urlsplit(address).password
    if password is not None and password.lower() in WEAK_PASSWORDS:
        raise ImproperlyConfigured("DATABASE_URL has a password that everybody would try first: make one of your own.")
