"""What the contract of executors needs of each: a control plane that can be opened again, and one host."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.execution import Order
from bot.steps.executor import Executor


class OpenExecutor(Executor, Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True)
class Rig:
    """`open`: a control plane as after a restart. `runs_of`: the processes that carried an order out. `let`: allow an
    order whose reference is `wait` to end."""

    open: Callable[[], OpenExecutor]
    runs_of: Callable[[str], Collection[int]]
    let: Callable[[str], None]
    opened: list[OpenExecutor] = field(default_factory=list)

    def control_plane(self) -> OpenExecutor:
        self.opened.append(self.open())
        return self.opened[-1]

    def restart(self) -> OpenExecutor:
        self.close()
        return self.control_plane()

    def close(self) -> None:
        while self.opened:
            with suppress(RuntimeError):
                self.opened.pop().close()


def order_of(reference: str, *tags: str) -> Order:
    return Order(name=f"octo.clock-1-1-{uuid.uuid4().hex[:8]}", fence=1, reference=reference, tags=frozenset(tags))
