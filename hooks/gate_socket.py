"""The gate's socket: threads that wait for hook calls, so that a call does not wait for the start of one.

A connection is one call: its length, the call; then the answer's length, the answer. Any failure leaves it unanswered,
which refuses the call.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import TYPE_CHECKING

from hooks.gate import LENGTH_DIGITS

if TYPE_CHECKING:
    from types import TracebackType

CALL_LIMIT = 8 * 1024 * 1024
SECONDS = 8.0
BACKLOG = 64
WAITING = 3
"""So many threads wait for a call. The last of them that takes one starts another: parallel calls are ruled on in
parallel, however many there are."""
PAUSE = 0.05
PIECE = 256 * 1024


@dataclass(slots=True)
class Server:
    """`rule` answers a call; `after` is called when an answer is sent, which no call waits for."""

    address: str
    rule: Callable[[bytes], bytes]
    after: Callable[[], None]
    waiting: int = 0
    _listener: socket = field(default_factory=lambda: socket(AF_UNIX, SOCK_STREAM))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Server:
        self._listener.bind(self.address)
        self._listener.listen(BACKLOG)
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._listener.close()

    def start(self) -> None:
        """Answer calls from now on, until the process ends."""
        for _ in range(WAITING):
            self._start_thread()

    def _start_thread(self) -> None:
        with self._lock:
            self.waiting += 1
        try:
            threading.Thread(target=self._take_calls, daemon=True).start()
        except RuntimeError:  # no more threads: those that there are take the call when they are done
            with self._lock:
                self.waiting -= 1

    def _take_calls(self) -> None:
        """Until enough other threads wait."""
        while True:
            connection = self._accept()
            with self._lock:
                self.waiting -= 1
                alone = self.waiting == 0
            if alone:
                self._start_thread()
            self._take_call(connection)
            with self._lock:
                if self.waiting >= WAITING:
                    return
                self.waiting += 1

    def _accept(self) -> socket:
        while True:
            try:
                return self._listener.accept()[0]
            except OSError:  # no descriptor is free: the call waits until one is
                time.sleep(PAUSE)

    def _take_call(self, connection: socket) -> None:
        try:
            with connection:
                connection.settimeout(SECONDS)
                self._answer(connection)
            self.after()
        except Exception:  # noqa: BLE001 -- one call is lost, and refused; the thread takes the next one
            traceback.print_exc()

    def _answer(self, connection: socket) -> None:
        length = _receive(connection, LENGTH_DIGITS)
        expected = int(length) if length.isdigit() and len(length) == LENGTH_DIGITS else CALL_LIMIT + 1
        request = _receive(connection, expected) if expected <= CALL_LIMIT else None
        if request is not None and len(request) == expected:
            ruled = self.rule(request)
            connection.sendall(b"%0*d" % (LENGTH_DIGITS, len(ruled)) + ruled)


def _receive(connection: socket, length: int) -> bytes:
    """Up to `length` bytes; fewer if the client stops."""
    received = bytearray()
    while len(received) < length and (piece := connection.recv(min(PIECE, length - len(received)))):
        received += piece
    return bytes(received)
