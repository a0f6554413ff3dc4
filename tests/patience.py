"""How long a test waits for another process. The factor is that of a rehearsal (`bot/rehearsal/load.py`)."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.rehearsal.load import load_factor


def within(seconds: float) -> float:
    """So many seconds of an idle machine. For what has to happen in the end; never for what must not happen."""
    return seconds * load_factor()


def eventually(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until it holds; `seconds` as for `within`."""
    deadline = time.monotonic() + within(seconds)
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
