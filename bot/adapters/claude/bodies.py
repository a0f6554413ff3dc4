"""A request's body: read within a limit and a deadline, and parsed so that it has one reading only."""

from __future__ import annotations

import json
import socket
import time
from io import BufferedIOBase
from typing import Any

LARGEST = 32 << 20
"""Bytes of a request's body: the API itself takes no more."""
MOST_PARTS = 2_000_000
"""Brackets and commas: each may become an object of a hundred bytes and more when it is parsed."""
_PIECE = 1 << 20
_OPENING = (b"{", b"[", b",")


class BadBody(Exception):
    """What a session sent cannot be passed on. `status`: what it is answered."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def read_body(connection: socket.socket, source: BufferedIOBase, length: int, deadline: float) -> bytearray:
    """So many bytes, until the deadline by the monotonic clock. Raises BadBody."""
    read, at = bytearray(length), 0  # once, at its full size: growing takes twice as much for a moment
    with memoryview(read) as place:
        while at < length:
            if (left := deadline - time.monotonic()) <= 0:
                raise BadBody("a request's body did not come in time", 408)
            connection.settimeout(left)
            try:
                piece = source.readinto1(place[at : at + _PIECE])
            except TimeoutError:
                raise BadBody("a request's body did not come in time", 408) from None
            if not piece:
                raise ConnectionAbortedError("the session went away within a request")
            at += piece
    return read


def parse_body(body: bytes | bytearray) -> object:
    """JSON in UTF-8 in which no key stands twice: the API takes for it what is judged here. Raises BadBody."""
    if sum(body.count(part) for part in _OPENING) > MOST_PARTS:
        raise BadBody("a request's body has too many parts", 413)
    try:
        return json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise BadBody(f"a request's body is not the JSON that a session sends: {type(error).__name__}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_json(name: str) -> Any:
    raise ValueError(name)
