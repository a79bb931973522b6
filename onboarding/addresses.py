"""What stands for a host in an address: well written or not, private or not, and where no service ever lives.

Knows no Django: the settings and the vendor's door read addresses by these rules too.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAME = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
# What browsers and C libraries take for a number, in any of its old forms (URL standard, "ends in a number checker").
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
# Where clouds answer their own machines with keys and passwords; link-local ones are told by their kind.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"))
)
_METADATA_NAMES = frozenset({"metadata", "metadata.goog", "metadata.google.internal", "instance-data"})
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")


def web_address(text: str) -> SplitResult | None:
    """Take an absolute http or https address apart; ``None`` for what browsers and libraries may read differently."""
    if not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not host or not is_host(host):
        return None
    return parts


def leads_safely(text: str) -> bool:
    """Tell an address to which a page may lead people: https, or plain http to a private host."""
    parts = web_address(text)
    if parts is None:
        return False
    host = parts.hostname or ""
    return not is_off_limits(host) and (parts.scheme == "https" or is_private_host(host))


def is_host(host: str) -> bool:
    """Tell a host that is written in the one way that everybody reads alike: a name, or a plain IP address."""
    if ip_address(host) is not None:
        return True
    return _NAME.fullmatch(host) is not None and _NUMBER.fullmatch(host.rpartition(".")[2]) is None


def is_private_host(host: str) -> bool:
    """Tell whether a host is this machine or in a private network; a name without a dot is a container's."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = ip_address(host)
    if address is None:
        return "." not in host and is_host(host)
    return address.is_private and not is_off_limits(host)


def is_off_limits(host: str) -> bool:
    """Tell a host at which no service of anybody lives: a cloud's metadata, link-local, nowhere, or a whole group."""
    address = ip_address(host)
    if address is None:
        return host.lower().removesuffix(".") in _METADATA_NAMES
    inner = _embedded(address)
    return any(_is_off_limits(one) for one in (address, inner) if one is not None)


def ip_address(host: str) -> IpAddress | None:
    """Read an IP address, without the brackets that an address on the web has; ``None`` when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_off_limits(address: IpAddress) -> bool:
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
        return True
    # Of version 6, what Python calls reserved holds this machine too.
    return address.version == 4 and (address.is_reserved or address in _THIS_NETWORK)


def _embedded(address: IpAddress) -> IpAddress | None:
    """Return the address of version 4 to which one of version 6 leads in the end."""
    if address.version == 4:
        return None
    number = int(address) & 0xFFFFFFFF
    if address in _NAT64 or (address in _COMPATIBLE and number > 1):
        return ipaddress.IPv4Address(number)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
