"""Hands a session at work what people say to it, from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.claude.incoming import Incoming
from bot.adapters.store import Store
from bot.core.said import Said
from bot.core.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """What is said to the attempts of one runner."""

    store: Store
    clock: Callable[[], datetime]

    def incoming(self, task: Task) -> Incoming:
        """For the sessions of its present attempt."""
        return Incoming(
            waiting=lambda: self._waiting(task),
            note_read=lambda said: self._note_read(task, said),
        )

    def find_read(self, task: Task) -> Sequence[Said]:
        """What its sessions have read."""
        with self.store.read() as ledger:
            return ledger.said.read(task.id, task.attempts)

    def _waiting(self, task: Task) -> Sequence[Said]:
        with self.store.read() as ledger:
            return ledger.said.waiting(task.id, task.attempts)

    def _note_read(self, task: Task, said: Said) -> None:
        with self.store.transaction() as ledger:
            ledger.said.note_read(task.id, said.item, self.clock())
