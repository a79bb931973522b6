"""Where a request comes from: the peer's address, or what our own proxies say it is."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

PREFIX_OF_A_HOME = 64
"""An IPv6 customer has at least this network; counted singly, its addresses would be without number."""


def of(request: HttpRequest) -> str:
    """Return the network that a request comes from: an IPv4 address, or the /64 around an IPv6 address.

    ``X-Forwarded-For`` is anybody's word but for what our own proxies added at its end, one entry each. So only the
    entry of the outermost of ``TRUSTED_PROXIES`` counts, and without ``TRUST_PROXY`` none.
    """
    return _network(_said_by_proxy(request)) or _network(request.META.get("REMOTE_ADDR", "")) or "unknown"


def _said_by_proxy(request: HttpRequest) -> str:
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    if not settings.TRUST_PROXY or len(entries) < settings.TRUSTED_PROXIES:
        return ""
    return entries[-settings.TRUSTED_PROXIES].strip()


# Some proxies write the port of the connection behind the address, and the newer kind in brackets then.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


def _network(text: str) -> str:
    if found := _WITH_PORT.fullmatch(text):
        text = found["v6"] or found["v4"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, PREFIX_OF_A_HOME), strict=False))
