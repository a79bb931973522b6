"""Strict readers of the environment: a wrong value stops the start and names its variable."""

import base64
import os
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv, ValidationError

from onboarding import addresses

Value = TypeVar("Value")

reader = FileAwareEnv(strip_whitespace=True)


def secret(name: str, *, default: str | None = None) -> str:
    """Read a secret from ``NAME`` or from the file that ``NAME_FILE`` names.

    Raises ``ImproperlyConfigured`` when it is missing without a default, empty, or given in both ways.
    """
    if os.environ.get(name) and os.environ.get(f"{name}_FILE"):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        value = (reader.str(name, default) or "").strip()
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    if value == "" and default != "":
        raise ImproperlyConfigured(f"{name} is set but empty.")
    return value


def text(name: str, default: str = "", *, choices: tuple[str, ...] = ()) -> str:
    """Read a text; with ``choices`` it must be one of them."""
    value: str = os.environ.get(name, default).strip()
    if choices and value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be one of {', '.join(choices)}.")
    return value


def boolean(name: str, *, default: bool) -> bool:
    """Read yes or no (``true false 1 0 yes no on off``)."""
    return _read(name, reader.bool, default)


def integer(name: str, default: int, *, least: int, most: int) -> int:
    """Read a whole number from ``least`` to ``most``."""
    value = _read(name, reader.int, default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} is {value}: it must be from {least} to {most}.")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Read a list with commas between; raise ``ImproperlyConfigured`` when it is set but empty."""
    found = [word.strip() for word in os.environ.get(name, ",".join(default)).split(",") if word.strip()]
    if default and not found:
        raise ImproperlyConfigured(f"{name} is set but empty: leave it out for the default.")
    return found


def country_codes(name: str, default: tuple[str, ...]) -> list[str]:
    """Read a list of the vendor's country codes: two small letters each."""
    found = words(name, default)
    for code in found:
        if not re.fullmatch(r"[a-z]{2}", code):
            raise ImproperlyConfigured(f"{name} holds {code!r}: a country code is two small letters, like pl.")
    return found


def address(name: str, default: str | None = None) -> str:
    """Read an absolute http or https address; the last slash is cut off.

    Plain http is taken only for a loopback or private host: elsewhere cookies and keys would travel in the open.
    """
    value = os.environ.get(name, default or "").strip().rstrip("/")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: give an address like https://connect.example.com")
    parts = _web_address(name, value)
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ImproperlyConfigured(f"{name} must have no query or fragment in it.")
    return value


def _web_address(name: str, value: str) -> SplitResult:
    parts = addresses.web_address(value)
    if parts is None:
        raise ImproperlyConfigured(
            f"{name} must be an absolute http or https address: a name or a plain IP address, with no user before it."
        )
    host = parts.hostname or ""
    if addresses.is_off_limits(host):
        raise ImproperlyConfigured(f"{name} leads where no service lives: a link-local address, metadata or nowhere.")
    if parts.scheme == "http" and not addresses.is_private_host(host):
        raise ImproperlyConfigured(f"{name} must be https: plain http is only for a loopback or private host.")
    return parts


def origin(name: str) -> str:
    """Read an address without a path: the site's own addresses and the vendor's way back are built on it."""
    value = address(name)
    if urlsplit(value).path:
        raise ImproperlyConfigured(f"{name} must have no path: the site lives at the root of its host.")
    return value


def own_path(name: str) -> str:
    """Read a path on this site that begins with one slash, or nothing; pages load pictures from no other place."""
    value = text(name)
    if value and not re.fullmatch(r"/(?![/\\])\S*", value):
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a path on this site like /static/logo.svg.")
    return value


def link(name: str) -> str:
    """Read where a page's link leads, or nothing: a path on this site or an address; never a script."""
    value = text(name)
    if not value or value.startswith("/"):
        return own_path(name)
    _web_address(name, value)
    return value


