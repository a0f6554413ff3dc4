"""Receives the socket that a cell's first program opens in the cell's own network: the host itself listens there.

No process has to pass anything on between the cell and the host, and nothing in the cell can be put in its place.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bot.adapters.sockets import shut

_LONGEST_WORD = 64


@dataclass(slots=True)
class Handover:
    """Waits, while the `with` block runs, for one listening socket, and calls `serve` with it from a thread."""

    serve: Callable[[socket.socket], None]
    _ours: socket.socket = field(init=False)
    _theirs: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()

    def __enter__(self) -> Self:
        threading.Thread(target=self._receive, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        shut(self._ours)  # wakes the thread where no cell ever came up
        self._theirs.close()

    @property
    def descriptor(self) -> int:
        """What the cell's first program has to inherit."""
        return self._theirs.fileno()

    def _receive(self) -> None:
        with self._ours:
            _, received, _, _ = socket.recv_fds(self._ours, _LONGEST_WORD, 1)
        for descriptor in received:
            self.serve(socket.socket(fileno=descriptor))
