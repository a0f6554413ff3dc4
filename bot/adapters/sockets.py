"""What the relay and the filter of egress have in common: a server on a socket that a cell handed over."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading


def shut(end: socket.socket) -> None:
    """End both directions of a connection, from any thread; a thread that waits on it wakes up."""
    with contextlib.suppress(OSError):  # it was closed already
        end.shutdown(socket.SHUT_RDWR)


class ListenerServer(socketserver.ThreadingTCPServer):
    """Serves the connections of a socket that listens already, each in a thread that ends with the process."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener

    def start(self) -> None:
        """Serve from a thread until `end`."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def end(self) -> None:
        """Accept no more, and close the socket. Connections that are open stay open."""
        self.shutdown()
        self.server_close()
