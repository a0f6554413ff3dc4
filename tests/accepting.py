"""A small server of a test: one thread takes the clients of a listening socket, and has ended when its block has.

Closing a socket does not end a thread that waits in `accept`. The descriptor's number then goes to what is opened next,
and a signal or the start of a process makes the kernel begin the call anew with that number: the thread takes, and
answers, connections to the server of a later test. `find_left_threads` shows such a thread where it was left.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bot.adapters.sockets import shut
from tests.patience import within

_TESTS = str(Path(__file__).parent)


@contextmanager
def serve_each(listener: socket.socket, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    """Call `serve` with one client after the other; each is closed then. What a client breaks off is no error."""
    thread = threading.Thread(target=_accept_each, args=(listener, serve), daemon=True)
    thread.start()
    try:
        yield
    finally:
        shut(listener)
        thread.join(within(30))
        assert not thread.is_alive(), "a client is still being served"


def _accept_each(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            client = listener.accept()[0]
        except OSError:  # it was shut
            return
        with contextlib.suppress(OSError), client:
            serve(client)


def find_left_threads(before: Collection[threading.Thread]) -> list[threading.Thread]:
    """Threads that began since `before`, and run a function of the tests still."""
    frames = sys._current_frames()
    began = [each for each in threading.enumerate() if each not in before and each.ident in frames]
    return [each for each in began if _is_of_tests(frames[each.ident or 0])]


def _is_of_tests(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(_TESTS):
            return True
        frame = frame.f_back
    return False
