"""How a worker is asked to end: by a signal, or by the end of the web server beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

CheckStop = Callable[[], None]
"""Called between the requests of a step that may need many. Raises StopAsked where it has to end."""


class StopAsked(Exception):
    """The worker must end in the middle of a long step. What is left is done by the next one, as after a crash."""


def never_stop() -> None:
    """The check of what runs to its end."""


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

    def check(self) -> None:
        """Raises StopAsked."""
        if self.asked.is_set():
            raise StopAsked
