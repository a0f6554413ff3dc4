"""A service on the host's loopback, for the tests of the filter between a cell and the network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.adapters.egress import Egress
from bot.core.registries import Destination


@dataclass
class Service:
    """A service on the host's loopback, and what it was asked."""

    place: Destination
    asked: list[str] = field(default_factory=list)


@contextmanager
def a_service() -> Iterator[Service]:
    service = Service(Destination("127.0.0.1", 0))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append(f"{self.path} {dict(self.headers)}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"reached")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.place = Destination("127.0.0.1", server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def served(egress: Egress) -> tuple[str, int]:
    """The address of a socket that the filter serves, as a cell would have handed it over."""
    listener = socket.create_server(("127.0.0.1", 0))
    egress.serve(listener)
    host, port = listener.getsockname()
    return host, port


def asked(egress: Egress, request: bytes) -> bytes:
    """What the filter answers, until it closes."""
    with socket.create_connection(served(egress)) as client:
        client.settimeout(20)
        client.sendall(request)
        answer = b""
        while received := client.recv(4096):
            answer += received
        return answer
