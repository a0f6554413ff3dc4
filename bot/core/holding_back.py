"""Which tasks let others go first, and which have used up their tries, because they paused the whole queue.

Such an end says that Claude's account cannot be used, and not that the task did anything wrong: twenty tasks that meet
one outage must not fail for it. It counts against a task only where something shows that the account was in order:
another session came to another end since the task's last such end; or the account was asked and answered, and no other
task has paused the queue since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

_MOST = 500  # tasks that are remembered; those that paused the queue last


class Behind(IntEnum):
    """Where a task stands among those that wait."""

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
    """`held`: by the task's id. `served`: when a session last ended otherwise; `good`: when the account was last found
    in order by asking; `last`: the id of the task that paused the queue last, 0 for none."""

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
        """A session was served by Claude's account and came to another end: it is in order."""
        return replace(self.forget(task_id), served=now)

    def found_good(self, now: datetime) -> Holding:
        return replace(self, good=now)

    def forget(self, task_id: int) -> Holding:
        """The task came to its end, or a person asked for it again: it waits where the others do."""
        return replace(self, held={known: each for known, each in self.held.items() if known != task_id})

    def counted(self, task_id: int) -> int:
        return self.held[task_id].counted if task_id in self.held else 0

    def behind(self) -> dict[int, Behind]:
        """Who stands where, for the tasks that do not stand where they came in: who paused the queue last is last."""
        order = sorted(self.held, key=lambda known: self.held[known].at)
        return {known: self._place(self.held[known]) for known in order}

    def _place(self, each: Held) -> Behind:
        """One that pauses the queue again, before any session ended otherwise, is overtaken by every priority: else two
        tasks of a high one would hold up all others in turns. So is one whose account was found in order since."""
        suspect = each.streak > 1 or _since(self.good, each.at)
        return Behind.QUEUE if suspect and not _since(self.served, each.at) else Behind.PRIORITY


def _since(at: datetime | None, before: datetime) -> bool:
    return at is not None and at > before
