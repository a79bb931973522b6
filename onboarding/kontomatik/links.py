"""Where the vendor may send a person's browser."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from onboarding.addresses import is_off_limits, is_private_host, web_address

HOSTS = ("*.kontomatik.com",)


class Links:
    """Allow links to the hosts of the vendor at ``base_url`` and to ``hosts`` (``*.`` stands for all names below).

    A person who was told that the next page is the bank's must not be led to any other. Links are of https; where
    the vendor itself speaks plain http, which only a stand-in in a private network does, they may also lead
    to a private host, and in plain http.
    """

    def __init__(self, *, base_url: str, hosts: Iterable[str]) -> None:
        base = urlsplit(base_url)
        own = (base.hostname or "").lower()
        self._is_plain = base.scheme == "http"
        self._hosts = (own, f"*.{own}", *(host.lower() for host in hosts))

    def allow(self, link: str) -> bool:
        """Tell whether a browser may be sent to a link."""
        parts = web_address(link)
        if parts is None:
            return False
        host = (parts.hostname or "").lower()
        if is_off_limits(host):
            return False
        if self._is_plain and is_private_host(host):
            return True
        return parts.scheme == "https" and any(_fits(host, pattern) for pattern in self._hosts)


def _fits(host: str, pattern: str) -> bool:
    below = pattern.removeprefix("*")
    return host == pattern or (below != pattern and host.endswith(below) and host != below)
