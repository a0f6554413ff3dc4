"""A proxy as an operator has one, which leads every name to one port of loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.accepting import serve_each


@contextmanager
def a_proxy_to(place: int) -> Iterator[int]:
    """An operator's proxy that connects every name to one port of loopback; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(client: socket.socket) -> None:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", place)) as there:
                back = threading.Thread(target=copy, args=(there, client))
                back.start()
                copy(client, there)
                back.join()

        with serve_each(listener, serve):
            yield listener.getsockname()[1]


def copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
