"""Signals that a process inherits as ignored, as from a shell without job control or under `nohup`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    """What is started while the block runs inherits that the signal is ignored."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)
