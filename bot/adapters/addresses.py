"""Names and addresses of hosts: what a name leads to, and a connection to it."""

from __future__ import annotations

import socket
from collections.abc import Callable

from bot.core.registries import Destination

_CONNECT_SECONDS = 20.0

Resolve = Callable[[str, int], list[str]]


class RefusedRequest(Exception):
    """A request of a cell is refused; `status` and the sentence are the answer to it."""

    def __init__(self, status: str, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the machine's own resolver gives them. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def connect_to(addresses: list[str], wanted: Destination) -> socket.socket:
    """A connection to the first of these that answers. Raises RefusedRequest."""
    problem: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, wanted.port), _CONNECT_SECONDS)
        except OSError as error:
            problem = error
    raise RefusedRequest("502 Bad Gateway", f"{wanted} cannot be reached: {problem}")
