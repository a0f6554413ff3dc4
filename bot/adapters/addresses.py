"""Names and addresses of hosts: what a name leads to, whether that is public, and a connection to it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from bot.core.registries import Destination

_CONNECT_SECONDS = 20.0
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], list[str]]


class RefusedRequest(Exception):
    """A request of a cell is refused; `status` and the sentence are the answer to it."""

    def __init__(self, status: str, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the machine's own resolver gives them. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where IPv6 wraps one of IPv4."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def connect_to(addresses: list[str], wanted: Destination) -> socket.socket:
    """A connection to the first of these that answers. Raises RefusedRequest."""
    problem: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, wanted.port), _CONNECT_SECONDS)
        except OSError as error:
            problem = error
    raise RefusedRequest("502 Bad Gateway", f"{wanted} cannot be reached: {problem}")
