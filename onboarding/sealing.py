"""Encryption at rest: AES-GCM with key ids, bound to the place where the sealed text stands."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE_BYTES = 12


class SealBroken(Exception):
    """Say that a sealed text could not be opened: unknown key, other place, or changed on the way."""


def seal(plain: str, *, place: str) -> str:
    """Encrypt a text with the first key; ``place`` (table.column.pk) must be the same when it is opened."""
    key_id, key = next(iter(settings.FIELD_ENCRYPTION_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), place.encode())
    return f"{VERSION}:{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, place: str) -> str:
    """Decrypt a sealed text; raise ``SealBroken`` rather than return anything doubtful."""
    version, _, rest = sealed.partition(":")
    key_id, _, encoded = rest.partition(":")
    key = settings.FIELD_ENCRYPTION_KEYS.get(key_id)
    if version != VERSION or key is None:
        raise SealBroken(f"sealed with key {key_id[:16]!r}, which FIELD_ENCRYPTION_KEY does not hold")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise SealBroken(f"the text at {place} was changed or stands in another place") from error


def key_of(sealed: str) -> str:
    """Return the id of the key that a sealed text was sealed with."""
    return sealed.split(":", 2)[1] if sealed.count(":") >= 2 else ""


def holds(key_id: str) -> bool:
    """Tell whether FIELD_ENCRYPTION_KEY holds a key."""
    return key_id in settings.FIELD_ENCRYPTION_KEYS


def writing_key() -> str:
    """Return the id of the key that seals from now on: the first."""
    return next(iter(settings.FIELD_ENCRYPTION_KEYS))


def fingerprint(account_number: str, *, currency: str) -> str:
    """Digest an account number so that the same one can be seen again but not read or guessed (keyed HMAC)."""
    # The last key is the oldest: adding a new first key must not change the fingerprints of running onboardings.
    key = list(settings.FIELD_ENCRYPTION_KEYS.values())[-1]
    text = f"{account_number.replace(' ', '').upper()}|{currency.upper()}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
