"""Decides which tasks run after others, and which have used up their tries, because they paused the whole queue.

Such an end usually means that Claude's account cannot be used, and not that the task did anything wrong: twenty tasks
must not fail because of one outage. It counts against a task only if there is proof that the account worked: since the
task's last such end, another session ended in another way; or a check of the account succeeded, and no other task has
paused the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

_MOST = 500  # tasks that are remembered; those that paused the queue last


class Behind(IntEnum):
    """The place of a task in the queue."""

    PRIORITY = 1  # behind the others of its priority
    QUEUE = 2  # behind all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One task that paused the queue. `at`: when it last did; `streak`: how often, with no session of any task that
    ended otherwise in between; `counted`: how many of these ends count against it."""

    at: datetime
    streak: int = 1
    counted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """`held`: by the task's id. `served`: when a session last ended in another way; `good`: when a check of the account
    last succeeded; `last`: the id of the task that paused the queue last, 0 for none."""

    held: Mapping[int, Held] = field(default_factory=dict)
    served: datetime | None = None
    good: datetime | None = None
    last: int = 0

    def paused_by(self, task_id: int, now: datetime) -> Holding:
        """A session of this task has just paused the queue."""
        before = self.held.get(task_id)
        now_held = Held(at=now) if before is None else self._again(task_id, before, now)
        others = {known: each for known, each in self.held.items() if known != task_id}
        newest = sorted(others, key=lambda known: others[known].at)[-(_MOST - 1) :]
        return replace(self, held={known: others[known] for known in newest} | {task_id: now_held}, last=task_id)

    def _again(self, task_id: int, before: Held, now: datetime) -> Held:
        served = _since(self.served, before.at)
        counts = served or (_since(self.good, before.at) and self.last == task_id)
        return Held(at=now, streak=1 if served else before.streak + 1, counted=before.counted + int(counts))

    def ended_otherwise(self, task_id: int, now: datetime) -> Holding:
        """A session ended in another way, which shows that Claude's account works."""
        return replace(self.forget(task_id), served=now)

    def found_good(self, now: datetime) -> Holding:
        return replace(self, good=now)

    def forget(self, task_id: int) -> Holding:
        """The task has ended, or a person has queued it again: it loses its place behind the others."""
        return replace(self, held={known: each for known, each in self.held.items() if known != task_id})

    def count(self, task_id: int) -> int:
        return self.held[task_id].counted if task_id in self.held else 0

    def behind(self) -> dict[int, Behind]:
        """The tasks behind others, in their order: the one that paused the queue last is last."""
        order = sorted(self.held, key=lambda known: self.held[known].at)
        return {known: self._place(self.held[known]) for known in order}

    def _place(self, each: Held) -> Behind:
        """A task that pauses the queue again before any session ended in another way runs after every priority.
        Otherwise two tasks of a high priority could block all others in turn. So does a task if a check of the account
        succeeded since."""
        suspect = each.streak > 1 or _since(self.good, each.at)
        return Behind.QUEUE if suspect and not _since(self.served, each.at) else Behind.PRIORITY


def _since(at: datetime | None, before: datetime) -> bool:
    return at is not None and at > before
