"""Wakes workers on all hosts by the server's NOTIFY. A hint, as the named pipe of one host is (`bot/adapters/wake.py`):
every worker looks into the ledger every few seconds anyway, so a wake-up that is lost costs these seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, LiteralString

import psycopg

_CHANNEL: LiteralString = "nightshift_wake"
WAKE: LiteralString = f"NOTIFY {_CHANNEL}"
_LISTEN: LiteralString = f"LISTEN {_CHANNEL}"
_LOOKS = 0.5  # seconds, after which the thread looks whether it has to end
_TRIES_AGAIN = 2.0


@contextmanager
def listening(connect: Callable[[], psycopg.Connection[Any]], wake: Callable[[], None]) -> Iterator[None]:
    """Call `wake` in a separate thread at each NOTIFY of any host, while the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_listen, args=(connect, wake, over), name="wake-ups", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _listen(connect: Callable[[], psycopg.Connection[Any]], wake: Callable[[], None], over: threading.Event) -> None:
    while not over.is_set():
        try:
            with closing(connect()) as connection:
                connection.execute(_LISTEN)
                wake()  # what was said before this connection was made
                _wake_until(over, connection, wake)
        except (psycopg.Error, OSError):
            over.wait(_TRIES_AGAIN)


def _wake_until(over: threading.Event, connection: psycopg.Connection[Any], wake: Callable[[], None]) -> None:
    while not over.is_set():
        if list(connection.notifies(timeout=_LOOKS, stop_after=1)):
            wake()
