"""Which addresses a clip may be fetched from: the spelling of a URL, and the machine it leads to."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.errors import AttachmentUnreachable

LONGEST_URL = 4096
"""Discord's signed addresses stay below 1,000 characters."""
HTTPS_PORT = 443
PLAIN = re.compile(r"[!-~]+")
SANDBOX_HOST = re.compile(r"127\.0\.0\.1:[0-9]{1,5}")
"""The only kind of host that plain http and a loopback address are allowed for."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
IPV4_MASK = 0xFFFFFFFF


def admitted(url: str, hosts: frozenset[str]) -> URL:
    """The URL, when it is spelt exactly as Discord spells the addresses of its attachments.

    Raises:
        AttachmentUnreachable: anything else, however harmless it may be.
    """
    if len(url) > LONGEST_URL or not PLAIN.fullmatch(url) or "\\" in url or "#" in url:
        raise AttachmentUnreachable("address malformed")
    try:
        parts, target = urlsplit(url), URL(url, encoded=True)
        # Two readers of URLs must agree on where this one leads: between their differences attacks live.
        agreed = target.raw_authority == parts.netloc and target.raw_host == parts.hostname
    except ValueError:
        raise AttachmentUnreachable("address malformed") from None
    sandbox = SANDBOX_HOST.fullmatch(parts.netloc) is not None
    if not url.startswith("http://" if sandbox else "https://"):
        raise AttachmentUnreachable("scheme not allowed")
    host = parts.netloc if sandbox else parts.netloc.removesuffix(f":{HTTPS_PORT}")
    if host not in hosts or not agreed or (target.port != HTTPS_PORT and not sandbox):
        raise AttachmentUnreachable("host not allowed")
    return target


class AddressNotPublic(OSError):
    """A name led to a machine of a private network."""


class GuardedConnector(aiohttp.TCPConnector):
    """Connects to public addresses only, and to the sandbox's where a listed host names one.

    The check stands where the socket is made, so it sees the address that is really connected to, whatever
    the name resolved to before.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._sandboxes = frozenset(host for host in hosts if SANDBOX_HOST.fullmatch(host))
        super().__init__(socket_factory=self._socket)

    def _socket(self, address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = address_info
        host, port = address[0], address[1]
        if f"{host}:{port}" not in self._sandboxes and not is_public(host):
            raise AddressNotPublic(host)
        return socket.socket(family, kind, protocol)


def is_public(host: str) -> bool:
    """Whether an IP address, and any IPv4 address wrapped in it, belongs to the public internet."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return _is_global(address)
    return _is_global(address) and all(_is_global(inner) for inner in _wrapped(address))


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


def _wrapped(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & IPV4_MASK))
    return [one for one in inner if one is not None]
