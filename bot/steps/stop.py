"""How a worker is asked to end: by a signal, or by the end of the web server beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class StopEvent(threading.Event):
    """An event that also wakes the worker."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], None] = lambda: None

    def set(self) -> None:
        super().set()
        self.then()


@dataclass(frozen=True, slots=True)
class StopRequest:
    """`asked` lets running sessions end, `at_once` does not."""

    asked: StopEvent = field(default_factory=StopEvent)
    at_once: threading.Event = field(default_factory=threading.Event)
