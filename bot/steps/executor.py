"""The port between the control plane and whatever runs attempts on hosts.

`tests/adapters/fleet/test_executors.py` is its contract: each implementation passes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.execution import Beat, Ended, Order


class Executor(Protocol):
    """Each method raises ExecutorUnreachable. Several threads may call them."""

    def start(self, order: Order) -> None:
        """Carry it out on some host, at some time. An order whose name is known already changes nothing."""

    def watch(self) -> Sequence[Beat | Ended]:
        """What is new since the last call, without waiting for long. An `Ended` is reported at least once, also to a
        control plane that was started meanwhile, until the attempt is forgotten."""

    def stop(self, name: str) -> None:
        """End it as soon as possible; an `Ended` follows. One that has ended, or is unknown, is left alone."""

    def is_known(self, name: str) -> bool:
        """Whether it waits, runs, or has ended and is not forgotten. Otherwise it is lost."""

    def forget(self, name: str) -> None:
        """The control plane has written down how it ended."""
