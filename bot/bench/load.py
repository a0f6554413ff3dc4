"""Load at a fixed rate, whatever the answers do: each request has its moment, and its time counts from that moment.

So a server that falls behind shows the queue that it causes. Loopback only; bounded in number, time and connections.
"""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

_SENDERS = 64
_FEW = 16
_AT_ONCE = 1e9  # a second: each is due before the one before it is answered
_PATIENCE = 30.0  # seconds for one answer
_HOST = "127.0.0.1"

Request = tuple[Mapping[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request. `status` is None where no answer came; `seconds` run from the moment it was due."""

    number: int
    status: int | None
    seconds: float
    late: float  # how long after its moment it was really sent


def measure_most(port: int, path: str, count: int, request: Callable[[int], Request]) -> float:
    """Requests a second when a few senders each send the next one as soon as the last one is answered."""
    begun = time.perf_counter()
    sent = Load(port, path, _AT_ONCE, count, request, senders=_FEW).run()
    if any(each.status is None for each in sent):
        raise RuntimeError("a request under full load got no answer")
    return count / (time.perf_counter() - begun)


@dataclass(slots=True)
class Load:
    """`count` requests to one port, `rate` a second, each over a new connection as behind a plain proxy."""

    port: int
    path: str
    rate: float
    count: int
    request: Callable[[int], Request]
    senders: int = _SENDERS
    _numbers: Iterable[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sent: list[Sent] = field(default_factory=list)
    _begin: float = 0.0

    def run(self) -> list[Sent]:
        self._begin = time.perf_counter() + 0.1
        senders = [threading.Thread(target=self._send_some, daemon=True) for _ in range(self.senders)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        return sorted(self._sent, key=lambda each: each.number)

    def _send_some(self) -> None:
        while (number := self._next()) < self.count:
            due = self._begin + number / self.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            late = time.perf_counter() - due
            status = self._send(number)
            sent = Sent(number=number, status=status, seconds=time.perf_counter() - due, late=late)
            with self._lock:
                self._sent.append(sent)

    def _next(self) -> int:
        with self._lock:
            return next(iter(self._numbers))

    def _send(self, number: int) -> int | None:
        headers, body = self.request(number)
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=_PATIENCE)
        try:
            connection.request("POST", self.path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return answer.status
