"""A link to a server on loopback that a test can cut: nothing passes, and no connection learns of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Link:
    """`port`: where it listens. `passes`: cleared while it is cut."""

    port: int
    passes: threading.Event = field(default_factory=threading.Event)


@contextmanager
def link_to(port: int) -> Iterator[Link]:
    listener, opened, threads = socket.create_server(("127.0.0.1", 0)), list[socket.socket](), list[threading.Thread]()
    link = Link(listener.getsockname()[1])
    link.passes.set()

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                opened.append(near)
                with suppress(ConnectionRefusedError):  # the server restarts
                    far = socket.create_connection(("127.0.0.1", port))
                    opened.append(far)
                    for ends in ((near, far), (far, near)):
                        threads.append(threading.Thread(target=_pass_on, args=(*ends, link.passes), daemon=True))
                        threads[-1].start()
                    continue
                near.close()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield link
    finally:
        link.passes.set()
        for each in (listener, *opened):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in (accepting, *threads):
            thread.join()


def _pass_on(source: socket.socket, target: socket.socket, passes: threading.Event) -> None:
    with suppress(OSError):
        while received := source.recv(65536):
            passes.wait()
            target.sendall(received)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