def broker(name: str, *, default: str) -> str:
    """Read the broker's address: Redis, or one machine's folder; ``memory://`` is for commands that send nothing."""
    value = secret(name, default=default)
    schemes = ("redis://", "rediss://", "folder://", "memory://")
    if not value.startswith(schemes):
        raise ImproperlyConfigured(f"{name} must begin with one of {', '.join(schemes)}.")
    return value


def host_patterns(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Read a list of hosts; ``*.`` before a name stands for every name below it."""
    found = tuple(word.lower() for word in words(name, default))
    for pattern in found:
        host = pattern.removeprefix("*.")
        if not addresses.is_host(host) or addresses.is_off_limits(host) or (host != pattern and "." not in host):
            raise ImproperlyConfigured(f"{name} holds {pattern!r}: a host is like signin.example.com or *.example.com.")
    return found


def encryption_keys(name: str, *, default: str | None = None) -> dict[str, bytes]:
    """Read ``id:key`` pairs with commas between; keys are 32 bytes in base64. The first writes, all read."""
    keys: dict[str, bytes] = {}
    for pair in secret(name, default=default).split(","):
        key_id, _, encoded = pair.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: the key {key_id!r} is not base64.") from error
        if not key_id.isalnum() or len(key) != 32:
            raise ImproperlyConfigured(
                f"{name} must be pairs like k1:BASE64 of 32 bytes "
                "(python -c 'import base64,os;print(\"k1:\"+base64.b64encode(os.urandom(32)).decode())')."
            )
        if key_id in keys:
            raise ImproperlyConfigured(f"{name} holds the key id {key_id!r} twice.")
        keys[key_id] = key
    return keys


def named_secrets(name: str) -> dict[str, str]:
    """Read ``name:secret`` pairs with commas between, or nothing; a secret has at least 32 characters."""
    found: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in secret(name, default="").split(","))):
        label, _, value = pair.partition(":")
        if not re.fullmatch(r"[a-z0-9-]{1,40}", label) or label in found:
            raise ImproperlyConfigured(f"{name} must be pairs like lender:SECRET, each name once, in a-z, 0-9 and -.")
        if len(value) < 32 or not all("!" <= letter <= "~" for letter in value):
            raise ImproperlyConfigured(
                f"{name}: the secret of {label} must be at least 32 printable characters without blanks "
                "(python -c 'import secrets;print(secrets.token_urlsafe(32))')."
            )
        found[label] = value
    return found


def time_zone(name: str, default: str) -> str:
    """Read the name of a time zone that this machine knows."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a time zone like Europe/Warsaw.") from error
    return value


def bearer(name: str) -> str:
    """Read a secret that somebody shows to be let in, or nothing; it has at least 32 printable characters."""
    value = secret(name, default="")
    if value and (len(value) < 32 or not all("!" <= letter <= "~" for letter in value)):
        raise ImproperlyConfigured(
            f"{name} must be at least 32 printable characters without blanks "
            "(python -c 'import secrets;print(secrets.token_urlsafe(32))')."
        )
    return value


def report_address(name: str) -> str:
    """Read where crash reports go, or nothing: ``https://KEY@host/NUMBER``; plain http as ``address`` has it."""
    value = secret(name, default="")
    if not value:
        return ""
    user, _, rest = value.partition("://")[2].partition("@")
    if not re.fullmatch(r"\w+", user) or not re.fullmatch(r"[^/@]+(/[\w-]+)*/\d+", rest):
        raise ImproperlyConfigured(f"{name} must be like https://KEY@host/1, with the number of a project at its end.")
    _web_address(name, value.replace(f"{user}@", "", 1))
    return value


def colour(name: str, default: str) -> str:
    """Read a colour written as ``#rrggbb``."""
    value = text(name, default)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a colour like #1f5fbf.")
    return value


def _read(name: str, read: Callable[..., Value | None], default: Value) -> Value:
    try:
        value = read(name, default)
    except (EnvError, ValidationError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    return default if value is None else value
