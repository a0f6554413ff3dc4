"""The network of an operator: GitHub is behind TLS with a certificate of the operator's, and behind a proxy that alone
knows its name and wants a password."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from bot.adapters.authority import authority_of_this_process
from tests.adapters.operator_proxy import copy

HOST = "ghe.octo.example"
_USER = b"Basic " + base64.b64encode(b"ada:winter%word")


@dataclass
class OperatorsNetwork:
    """`authority`: the file that CA_FILE names; `tunnels`: the addresses that the proxy was asked for."""

    authority: Path
    port: int = 0
    proxy_port: int = 0
    tunnels: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def proxy(self, password: str = "winter%25word") -> str:  # noqa: S107 - of a proxy on loopback
        return f"http://ada:{password}@127.0.0.1:{self.proxy_port}"


@contextmanager
def an_operators_network(github: str, folder: Path) -> Iterator[OperatorsNetwork]:
    """`github`: its address without TLS."""
    authority, target = authority_of_this_process(), int(github.rpartition(":")[2])
    network = OperatorsNetwork(folder / "corp.pem")
    network.authority.write_bytes(authority.certificate)
    context = authority.context(HOST)

    def decrypt(client: socket.socket) -> None:
        try:
            encrypted = context.wrap_socket(client, server_side=True)
        except (ssl.SSLError, OSError):  # a client that does not trust it
            return
        _join(encrypted, target)

    def connect(client: socket.socket) -> None:
        asked = client.recv(4096)
        while asked and _USER not in asked:  # git asks without the password first, and again on the same connection
            client.sendall(b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
            asked = client.recv(4096)
        if not asked:
            return
        network.tunnels.append(asked.split()[1].decode())
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _join(client, network.port)

    with ExitStack() as opened:
        network.port = opened.enter_context(_serve(decrypt))
        network.proxy_port = opened.enter_context(_serve(connect))
        yield network


@contextmanager
def _serve(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            answer(self.request)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def _join(client: socket.socket, port: int) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as there:
        back = threading.Thread(target=copy, args=(there, client))
        back.start()
        copy(client, there)
        back.join()
