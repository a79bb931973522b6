"""Read every SANDBOX_* variable once, strictly."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

Value = TypeVar("Value")


class WrongEnvironment(Exception):
    """Names the variable that cannot be used and what was expected."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an operator may set; every time is in seconds."""

    api_key: str
    signin_base: str
    speed: float
    import_seconds: tuple[float, float]
    down_seconds: float
    session_seconds: float
    statement_seconds: tuple[float, float]
    client_id: str
    widget_double: bool
    max_commands: int
    control: bool
    allowed_hosts: tuple[str, ...]


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e9:
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _seconds_range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    shortest, longest = _positive(low), _positive(high or low)
    if shortest > longest:
        raise ValueError(text)
    return shortest, longest


def _flag(text: str) -> bool:
    return {"0": False, "": False, "1": True}[text]


def _base_address(text: str) -> str:
    address = urlsplit(text)
    if text and (address.scheme not in {"http", "https"} or not address.hostname or address.query):
        raise ValueError(text)
    return text.rstrip("/")


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in text.split(",") if host.strip())


def read(environ: Mapping[str, str]) -> Environment:
    """Read the variables from a mapping.

    Raises WrongEnvironment naming the variable; the wrong value is left out because it may be a key.
    """

    def value(name: str, default: str, reader: Callable[[str], Value], expected: str) -> Value:
        try:
            return reader(environ.get(name, default))
        except (ValueError, KeyError) as error:
            raise WrongEnvironment(f"{name} must be {expected}") from error

    return Environment(
        api_key=value("SANDBOX_API_KEY", "sandbox-key", _text, "a text that is not empty"),
        signin_base=value("SANDBOX_SIGNIN_BASE", "", _base_address, "an http or https address"),
        speed=value("SANDBOX_SPEED", "1", _positive, "a number above 0"),
        import_seconds=value("SANDBOX_IMPORT_SECONDS", "2-6", _seconds_range, "seconds, or a range like 2-6"),
        down_seconds=value("SANDBOX_DOWN_SECONDS", "60", _positive, "a number above 0"),
        session_seconds=value("SANDBOX_SESSION_SECONDS", "900", _positive, "a number above 0"),
        statement_seconds=value("SANDBOX_STATEMENT_SECONDS", "1-3", _seconds_range, "seconds, or a range like 1-3"),
        client_id=value("SANDBOX_CLIENT_ID", "sandbox-client", _text, "a text that is not empty"),
        widget_double=value("SANDBOX_WIDGET_DOUBLE", "1", _flag, "0 or 1"),
        max_commands=value("SANDBOX_MAX_COMMANDS", "8", _count, "a whole number above 0"),
        control=value("SANDBOX_CONTROL", "0", _flag, "0 or 1"),
        allowed_hosts=value("SANDBOX_ALLOWED_HOSTS", "", _hosts, "host names with commas between them"),
    )


ENVIRONMENT = read(os.environ)
